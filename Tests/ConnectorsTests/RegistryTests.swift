import ConnectorKit
import Connectors
import DataModel
import PipelineModel
import Testing

/// Goal: only the transports that we have can be made, and the message says which those are.
/// Method: makes one of each and some that do not exist.
struct RegistryTests {
  private let schema = Fixtures.schema([("id", .bigint)])

  @Test func emptyInputEndsAtOnce() throws {
    let source = try ConnectorRegistry.makeSource(try Fixtures.connector("empty_input", "{}"), schema: schema)
    try source.start(from: nil)
    guard case .ended = try source.next(recordsMax: 10, now: 0) else {
      Issue.record("not ended")
      return
    }
  }

  @Test func nullOutputTakesAll() throws {
    let sink = try ConnectorRegistry.makeSink(try Fixtures.connector("null_output", "{}"), schema: schema)
    try sink.start(at: nil)
    #expect(try sink.deliver([SinkDelta(step: StepIndex(0), rows: Fixtures.batch([1]))]).bytesWritten == 0)
  }

  @Test func otherTransportsAreNamed() throws {
    let kafka = try Fixtures.connector("kafka_output", "{\"topic\":\"t\"}")
    let sinkError = #expect(throws: ConnectorError.self) { _ = try ConnectorRegistry.makeSink(kafka, schema: schema) }
    #expect(sinkError?.message.contains("'kafka_output'") == true)
    #expect(sinkError?.message.contains("file_output, null_output") == true)
    let file = try Fixtures.connector("file_output", "{\"path\":\"x\"}")
    let sourceError = #expect(throws: ConnectorError.self) {
      _ = try ConnectorRegistry.makeSource(file, schema: schema)
    }
    #expect(sourceError?.disposition == .fatal)
    #expect(sourceError?.message.contains("datagen, empty_input") == true)
  }

  @Test func startAfterIsRefusedWhenMade() throws {
    let later = try Fixtures.connector("empty_input", "{}", ",\"start_after\":\"first\"")
    #expect(later.startAfter == ["first"])
    let error = #expect(throws: ConnectorError.self) { _ = try ConnectorRegistry.makeSource(later, schema: schema) }
    #expect(error?.message.contains("start_after") == true)
  }
}
