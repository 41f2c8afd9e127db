// Goal: every record of a source is in the log exactly once, whatever crashes between or within appends;
// pause, retry, failure and throttling act as told.
// Method: a scripted source of numbered records; the store fails at the k-th write for every k, power is cut,
// and a new life goes on. Waits are for events of the source, never for time.
import ConnectorKit
import DataModel
import InputLog
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport
import Testing

import Ingress

/// What a scripted source tells its test.
final class SourceEvents: Sendable {
  let stopped = Signal()
  let calls = Atomic<Int>(0)
  let made = Atomic<Int>(0)
}

/// Hands out the numbers below `total` in chunks; its position is the next number.
final class ScriptedSource: Source {
  private let total: Int
  private let chunk: Int
  private let tellsEnd: Bool
  private let fault: ConnectorError?
  private let events: SourceEvents
  private var position = 0

  init(total: Int, chunk: Int, tellsEnd: Bool = true, fault: ConnectorError? = nil, events: SourceEvents) {
    self.total = total
    self.chunk = chunk
    self.tellsEnd = tellsEnd
    self.fault = fault
    self.events = events
    events.made.add(1, ordering: .sequentiallyConsistent)
  }

  func start(from resume: ResumePoint?) throws(ConnectorError) {
    guard let resume else { return }
    var reader = ByteReader(resume.bytes)
    guard let number = try? reader.readUInt32() else { throw ConnectorError(.fatal, "foreign position") }
    position = Int(number)
  }

  func next(recordsMax: Int, now: UInt64) throws(ConnectorError) -> SourcePoll {
    events.calls.add(1, ordering: .sequentiallyConsistent)
    if let fault { throw fault }
    guard position < total else { return .ended }
    let end = min(total, position + min(chunk, recordsMax))
    var ids = ColumnBuilder(.int64)
    var notes = ColumnBuilder(.bytes)
    for number in position..<end {
      ids.append(int64: Int64(number))
      notes.appendNull()
    }
    let kinds = [UInt8](repeating: ChangeKind.insert.rawValue, count: end - position)
    let rows = ChangeBatch(columns: [ids.finish(), notes.finish()], kinds: kinds)
    let size = 8 * (end - position)
    position = end
    var writer = ByteWriter()
    writer.write(UInt32(position))
    return .chunk(
      SourceChunk(
        rows: rows, sizeBytes: size, resume: ResumePoint(bytes: writer.bytes),
        endOfInput: tellsEnd && position == total))
  }

  func stop() { events.stopped.raise() }
}

@Suite struct SourceFeedTests {
  private typealias Maker = @Sendable () throws(ConnectorError) -> any Source

  private func feed(
    _ life: IngressLife, paused: Bool = false, processedEnd: (@Sendable () -> Offset)? = nil,
    _ make: @escaping Maker,
    adjust: (inout SourceFeed.Setup) -> Void = { _ in }
  ) -> SourceFeed {
    let appender = life.appender
    var setup = SourceFeed.Setup(
      name: "t1.c", table: IngressLife.table,
      endpoint: life.endpoints.connector(table: IngressLife.table.name, name: "c"), paused: paused,
      processedEnd: processedEnd ?? { appender.durableEnd }, makeSource: make)
    adjust(&setup)
    return SourceFeed(
      setup, appender: life.appender, store: life.store, clock: life.clock, random: SeededRandom(seed: 1))
  }

  /// Runs a feed until its source is stopped: it has ended or the store failed.
  private func runToEnd(_ feed: SourceFeed, _ events: SourceEvents) {
    feed.start(pipelinePaused: false)
    _ = events.stopped.wait(timeoutNanoseconds: nil)
    feed.stop()
  }

  @Test(arguments: [true, false]) func exactlyOnceOverCrashesAtEveryAppend(tellsEnd: Bool) throws {
    let total = 23
    let chunk = 5
    let writes = tellsEnd ? 5 : 6
    for first in 0...writes {
      let disk = try IngressDisk()
      var failures = 0
      var isDone = false
      while !isDone {
        let life = try disk.open()
        // Life n fails at its write number first + n, so that all later appends are met as well.
        life.store.failWrite(after: failures == 0 ? first : failures % 3)
        let events = SourceEvents()
        let feed = feed(life) { () throws(ConnectorError) in
          ScriptedSource(total: total, chunk: chunk, tellsEnd: tellsEnd, events: events)
        }
        runToEnd(feed, events)
        let reading = try #require(life.reading)
        isDone = reading.endOfInput
        #expect((reading.fatalError == nil) == isDone)
        failures += 1
        life.crash(keepingUnsynced: failures % 2)
        if failures > 50 {
          Issue.record("no progress")
          return
        }
      }
      let life = try disk.open()
      #expect(try life.loggedIDs() == Array(0..<Int64(total)))
      life.close()
    }
  }

