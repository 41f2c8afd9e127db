// Goal: lines of an egress stream, byte for byte, and the life of a subscription. Method: a dispatcher over a
// hand-moved clock and the real thread; waits end by events, never by time.

import DataModel
import Formats
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport
import Testing

import Outputs

struct SubscriptionTests {
  private let clock = ManualClock()
  private let recorder = EventRecorder()

  private func dispatcher() throws -> OutputDispatcher {
    let outputs = OutputDispatcher(store: MemoryStore(), sinks: [], clock: clock, events: recorder.events)
    try outputs.start(at: .zero, pending: nil)
    return outputs
  }

  private func subscribe(
    _ outputs: OutputDispatcher, _ format: OutputFormat = .json, snapshot: [ColumnBatch]? = nil
  ) -> Subscription {
    outputs.subscribe(
      Fixtures.relation, schema: Fixtures.schema, options: SubscriptionOptions(format: format), snapshot: snapshot,
      at: .zero)
  }

  private func line(_ subscription: Subscription) async -> String {
    String(decoding: await subscription.next() ?? Array("end".utf8), as: UTF8.self)
  }

  @Test func jsonLines() async throws {
    let outputs = try dispatcher()
    let subscription = subscribe(outputs)
    #expect(subscription.name.hasPrefix("v.api-"))
    #expect(await line(subscription) == "{\"sequence_number\":0}\r\n")
    let rows = Fixtures.rows([(1, 2), (2, -1)])
    outputs.submit(StepDeltas(step: StepIndex(0), deltas: [(Fixtures.relation, rows)], inputRecords: 3))
    let expected =
      "{\"sequence_number\":1,\"processed_steps\":1,\"json_data\":"
      + "[{\"delete\":{\"a\":2}},{\"insert\":{\"a\":1}},{\"insert\":{\"a\":1}}]}\r\n"
    #expect(await line(subscription) == expected)
    #expect(recorder.state.withLock { $0.delivered[subscription.name] } == nil)
    outputs.stop()
    #expect(await line(subscription) == "end")
  }

  @Test func csvLinesAndSnapshot() async throws {
    let outputs = try dispatcher()
    let subscription = subscribe(outputs, .csv, snapshot: [Fixtures.rows([(7, 1)])])
    #expect(await line(subscription) == "{\"sequence_number\":0,\"snapshot\":true,\"text_data\":\"7,1\\n\"}\r\n")
    outputs.submit(Fixtures.step(0, [8]))
    #expect(
      await line(subscription) == "{\"sequence_number\":1,\"processed_steps\":1,\"text_data\":\"8,1\\n\"}\r\n")
    outputs.stop()
  }

  @Test func aCallMeansThatTheLineBeforeWasHandedOn() async throws {
    let outputs = try dispatcher()
    let subscription = subscribe(outputs)
    _ = await line(subscription)
    #expect(recorder.state.withLock { $0.added[subscription.name] } == 0)
    outputs.submit(Fixtures.step(0, [1]))
    _ = await line(subscription)
    let name = subscription.name
    #expect(recorder.state.withLock { $0.delivered[name] } == nil)
    clock.advance(milliseconds: 3000)
    #expect(await line(subscription) == "{\"sequence_number\":2}\r\n")
    #expect(recorder.state.withLock { $0.delivered[name] } == 1)
    outputs.submit(Fixtures.step(1, []))
    #expect(recorder.state.withLock { $0.delivered[name] } == 2)
    let waiting = Task { await self.line(subscription) }
    subscription.close()
    #expect(await waiting.value == "end")
    #expect(recorder.state.withLock { $0.removed } == [name])
    subscription.close()
    #expect(recorder.state.withLock { $0.removed } == [name])
    #expect(outputs.readings().isEmpty)
    outputs.stop()
  }

  @Test func keepAliveFollowsTheClock() async throws {
    let outputs = try dispatcher()
    let subscription = subscribe(outputs)
    _ = await line(subscription)
    clock.advance(milliseconds: 3000)
    outputs.wake()
    #expect(await line(subscription) == "{\"sequence_number\":1}\r\n")
    outputs.stop()
  }

  @Test func aSlowSubscriberHoldsThePipelineBackUntilItIsDropped() async throws {
    let outputs = try dispatcher()
    let subscription = subscribe(outputs)
    _ = await line(subscription)
    let big = Fixtures.rows((0..<600_000).map { ($0, 1) })
    for step in UInt64(0)..<2 {
      #expect(outputs.waitForRoom(timeoutNanoseconds: 0))
      outputs.submit(StepDeltas(step: StepIndex(step), deltas: [(Fixtures.relation, big)], inputRecords: 1))
    }
    #expect(!outputs.waitForRoom(timeoutNanoseconds: 1_000_000))
    // Makes sure that the rows were released before the clock moves.
    #expect(recorder.wait(outputs) { $0.syncs >= 1 })
    for _ in 0..<100 where recorder.state.withLock({ $0.removed.isEmpty }) {
      clock.advance(milliseconds: 31_000)
      outputs.wake()
      _ = outputs.waitForRoom(timeoutNanoseconds: 50_000_000)
    }
    let name = subscription.name
    #expect(recorder.wait(outputs) { $0.removed == [name] })
    #expect(outputs.waitForRoom(timeoutNanoseconds: 0))
    #expect(await line(subscription) == "end")
    outputs.stop()
  }

  @Test func bigStepsComeInSeveralLines() async throws {
    let outputs = try dispatcher()
    let subscription = subscribe(outputs)
    _ = await line(subscription)
    let big = Fixtures.rows((0..<100_000).map { ($0, 1) })
    outputs.submit(StepDeltas(step: StepIndex(0), deltas: [(Fixtures.relation, big)], inputRecords: 1))
    var lines: [String] = []
    while !(lines.last?.contains("\"processed_steps\":1,") ?? false), lines.count < 100 {
      lines.append(await line(subscription))
    }
    #expect(lines.allSatisfy { $0.utf8.count <= 1 << 20 })
    #expect(lines.count > 3)
    #expect(lines[0].contains("\"processed_steps\":0,"))
    let items = lines.reduce(0) { $0 + $1.count { $0 == "{" } - 1 }
    #expect(items == 200_000)
    outputs.stop()
  }

  @Test func aCancelledConsumerReturns() async throws {
    let outputs = try dispatcher()
    let subscription = subscribe(outputs)
    _ = await line(subscription)
    let waiting = Task { await self.line(subscription) }
    waiting.cancel()
    #expect(await waiting.value == "end")
    outputs.stop()
  }

  @Test func optionsAreChecked() throws {
    #expect(try SubscriptionOptions.parse(format: nil, array: false, backpressure: true).format == .csv)
    #expect(try SubscriptionOptions.parse(format: "json", array: true, backpressure: false).array)
    #expect(throws: OutputError.self) {
      try SubscriptionOptions.parse(format: "avro", array: false, backpressure: true)
    }
  }
}
