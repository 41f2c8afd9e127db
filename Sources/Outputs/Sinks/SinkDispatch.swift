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
  let clock: any PipelineClock
  let events: OutputEvents
  /// Told whenever queues became shorter.
  private let madeRoom: @Sendable () -> Void
  private let random: any RandomSource
  private let state = Mutex(State())
  private let work = Mailbox<Void>(capacity: 1)

  init(
    store: any OrderedStore, specs: [SinkSpec], clock: any PipelineClock, events: OutputEvents,
    random: any RandomSource, madeRoom: @escaping @Sendable () -> Void
  ) {
    self.store = store
    self.specs = specs
    self.clock = clock
    self.events = events
    self.random = random
    self.madeRoom = madeRoom
  }

  // MARK: Start and stop

  func start(at steps: StepCount, pending: [UInt8]?) throws(OutputError) {
    let positions = try restore(at: steps, pending: pending)
    guard !specs.isEmpty else { return }
    let started = Mailbox<OutputError?>(capacity: 1)
    let thread = DedicatedThread(name: "outputs") { [self] in run(positions, started) }
    state.withLock { $0.thread = thread }
    if let failure = started.take(timeoutNanoseconds: nil) ?? nil { throw failure }
  }

  private func run(_ positions: [SinkPosition?], _ started: Mailbox<OutputError?>) {
    var loop = SinkLoop(self, positions)
    let failure = loop.prepare()
    _ = started.offer(failure)
    guard failure == nil else { return }
    while true {
      switch loop.turn() {
      case .again: break
      case .wait(let nanoseconds): _ = work.take(timeoutNanoseconds: nanoseconds)
      case .ended: return
      }
    }
  }

  /// As `start`, but whoever calls runs the loop.
  func begin(at steps: StepCount, pending: [UInt8]?) throws(OutputError) -> SinkLoop {
    var loop = SinkLoop(self, try restore(at: steps, pending: pending))
    if let failure = loop.prepare() { throw failure }
    return loop
  }

  /// The sinks' queues as a former life left them; answers what their cursors say.
  private func restore(at steps: StepCount, pending: [UInt8]?) throws(OutputError) -> [SinkPosition?] {
    var section = PendingSection()
    if let pending { section = try PendingSection(decoding: pending) }
    var positions: [SinkPosition?] = []
    var records: [SinkRecord] = []
    for spec in specs {
      let position = try DeliveryCursor(store: store, name: spec.name).read()
      positions.append(position)
      let queue = SinkQueue(at: steps, cursor: position?.delivered, restored: section.part(of: spec.name))
      records.append(SinkRecord(name: spec.name, relation: spec.relation, queue: queue))
    }
    let input = section.inputRecords
    state.withLock { [records] state in
      state.records = records
      state.inputRecords = input
    }
    for record in records { events.added(record.name, record.queue.delivered) }
    return positions
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
        case .queued(let count):
          queued = true
          if let count { passed.append((state.records[index].name, count)) }
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

  // MARK: The loop's side

  func lines(at positions: [SinkPosition?]) -> [SinkLine] {
    zip(specs, positions).map { SinkLine(spec: $0, store: store, position: $1, random: random) }
  }

  var isClosing: Bool { work.isClosed }

  func haveItems() -> [Bool] {
    state.withLock { state in state.records.map { !$0.queue.items.isEmpty } }
  }

  /// What each sink that is due gets next.
  func rounds(due: [Bool], bytesMax: Int) -> [SinkQueue.Round?] {
    state.withLock { state in
      state.records.indices.map { due[$0] ? state.records[$0].queue.nextRound(bytesMax: bytesMax) : nil }
    }
  }

  /// The round's cursor is durable.
  func finish(_ round: SinkQueue.Round, of index: Int, bytes: Int) {
    let (name, count) = state.withLock { state in
      state.records[index].noteSent(records: round.records, bytes: bytes)
      return (state.records[index].name, state.records[index].queue.finish(round))
    }
    events.delivered(name, count)
    madeRoom()
  }

  func note(_ guarantee: DeliveryGuarantee?, of index: Int) {
    guard let guarantee else { return }
    let text = guarantee == .exactlyOnce ? "exactly_once" : "at_least_once"
    state.withLock { $0.records[index].guarantee = text }
  }

  func note(_ outcome: SinkLine.Outcome, of index: Int) {
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
