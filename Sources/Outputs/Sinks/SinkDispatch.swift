import ConnectorKit
import DataModel
import PipelineModel
import Platform
import StorageAPI
import Synchronization

/// The sinks of a pipeline and the thread "outputs" that serves them one after the other.
final class SinkDispatch: Sendable {
  private struct State {
    var records: [SinkRecord] = []
    /// Input records of all steps so far, also of earlier lives.
    var inputRecords: UInt64 = 0
    var thread: DedicatedThread?
  }

  private let store: any OrderedStore
  private let specs: [SinkSpec]
  private let clock: any PipelineClock
  private let events: OutputEvents
  /// Told whenever queues became shorter.
  private let madeRoom: @Sendable () -> Void
  private let state = Mutex(State())
  private let work = Mailbox<Void>(capacity: 1)

  init(
    store: any OrderedStore, specs: [SinkSpec], clock: any PipelineClock, events: OutputEvents,
    madeRoom: @escaping @Sendable () -> Void
  ) {
    self.store = store
    self.specs = specs
    self.clock = clock
    self.events = events
    self.madeRoom = madeRoom
  }

  // MARK: Start and stop

  func start(at steps: StepCount, pending: [UInt8]?) throws(OutputError) {
    var section = PendingSection()
    if let pending { section = try PendingSection(decoding: pending) }
    var lines: [SinkLine] = []
    var records: [SinkRecord] = []
    for spec in specs {
      let position = try DeliveryCursor(store: store, name: spec.name).read()
      lines.append(SinkLine(spec: spec, store: store, position: position))
      let queue = SinkQueue(at: steps, cursor: position?.delivered, restored: section.part(of: spec.name))
      records.append(SinkRecord(name: spec.name, relation: spec.relation, queue: queue))
    }
    let input = section.inputRecords
    state.withLock { [records] state in
      state.records = records
      state.inputRecords = input
    }
    for record in records { events.added(record.name, record.queue.delivered) }
    guard !specs.isEmpty else { return }
    let positions = lines.map(\.position)
    let started = Mailbox<OutputError?>(capacity: 1)
    let thread = DedicatedThread(name: "outputs") { [self] in run(positions, started) }
    state.withLock { $0.thread = thread }
    if let failure = started.take(timeoutNanoseconds: nil) ?? nil { throw failure }
  }

  /// Delivers what is queued as long as the sinks take it without failure, then ends the thread.
  func stop() {
    work.close()
    state.withLock { $0.thread }?.join()
  }

  // MARK: The step thread's side

  /// Answers the input records of all steps before this one.
  func submit(_ deltas: StepDeltas) -> UInt64 {
    let (passed, queued, inputBefore) = state.withLock { state in
      let inputBefore = state.inputRecords
      var passed: [(String, StepCount)] = []
      var queued = false
      for index in state.records.indices {
        let rows = deltas.rows(of: state.records[index].relation)
        switch state.records[index].queue.submit(step: deltas.step, rows: rows, inputBefore: inputBefore) {
        case .discarded: break
        case .queued: queued = true
        case .passed(let count): passed.append((state.records[index].name, count))
        }
      }
      state.inputRecords &+= deltas.inputRecords
      return (passed, queued, inputBefore)
    }
    for (name, count) in passed { events.delivered(name, count) }
    if queued { wake() }
    return inputBefore
  }

  var inputRecords: UInt64 { state.withLock { $0.inputRecords } }

  func wake() { _ = work.offer(()) }

  var queuedBytes: Int {
    specs.isEmpty ? 0 : state.withLock { $0.records.reduce(0) { $0 + $1.queue.bytes } }
  }

  func pendingSection() -> PendingSection {
    state.withLock { state in
      var section = PendingSection()
      section.inputRecords = state.inputRecords
      section.parts = state.records.map {
        ($0.name, PendingSection.Part(delivered: $0.queue.delivered, items: $0.queue.items))
      }
      return section
    }
  }

