// Goal: after a crash at any point between journal, sink and cursor, and after any failure, the outside ends as if
// nothing had happened. Method: a scripted sink over a simulated disk; the engine's replay is played by hand.

import ConnectorKit
import DataModel
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport
import Testing

import Outputs

struct SinkDispatchTests {
  private let name = "v.out"

  private func dispatcher(
    _ outside: Outside, _ store: any OrderedStore, _ recorder: EventRecorder
  ) -> OutputDispatcher {
    let spec = SinkSpec(
      name: name, relation: Fixtures.relation, schema: Fixtures.schema,
      make: { () throws(ConnectorError) in ScriptedSink(outside) })
    return OutputDispatcher(store: store, sinks: [spec], clock: SystemClock(), events: recorder.events)
  }

  private func waitDelivered(_ count: UInt64, _ recorder: EventRecorder, _ dispatcher: OutputDispatcher) -> Bool {
    recorder.wait(dispatcher) { $0.delivered["v.out"] ?? 0 >= count }
  }

  @Test func deliversInOrderAndTellsHowFar() throws {
    let (outside, recorder) = (Outside(), EventRecorder())
    let outputs = dispatcher(outside, MemoryStore(), recorder)
    try outputs.start(at: .zero, pending: nil)
    #expect(recorder.state.withLock { $0.added } == [name: 0])
    for step in UInt64(0)..<50 { outputs.submit(Fixtures.step(step, step % 3 == 0 ? [Int64(step)] : [])) }
    #expect(waitDelivered(50, recorder, outputs))
    #expect(outside.steps == (UInt64(0)..<50).filter { $0 % 3 == 0 })
    let reading = try #require(outputs.readings().first)
    #expect(reading.transmittedRecords == 17)
    #expect(reading.guarantee == "exactly_once")
    #expect(reading.processedInputRecords == 50)
    outputs.stop()
  }

  @Test func stepsWithoutRowsNeedNoThreadAndNoSync() throws {
    let (outside, recorder) = (Outside(), EventRecorder())
    let outputs = dispatcher(outside, MemoryStore(), recorder)
    try outputs.start(at: .zero, pending: nil)
    outputs.submit(Fixtures.step(0, []))
    #expect(recorder.state.withLock { $0.delivered[name] } == 1)
    #expect(recorder.state.withLock { $0.syncs } == 0)
    outputs.stop()
  }

  @Test func nothingLeavesBeforeTheJournalIsDurable() throws {
    let (outside, recorder) = (Outside(), EventRecorder())
    recorder.state.withLock { $0.journalWorks = false }
    let outputs = dispatcher(outside, MemoryStore(), recorder)
    try outputs.start(at: .zero, pending: nil)
    outputs.submit(Fixtures.step(0, [1]))
    #expect(recorder.wait(outputs) { $0.syncs >= 2 })
    #expect(outside.values.isEmpty)
    recorder.state.withLock { $0.journalWorks = true }
    #expect(waitDelivered(1, recorder, outputs))
    #expect(outside.values == [1])
    outputs.stop()
  }

  @Test func failuresAndTornWritesAreRetriedWithoutRepeats() throws {
    let (outside, recorder) = (Outside(), EventRecorder())
    let outputs = dispatcher(outside, MemoryStore(), recorder)
    outside.state.withLock { $0.fault = Outside.Fault(refuse: 1, tear: 1) }
    try outputs.start(at: .zero, pending: nil)
    for step in UInt64(0)..<5 { outputs.submit(Fixtures.step(step, [Int64(step)])) }
    #expect(waitDelivered(5, recorder, outputs))
    #expect(outside.values == [0, 1, 2, 3, 4])
    let reading = try #require(outputs.readings().first)
    #expect(reading.transportErrors == 2)
    #expect(reading.recentErrors.map(\.message) == ["not now", "torn"])
    outputs.stop()
  }

