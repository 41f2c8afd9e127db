import ConnectorKit
import Connectors
import DataModel
import PipelineModel
import Platform
import Testing

/// Goal: a file holds every delta exactly once across restarts, and never less than was promised.
/// Method: real files in a directory of its own; a crash is a sink that is dropped, or bytes appended behind its back.
struct FileSinkTests {
  private let schema = Fixtures.schema([("id", .bigint)])
  private let files = PosixFileSystem()

  private func sink(_ path: String, _ format: String = "") throws -> any Sink {
    let connector = try Fixtures.connector("file_output", "{\"path\":\"\(path)\"}", format)
    return try ConnectorRegistry.makeSink(connector, schema: schema)
  }

  private func delta(_ step: UInt64, _ rows: ColumnBatch) -> SinkDelta { SinkDelta(step: StepIndex(step), rows: rows) }

  private func inFile(_ body: (String) throws -> Void) throws {
    let directory = try Fixtures.temporaryDirectory()
    defer { try? files.removeTree(directory) }
    try body(directory + "/out.json")
  }

  private func text(_ path: String) throws -> String { String(decoding: try files.read(path), as: UTF8.self) }

  @Test func writesLinesAndAnswersTheLength() throws {
    try inFile { path in
      let sink = try sink(path)
      try sink.start(at: nil)
      let answer = try sink.deliver([
        delta(0, Fixtures.batch([1, 2])), delta(1, Fixtures.batch([2, 3], weights: [-1, 2])),
        delta(2, Fixtures.batch([])),
      ])
      let expected = """
        {"insert":{"id":1}}
        {"insert":{"id":2}}
        {"delete":{"id":2}}
        {"insert":{"id":3}}
        {"insert":{"id":3}}

        """
      #expect(try text(path) == expected)
      #expect(answer.bytesWritten == expected.utf8.count)
      #expect(answer.detail == [0, 0, 0, 0, 0, 0, 0, UInt8(expected.utf8.count)])
      #expect(sink.guarantee == .exactlyOnce)
    }
  }

  @Test func startCutsBackToTheCommittedLength() throws {
    try inFile { path in
      var sink = try sink(path)
      try sink.start(at: nil)
      let first = try sink.deliver([delta(0, Fixtures.batch([1]))])
      let kept = try text(path)
      // Delivered, but its position was never stored.
      _ = try sink.deliver([delta(1, Fixtures.batch([2, 3, 4]))])
      sink.stop()
      sink = try self.sink(path)
      try sink.start(at: SinkPosition(delivered: StepCount(1), detail: first.detail))
      #expect(try text(path) == kept)
      _ = try sink.deliver([delta(1, Fixtures.batch([2]))])
      #expect(try text(path) == kept + "{\"insert\":{\"id\":2}}\n")
    }
  }

  @Test func theFirstStartEmptiesTheFile() throws {
    try inFile { path in
      try files.writeFile(path, Array("old".utf8), sync: false)
      let sink = try sink(path)
      #expect(try text(path) == "old")
      try sink.start(at: nil)
      #expect(try text(path).isEmpty)
      #expect(try sink.deliver([delta(0, Fixtures.batch([]))]).detail == [UInt8](repeating: 0, count: 8))
    }
  }

  @Test func aShorterFileIsFatalAndStaysAsItIs() throws {
    try inFile { path in
      try files.writeFile(path, Array("abc".utf8), sync: false)
      let sink = try sink(path)
      let error = #expect(throws: ConnectorError.self) {
        try sink.start(at: SinkPosition(delivered: StepCount(9), detail: [0, 0, 0, 0, 0, 0, 0, 5]))
      }
      #expect(error?.disposition == .fatal)
      #expect(error?.message.contains("holds 3 bytes, but 5 bytes") == true)
      #expect(try text(path) == "abc")
    }
  }

  @Test func aMissingFileOrDirectoryIsFatal() throws {
    try inFile { path in
      let gone = try sink(path)
      let error = #expect(throws: ConnectorError.self) {
        try gone.start(at: SinkPosition(delivered: StepCount(1), detail: [0, 0, 0, 0, 0, 0, 0, 1]))
      }
      #expect(error?.disposition == .fatal)
      #expect(!files.exists(path))
      let nowhere = try sink(path + "/deeper/out")
      #expect(throws: ConnectorError.self) { try nowhere.start(at: nil) }
      #expect(throws: ConnectorError.self) { try gone.start(at: SinkPosition(delivered: .zero, detail: [1, 2])) }
    }
  }

  @Test func aStoppedSinkOpensTheFileAnewAndCutsIt() throws {
    try inFile { path in
      let sink = try sink(path)
      try sink.start(at: nil)
      _ = try sink.deliver([delta(0, Fixtures.batch([1]))])
      let kept = try text(path)
      sink.stop()
      try files.writeFile(path, Array((kept + "torn").utf8), sync: false)
      let answer = try sink.deliver([delta(1, Fixtures.batch([2]))])
      #expect(try text(path) == kept + "{\"insert\":{\"id\":2}}\n")
      #expect(answer.detail.last == UInt8(2 * kept.utf8.count))
    }
  }

  /// A row of great weight is many lines; they are written in pieces, not gathered in memory.
  @Test func greatWeightsAreWrittenWhole() throws {
    try inFile { path in
      let sink = try sink(path)
      try sink.start(at: nil)
      let answer = try sink.deliver([delta(0, Fixtures.batch([7], weights: [200_000]))])
      let written = try text(path)
      #expect(written.utf8.count == 200_000 * "{\"insert\":{\"id\":7}}\n".utf8.count)
      #expect(answer.bytesWritten == written.utf8.count)
    }
  }

  @Test func otherFormats() throws {
    try inFile { path in
      let csv = try sink(path, ",\"format\":{\"name\":\"csv\"}")
      try csv.start(at: nil)
      _ = try csv.deliver([delta(0, Fixtures.batch([1, 2], weights: [1, -3]))])
      #expect(try text(path) == "2,-3\n1,1\n")
      let array = try sink(path, ",\"format\":{\"name\":\"json\",\"config\":{\"array\":true}}")
      try array.start(at: nil)
      _ = try array.deliver([delta(0, Fixtures.batch([1, 2])), delta(1, Fixtures.batch([]))])
      #expect(try text(path) == "[{\"insert\":{\"id\":1}},{\"insert\":{\"id\":2}}]\n")
    }
  }

  @Test(arguments: [
    ("{}", ""), ("{\"path\":5}", ""), ("{\"path\":\"x\",\"mode\":1}", ""),
    ("{\"path\":\"x\"}", ",\"format\":{\"name\":\"avro\"}"),
    ("{\"path\":\"x\"}", ",\"format\":{\"name\":\"json\",\"config\":{\"update_format\":\"debezium\"}}"),
    ("{\"path\":\"x\"}", ",\"format\":{\"name\":\"csv\",\"config\":{\"array\":true}}"),
  ])
  func wrongSettingsFailTheMaking(config: String, format: String) throws {
    let connector = try Fixtures.connector("file_output", config, format)
    let error = #expect(throws: ConnectorError.self) { _ = try ConnectorRegistry.makeSink(connector, schema: schema) }
    #expect(error?.disposition == .fatal)
  }
}
