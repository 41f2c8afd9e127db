import HTTPAPI
import HTTPTypes
import Testing
import WireTypes

// Goal: a load is refused as FastAPI would, before anything is stored. Method: bodies through the routes over a fake
// directory, whose store nobody reaches.
@Suite struct CargoRequestTests {
  private let api = TestAPI()

  private func problems(_ body: String) async throws -> Set<String> {
    let reply = try await api.post("/cargo/load", body)
    #expect(reply.status == 422)
    return Set(
      (reply.json["detail"]?.elements ?? []).map { entry in
        let place = (entry["loc"]?.elements ?? []).map { $0.stringValue ?? $0.encoded }.joined(separator: ".")
        return "\(place) \(entry["type"]?.stringValue ?? "")"
      })
  }

  @Test("Fields are checked, each named")
  func fields() async throws {
    #expect(try await problems("") == ["body.0 json_invalid"])
    #expect(try await problems("3") == ["body model_attributes_type"])
    #expect(try await problems("{}") == ["body.params missing", "body.callback_url missing"])
    let blocks = #"[{"type":"text","text":"a","cache_control":{"type":"other"}},{"type":"image"},7]"#
    #expect(
      try await problems(
        #"{"params":{"model":"echo","messages":[{"role":1,"content":\#(blocks)}],"system":5},"callback_url":"http://x/"}"#)
        == [
          "body.params.messages.0.role string_type",
          "body.params.messages.0.content.list[TextBlock].0.cache_control.type literal_error",
          "body.params.messages.0.content.list[TextBlock].1.type literal_error",
          "body.params.messages.0.content.list[TextBlock].1.text missing",
          "body.params.messages.0.content.list[TextBlock].2 model_attributes_type",
          "body.params.system.str string_type", "body.params.system.list[TextBlock] list_type",
        ])
  }

  @Test("An unknown model is refused with the known ones")
  func model() async throws {
    let reply = try await api.post(
      "/cargo/load", #"{"params":{"model":"m","messages":[]},"callback_url":"http://example.org/"}"#)
    #expect(reply.status == 400)
    #expect(reply.json["detail"]?["error"] == "invalid_model")
    #expect(reply.json["detail"]?["supported_models"] == ["echo"])
  }

  @Test("Literal private addresses are refused", arguments: ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:10.0.0.1]"])
  func addresses(_ host: String) async throws {
    let body = #"{"params":{"model":"echo","messages":[]},"callback_url":"http://\#(host)/"}"#
    #expect(try await problems(body) == ["body.callback_url value_error"])
  }

  @Test("One text, one digest; a changed byte, another")
  func digest() {
    var seen: Set<String> = []
    for length in 0..<200 {
      let text = [UInt8](repeating: 0x61, count: length)
      #expect(RequestDigest.text(text) == RequestDigest.text(text))
      #expect(seen.insert(RequestDigest.text(text)).inserted)
      for place in 0..<length {
        var other = text
        other[place] = 0x62
        #expect(seen.insert(RequestDigest.text(other)).inserted)
      }
    }
    #expect(RequestDigest.bytes([]).count == 16)
  }
}