  @Test func aFatalFailureIsShownAndKeepsItsPlace() throws {
    let (outside, recorder) = (Outside(), EventRecorder())
    let outputs = dispatcher(outside, MemoryStore(), recorder)
    outside.state.withLock { $0.fault.fatal = true }
    try outputs.start(at: .zero, pending: nil)
    outputs.submit(Fixtures.step(0, [1]))
    outputs.submit(Fixtures.step(1, []))
    #expect(recorder.wait(outputs) { _ in outputs.readings().first?.fatalError == "no such place" })
    #expect(outputs.readings().first?.deliveredSteps == .zero)
    #expect(recorder.state.withLock { $0.delivered[name] } == nil)
    #expect(recorder.wait(outputs) { $0.failed == ["v.out": "no such place"] })
    outputs.stop()
  }

  /// Steps that were queued after a delivery whose cursor could not be written are not taken for delivered with it.
  @Test func aLateCursorPassesOnlyItsOwnRound() throws {
    let outside = Outside()
    let spec = SinkSpec(
      name: name, relation: Fixtures.relation, schema: Fixtures.schema,
      make: { () throws(ConnectorError) in ScriptedSink(outside) })
    func round(_ step: UInt64, through: UInt64) -> SinkQueue.Round {
      SinkQueue.Round(
        deltas: (0...step).map { SinkDelta(step: StepIndex($0), rows: Fixtures.rows([(Int64($0), 1)])) },
        through: StepCount(through))
    }
    var line = SinkLine(spec: spec, store: FailingOnce(), position: nil)
    let now = MonotonicTime(nanoseconds: 0)
    guard case .failed = line.deliver(round(0, through: 1), now: now) else {
      Issue.record("the cursor was written")
      return
    }
    guard case .delivered(let finished, _) = line.deliver(round(2, through: 3), now: now) else {
      Issue.record("the cursor was not written")
      return
    }
    #expect(finished.through == StepCount(1))
    #expect(outside.values == [0])
  }

  @Test func aSinkThatCannotStartStopsTheStart() {
    let recorder = EventRecorder()
    let spec = SinkSpec(
      name: name, relation: Fixtures.relation, schema: Fixtures.schema,
      make: { () throws(ConnectorError) in throw ConnectorError(.fatal, "bad path") })
    let outputs = OutputDispatcher(
      store: MemoryStore(), sinks: [spec], clock: SystemClock(), events: recorder.events)
    #expect(throws: OutputError.self) { try outputs.start(at: .zero, pending: nil) }
    outputs.stop()
  }

  @Test func aFullQueueHoldsTheStepsBack() throws {
    let (outside, recorder) = (Outside(), EventRecorder())
    recorder.state.withLock { $0.journalWorks = false }
    let outputs = dispatcher(outside, MemoryStore(), recorder)
    try outputs.start(at: .zero, pending: nil)
    let big = Fixtures.rows((0..<2_000_000).map { ($0, 1) })
    for step in UInt64(0)..<3 {
      #expect(outputs.waitForRoom(timeoutNanoseconds: 0))
      outputs.submit(StepDeltas(step: StepIndex(step), deltas: [(Fixtures.relation, big)], inputRecords: 1))
    }
    #expect(!outputs.waitForRoom(timeoutNanoseconds: 1_000_000))
    recorder.state.withLock { $0.journalWorks = true }
    outputs.wake()
    #expect(outputs.waitForRoom(timeoutNanoseconds: 10_000_000_000))
    outputs.stop()
  }

  /// Where the power goes in the round of step 2.
  enum CrashPoint: CaseIterable { case beforeSync, beforeDelivery, halfDelivered, beforeCursor, afterCursor }

