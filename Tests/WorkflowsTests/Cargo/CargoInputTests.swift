import PipelineModel
import Testing
import WireTypes
import Workflows

// Goal: the short look at a cargo's input finds what the whole one finds, whoever wrote it. Method: inputs of ours with
// texts that look like the end of the short part, and inputs in another order.
@Suite struct CargoInputTests {
  private func item(_ input: String) throws -> WorkItem {
    try #require(WorkItem(.item("crg_1", .cargo, input: input, at: WallTime(microseconds: 1))))
  }

  @Test(arguments: [
    ("echo", "http://h/"), (#"a","params":{"b"#, #"http://h/?x=","params":"#), ("\\", "\"\\\""), ("", ""),
  ])
  func ours(model: String, url: String) throws {
    let input = CargoInput(
      model: model, callbackURL: url, request: #","params":"#,
      params: ["a": .string(#","params":{}"#), "params": ["params": 1]])
    let envelope = try #require(CargoInput.envelope(try item(input.text)))
    #expect(envelope.model == model)
    #expect(envelope.callbackURL == url)
  }

  @Test(arguments: [
    #"{"params":{"a":1,"params":2},"model":"m","callback_url":"u"}"#,
    #"{"model":"m","x":{"a":1,"params":2},"callback_url":"u","params":{}}"#,
    #"{"model":"m","x":[{"a":1,"params":2}],"callback_url":"u","params":{}}"#,
    #"{"model":"m","callback_url":"u","params" : {}}"#, #"{ "callback_url":"u", "model":"m","params":3}"#,
  ])
  func others(input: String) throws {
    let envelope = try #require(CargoInput.envelope(try item(input)))
    #expect(envelope.model == "m")
    #expect(envelope.callbackURL == "u")
  }

  @Test(arguments: ["", "{", "{}", #","params":"#, #"{"model":1,"callback_url":"u","params":{}}"#])
  func none(input: String) throws { #expect(CargoInput.envelope(try item(input)) == nil) }
}
