import ConnectorKit
import Testing

/// Goal: the `connectors` property is read as documented, and every fault is named.
/// Method: small texts, right and wrong.
struct ConnectorConfigurationTests {
  @Test func readsAllSettings() throws {
    let connectors = try ConnectorConfiguration.parse(
      """
      [ {"transport": {"name": "kafka_input", "config": {"topics": ["a", 1.50, true, null]}}},
        {"name": "b-1_X", "paused": true, "labels": ["l"], "start_after": ["m", "n"], "max_queued_records": 5,
         "transport": {"name": "url_input"}, "format": {"name": "json", "config": {"array": false}}, "other": [{}]},
        {"transport": {"name": "datagen", "config": {"a": "q\\"\\u00e9"}}} ]
      """)
    #expect(connectors.map(\.name) == ["unnamed-0", "b-1_X", "unnamed-2"])
    #expect(connectors.map(\.position) == [0, 1, 2])
    #expect(connectors.map(\.paused) == [false, true, false])
    #expect(connectors.map(\.maxQueuedRecords) == [1_000_000, 5, 1_000_000])
    #expect(connectors[1].labels == ["l"])
    #expect(connectors[1].startAfter == ["m", "n"])
    #expect(connectors[1].transport == ConnectorConfiguration.Part(name: "url_input"))
    #expect(connectors[1].format?.config == .object([.init(key: "array", value: .boolean(false))]))
    #expect(
      connectors[0].transport.config
        == .object([.init(key: "topics", value: .array([.string("a"), .number("1.50"), .boolean(true), .null]))]))
    #expect(connectors[2].transport.config == .object([.init(key: "a", value: .string("q\"é"))]))
    #expect(try ConnectorConfiguration.parse(" [] ").isEmpty)
  }

  static let faults: [(text: String, part: String)] = [
    ("", "invalid JSON"), ("[", "invalid JSON"), ("[]x", "byte 2"), ("{}", "must be a JSON array"),
    ("[1]", "connector 0 must be an object"), ("[{}]", "connector 'unnamed-0' has no transport"),
    ("[{\"transport\":\"x\"}]", "must be an object"), ("[{\"transport\":{}}]", "has no name"),
    ("[{\"transport\":{\"name\":\"\"}}]", "has no name"),
    ("[{\"name\":\"a b\",\"transport\":{\"name\":\"x\"}}]", "'a b'"),
    ("[{\"name\":\"\",\"transport\":{\"name\":\"x\"}}]", "1 to 100"),
    ("[{\"name\":\"a\",\"transport\":{\"name\":\"x\"}},{\"name\":\"a\",\"transport\":{\"name\":\"x\"}}]", "called 'a'"),
    ("[{\"name\":\"unnamed-1\",\"transport\":{\"name\":\"x\"}},{\"transport\":{\"name\":\"x\"}}]", "'unnamed-1'"),
    ("[{\"paused\":1,\"transport\":{\"name\":\"x\"}}]", "'paused' must be true or false, not 1"),
    ("[{\"labels\":[1],\"transport\":{\"name\":\"x\"}}]", "labels"),
    ("[{\"max_queued_records\":0,\"transport\":{\"name\":\"x\"}}]", "at least 1"),
    ("[{\"paused\":true,\"paused\":true}]", "a key occurs twice"),
    ("[{\"a\":01}]", "invalid JSON"), ("[\"\\ud800\"]", "surrogate"),
  ]

  @Test(arguments: faults)
  func faultsAreNamed(fault: (text: String, part: String)) {
    let error = #expect(throws: ConnectorError.self) { _ = try ConnectorConfiguration.parse(fault.text) }
    #expect(error?.disposition == .fatal)
    #expect(error?.message.contains(fault.part) == true, "\(error?.message ?? "no error")")
  }

  @Test func theLengthOfNamesIsBounded() throws {
    func text(_ length: Int) -> String {
      "[{\"name\":\"\(String(repeating: "n", count: length))\",\"transport\":{\"name\":\"x\"}}]"
    }
    #expect(try ConnectorConfiguration.parse(text(100)).count == 1)
    #expect(throws: ConnectorError.self) { _ = try ConnectorConfiguration.parse(text(101)) }
  }

  @Test func nestingIsBounded() {
    let deep = String(repeating: "[", count: 100_000)
    let error = #expect(throws: ConnectorError.self) { _ = try ConnectorConfiguration.parse(deep) }
    #expect(error?.message.contains("nested deeper") == true)
  }
}