  func readings() -> [OutputReading] {
    state.withLock { state in state.records.map { $0.reading(inputRecords: state.inputRecords) } }
  }

  // MARK: The thread "outputs"

  private func run(_ positions: [SinkPosition?], _ started: Mailbox<OutputError?>) {
    var lines = zip(specs, positions).map { SinkLine(spec: $0, store: store, position: $1) }
    defer { for index in lines.indices { lines[index].stop() } }
    for index in lines.indices {
      switch lines[index].prepare(now: clock.monotonic()) {
      case .failedForGood(let message):
        _ = started.offer(OutputError(.connector, "output '\(specs[index].name)' cannot start: \(message)"))
        return
      case .some(let outcome): note(outcome, of: index, lines[index])
      case nil: note(guaranteeOf: index, lines[index])
      }
    }
    _ = started.offer(nil)
    while true {
      let closing = work.isClosed
      var pass = Pass.moved
      while pass == .moved { pass = serve(&lines, ignoringPauses: closing) }
      if closing { return }
      _ = work.take(timeoutNanoseconds: pass == .unsynced ? SinkDispatch.pauseMost : pause(lines))
    }
  }

  /// Until the next retry; nil while no sink waits for one.
  private func pause(_ lines: [SinkLine]) -> UInt64? {
    let now = clock.monotonic()
    let waiting = state.withLock { state in state.records.map { !$0.queue.items.isEmpty } }
    let pauses = lines.indices.compactMap { index in
      waiting[index] && !lines[index].failedForGood ? lines[index].notBefore.since(now) : nil
    }
    return pauses.min().map { min(max($0, SinkDispatch.pauseLeast), SinkDispatch.pauseMost) }
  }

  private static let pauseLeast: UInt64 = 1_000_000
  /// Retries are seen at least this often, also when the clock is not the machine's.
  private static let pauseMost: UInt64 = 50_000_000
  private static let roundBytesMax = 8 << 20

  private enum Pass { case moved, idle, unsynced }

  /// One delivery for each sink that has something and is due.
  private func serve(_ lines: inout [SinkLine], ignoringPauses: Bool) -> Pass {
    let now = clock.monotonic()
    let due = lines.map { ignoringPauses ? !$0.isFailing : $0.isDue(at: now) }
    let rounds = state.withLock { state in
      state.records.indices.map { index in
        due[index] ? state.records[index].queue.nextRound(bytesMax: SinkDispatch.roundBytesMax) : nil
      }
    }
    // The rounds were fixed first, so the sync covers every step that they pass.
    guard rounds.contains(where: { $0 != nil }) else { return .idle }
    guard events.syncJournal() else { return .unsynced }
    var pass = Pass.idle
    for (index, round) in rounds.enumerated() {
      guard let round else { continue }
      let outcome = lines[index].deliver(round, now: clock.monotonic())
      note(guaranteeOf: index, lines[index])
      guard case .delivered(let finished, let bytes) = outcome else {
        note(outcome, of: index, lines[index])
        if case .failedForGood(let message) = outcome { events.failed(specs[index].name, message) }
        continue
      }
      pass = .moved
      let (name, count) = state.withLock { state in
        state.records[index].noteSent(records: finished.records, bytes: bytes)
        return (state.records[index].name, state.records[index].queue.finish(finished))
      }
      events.delivered(name, count)
      madeRoom()
    }
    return pass
  }

  private func note(guaranteeOf index: Int, _ line: SinkLine) {
    guard let guarantee = line.guarantee else { return }
    let text = guarantee == .exactlyOnce ? "exactly_once" : "at_least_once"
    state.withLock { $0.records[index].guarantee = text }
  }

  private func note(_ outcome: SinkLine.Outcome, of index: Int, _ line: SinkLine) {
    let time = clock.wall()
    switch outcome {
    case .delivered: break
    case .failed(let message):
      state.withLock { $0.records[index].noteError(message, fatal: false, at: time) }
    case .failedForGood(let message):
      state.withLock { $0.records[index].noteError(message, fatal: true, at: time) }
    }
  }
}