  @Test(arguments: CrashPoint.allCases, [false, true])
  func aCrashAtAnyPointIsHealedByReplay(point: CrashPoint, withCheckpoint: Bool) throws {
    let (outside, disk) = (Outside(), CrashDisk())
    let steps: [[Int64]] = [[10], [], [20, 21], [30], [], [50]]
    var checkpoint: (at: StepCount, section: [UInt8]?) = (.zero, nil)
    do {
      let recorder = EventRecorder()
      let store = FaultyStore(try disk.open(directory: "d"))
      let outputs = dispatcher(outside, store, recorder)
      try outputs.start(at: .zero, pending: nil)
      for step in 0..<2 { outputs.submit(Fixtures.step(UInt64(step), steps[step])) }
      #expect(waitDelivered(2, recorder, outputs))
      recorder.state.withLock { $0.journalWorks = point != .beforeSync }
      outside.state.withLock { state in
        if point == .beforeDelivery { state.fault.refuse = .max }
        if point == .halfDelivered { state.fault.tear = .max }
      }
      if point == .beforeCursor { store.failWrite() }
      outputs.submit(Fixtures.step(2, steps[2]))
      if withCheckpoint { checkpoint = (StepCount(3), outputs.pendingSection()) }
      if point == .afterCursor { #expect(waitDelivered(3, recorder, outputs)) } else {
        #expect(recorder.wait(outputs) { $0.syncs >= 2 })
      }
      disk.crash()
      outputs.stop()
      outside.state.withLock { $0.fault = Outside.Fault() }
    }
    let recorder = EventRecorder()
    let outputs = dispatcher(outside, try disk.open(directory: "d"), recorder)
    try outputs.start(at: checkpoint.at, pending: checkpoint.section)
    for step in Int(checkpoint.at.rawValue)..<steps.count {
      outputs.submit(Fixtures.step(UInt64(step), steps[step]))
    }
    #expect(waitDelivered(6, recorder, outputs))
    #expect(outside.values == [10, 20, 21, 30, 50])
    outputs.stop()
  }

  @Test(arguments: 0..<12)
  func randomLivesEndAsOne(seed: Int) throws {
    let random = SeededRandom(seed: UInt64(seed) &+ 77)
    let (outside, disk) = (Outside(), CrashDisk())
    var checkpoint: (at: StepCount, section: [UInt8]?) = (.zero, nil)
    var content: [[Int64]] = []
    for life in 0..<5 {
      let recorder = EventRecorder()
      let outputs = dispatcher(outside, try disk.open(directory: "d"), recorder)
      try outputs.start(at: checkpoint.at, pending: checkpoint.section)
      for step in Int(checkpoint.at.rawValue)..<content.count {
        outputs.submit(Fixtures.step(UInt64(step), content[step]))
      }
      for _ in 0..<random.next(below: 20) {
        outside.state.withLock {
          if random.next(below: 8) == 0 { $0.fault.refuse = 1 }
          if random.next(below: 8) == 0 { $0.fault.tear = 1 }
        }
        content.append(random.next(below: 3) == 0 ? [] : [Int64(content.count)])
        outputs.submit(Fixtures.step(UInt64(content.count - 1), content[content.count - 1]))
        if random.next(below: 6) == 0 {
          checkpoint = (StepCount(UInt64(content.count)), outputs.pendingSection())
        }
      }
      if life == 4 { #expect(waitDelivered(UInt64(content.count), recorder, outputs)) }
      disk.crash()
      outputs.stop()
    }
    #expect(outside.values == content.flatMap { $0 })
  }

  @Test func aDamagedCursorIsRefused() throws {
    let store = MemoryStore()
    var batch = WriteBatch()
    batch.put(KeySpace.sinkCursor.key(name), [1, 2, 3])
    try store.write(batch, .synced)
    let outputs = dispatcher(Outside(), store, EventRecorder())
    #expect(throws: OutputError.self) { try outputs.start(at: .zero, pending: nil) }
    outputs.stop()
  }
}

/// The first write fails and leaves the store usable, as one that was opened again is.
private final class FailingOnce: OrderedStore {
  private let store = MemoryStore()
  private let hasFailed = Mutex(false)

  func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    let isFirst = hasFailed.withLock { failed in
      defer { failed = true }
      return !failed
    }
    if isFirst { throw StorageError(.io, "not now") }
    try store.write(batch, durability)
  }

  func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? { try store.get(family, key) }
  func sync() throws(StorageError) { try store.sync() }
  func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: ([UInt8], [UInt8]) -> Bool
  ) throws(StorageError) { try store.scan(family, from: from, to: to, visit) }
  func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? { try store.last(family, from: from, to: to) }
  func flush(beyond bytes: UInt64) {}
  func sizeBytes() -> UInt64 { store.sizeBytes() }
  func close() { store.close() }
}