  @Test func anEndedSourceIsKnownAfterRestart() throws {
    let disk = try IngressDisk()
    for round in 0..<2 {
      let life = try disk.open()
      let events = SourceEvents()
      let feed = feed(life, paused: round == 1) { () throws(ConnectorError) in
        ScriptedSource(total: 7, chunk: 3, events: events)
      }
      if round == 0 {
        runToEnd(feed, events)
        #expect(life.reading?.totalRecords == 7 && life.reading?.totalBytes == 56)
      } else {
        // Nothing to wait for: the thread ends by itself, also while paused.
        let ended = Signal()
        feed.start(pipelinePaused: true)
        while life.reading?.endOfInput == false { _ = ended.wait(timeoutNanoseconds: 1_000_000) }
        feed.stop()
        #expect(events.made.load(ordering: .sequentiallyConsistent) == 0)
      }
      #expect(life.reading?.endOfInput == true)
      life.close()
    }
  }

  @Test func aPausedFeedMakesNoSourceUntilResumed() throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let events = SourceEvents()
    let make: Maker = { () throws(ConnectorError) in ScriptedSource(total: 4, chunk: 4, events: events) }
    let silent = feed(life, paused: true, make)
    #expect(silent.isPaused && silent.name == "t1.c")
    silent.start(pipelinePaused: false)
    silent.setPipelinePaused(true)
    silent.resume()
    silent.stop()
    silent.stop()
    #expect(events.made.load(ordering: .sequentiallyConsistent) == 0)

    let feed = feed(life, paused: true, make)
    feed.start(pipelinePaused: true)
    feed.resume()
    feed.setPipelinePaused(false)
    _ = events.stopped.wait(timeoutNanoseconds: nil)
    feed.stop()
    #expect(try life.loggedIDs() == [0, 1, 2, 3])
  }

  @Test func stopWithoutStart() throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let events = SourceEvents()
    let feed = feed(life) { () throws(ConnectorError) in ScriptedSource(total: 4, chunk: 4, events: events) }
    feed.stop()
    feed.start(pipelinePaused: false)
    feed.stop()
    #expect(events.made.load(ordering: .sequentiallyConsistent) == 0)
  }

  @Test func aRetryableFailureIsTriedAgain() throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let failing = SourceEvents()
    let working = SourceEvents()
    let feed = feed(life) { () throws(ConnectorError) in
      if failing.made.load(ordering: .sequentiallyConsistent) == 0 {
        return ScriptedSource(
          total: 4, chunk: 4, fault: ConnectorError(.retry, "peer is away"), events: failing)
      }
      return ScriptedSource(total: 4, chunk: 4, events: working)
    }
    runToEnd(feed, working)
    let reading = try #require(life.reading)
    #expect(reading.transportErrors == 1 && reading.fatalError == nil && reading.endOfInput)
    #expect(reading.recentErrors.map(\.message) == ["peer is away"])
    #expect(try life.loggedIDs() == [0, 1, 2, 3])
  }

  @Test func aFatalFailureIsShown() throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let events = SourceEvents()
    let feed = feed(life) { () throws(ConnectorError) in
      ScriptedSource(total: 4, chunk: 4, fault: ConnectorError(.fatal, "no such file"), events: events)
    }
    runToEnd(feed, events)
    #expect(life.reading?.fatalError == "no such file" && life.reading?.endOfInput == false)
    #expect(events.made.load(ordering: .sequentiallyConsistent) == 1)
  }

  @Test func aFeedWaitsForSteps() throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let events = SourceEvents()
    let asked = Atomic<Int>(0)
    let processed = Atomic<UInt64>(0)
    let throttled = Signal()
    let feed = feed(
      life,
      processedEnd: {
        // Three answers let it read; ten more find it waiting.
        if asked.add(1, ordering: .sequentiallyConsistent).newValue == 13 { throttled.raise() }
        return Offset(processed.load(ordering: .sequentiallyConsistent))
      },
      { () throws(ConnectorError) in ScriptedSource(total: 20, chunk: 5, events: events) },
      adjust: { $0.queuedRecordsMax = 10 })
    feed.start(pipelinePaused: false)
    _ = throttled.wait(timeoutNanoseconds: nil)
    #expect(life.appender.durableEnd == Offset(15))
    #expect(events.calls.load(ordering: .sequentiallyConsistent) == 3)
    processed.store(15, ordering: .sequentiallyConsistent)
    _ = events.stopped.wait(timeoutNanoseconds: nil)
    feed.stop()
    #expect(try life.loggedIDs() == Array(0..<20))
  }
}
