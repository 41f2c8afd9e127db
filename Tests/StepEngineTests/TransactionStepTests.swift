// Goal: a transaction is one step: nothing of it shows before, all of it after, whatever its slices, crashes,
// checkpoints and other steps; and replay gives the same (invariants 4, 6 and 10). Method: engines over one disk that
// loses what is not synced; random records, transactions, crashes and checkpoints, against a circuit that takes all
// records at once.
import DataModel
import Dataflow
import InputLog
import PipelineModel
import Platform
import SQLFrontend
import SQLLowering
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite("Transactions: steps")
struct TransactionStepTests {
  @Test("views are those of all committed records at once", arguments: 0..<UInt64(24))
  func incrementalEqualsBatch(seed: UInt64) async throws {
    let world = try TransactionWorld(seed: seed)
    for _ in 0..<60 {
      switch world.random.next(below: 12) {
      case 0...4: try world.append()
      case 5, 6: try world.start()
      case 7, 8: try world.commit()
      case 9: try world.settle()
      case 10: try await world.checkpoint()
      default: try world.crash()
      }
    }
    try world.settle()
    try world.commit()
    try world.settle()
    world.stop()
    #expect(world.failures == [])
  }

  @Test("an empty transaction ends; a stop in the middle of a commit leaves nothing behind")
  func edges() async throws {
    let world = try TransactionWorld(seed: 1)
    try world.start()
    try world.commit()
    try world.settle()
    #expect(try world.desk.start() == 2)
    for _ in 0..<30 { try world.append() }
    #expect(try world.desk.commit(sliceBytes: 1) == 2)
    // The stop may come before, between or after the slices.
    world.engine.wake()
    world.stop()
    #expect(await world.engine.capture() == nil)
    try world.boot()
    try world.settle()
    world.stop()
    #expect(world.failures == [])
  }
}

/// One machine: a disk with the log, the lives over it, and what must be true of them.
final class TransactionWorld {
  let random: SeededRandom
  private let disk = CrashDisk()
  private let clock = ManualClock()
  private let program: Program
  private var store: any OrderedStore
  private(set) var desk: TransactionDesk
  private(set) var engine: StepEngine
  private var told = Told()
  private let log = TransactionRowTests.Log()
  private var position = EnginePosition.beginning
  /// All records, in the order of their offsets: for each group the inputs.
  private var groups: [(first: UInt64, inputs: [TableInput])] = []
  /// Bounds of the transactions; the last one may be open.
  private var transactions: [(first: Offset, end: Offset?)] = []
  private var steps: [StepIndex: String] = [:]
  private(set) var failures: [String] = []

  final class Told: Sendable {
    let facts = Mutex<[StepFacts]>([])
    let failure = Mutex<StepError?>(nil)
    /// Views are shown: of a life that has nothing to replay before its first step.
    let isReady = Mutex(false)
    let signal = Signal()
  }

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    program = try StatefulProgram.program()
    store = try disk.open(directory: "")
    desk = try log.desk(store)
    engine = TransactionWorld.engine(program, store, clock, desk, log, position, told)
    engine.start()
  }

  private static func engine(
    _ program: Program, _ store: any OrderedStore, _ clock: ManualClock, _ desk: TransactionDesk,
    _ log: TransactionRowTests.Log, _ position: EnginePosition, _ told: Told
  ) -> StepEngine {
    var setup = EngineSetup(
      program: program, observed: Set(program.views.map(\.name)), position: position, store: store, clock: clock,
      planner: StepPlanner(recordsMin: 0, delayNanosecondsMax: 0), paused: false,
      durableEnd: { log.end.withLock { $0 } })
    setup.transactions = desk
    return StepEngine(
      setup,
      events: EngineEvents(
        initiated: { _ in },
        finished: { facts in
          told.facts.withLock { $0.append(facts) }
          told.signal.raise()
        }, ready: { _, _ in
          told.isReady.withLock { $0 = true }
          told.signal.raise()
        }, hasRoom: { true },
        failed: { error in
          told.failure.withLock { $0 = error }
          told.signal.raise()
        }))
  }

  private var end: Offset { log.end.withLock { $0 } }

  /// One group of a few blocks; then the step thread is woken, or not yet.
  func append() throws {
    let inputs = StatefulProgram.inputs(random, count: Int(random.next(below: 12) + 1), spread: 40)
      .filter { $0.changes.allSatisfy { $0.count > 0 } }
    let blocks = inputs.flatMap { input in
      input.changes.map { changes in
        LogBlock(
          table: input.table.canonical, endpoint: EndpointID(1), recordCount: changes.count, inputBytes: 10,
          payload: ColumnCodec.encode(changes))
      }
    }
    let count = blocks.reduce(0) { $0 + UInt64($1.recordCount) }
    var batch = WriteBatch()
    batch.put(
      .log, KeySpace.bigEndian(end.rawValue), LogGroup.encode(.blocks, first: end, [try PackedBlocks(blocks)]))
    try store.write(batch, .synced)
    groups.append((end.rawValue, inputs))
    log.append(count)
    clock.advance(milliseconds: 1)
    if random.next(below: 2) == 0 { engine.wake() }
  }

  func start() throws {
    guard desk.reading == nil else {
      #expect(throws: TransactionRefusal.self) { try desk.start() }
      return
    }
    let first = end
    #expect(try desk.start() == UInt64(transactions.count + 1))
    transactions.append((first, nil))
  }

  func commit() throws {
    guard let open = desk.reading, !open.isCommitting else { return }
    _ = try desk.commit(sliceBytes: Int(random.next(below: 2000) + 1))
    transactions[transactions.count - 1].end = end
    if random.next(below: 2) == 0 { engine.wake() }
  }

  /// Waits until all is processed that is no record of an open transaction, and compares the views.
  func settle() throws {
    engine.wake()
    let target: Offset
    if let open = transactions.last, open.end == nil { target = open.first } else { target = end }
    for _ in 0..<3000 {
      let processed = told.facts.withLock { $0.last?.row.range.end } ?? position.end
      let isCommitting = desk.reading?.isCommitting ?? false
      if processed >= target, !isCommitting, told.isReady.withLock({ $0 }) { break }
      if told.failure.withLock({ $0 }) != nil { break }
      _ = told.signal.wait(timeoutNanoseconds: 10_000_000)
    }
    if let failure = told.failure.withLock({ $0 }) { failures.append("engine failed: \(failure)") }
    try compare(upTo: target)
    checkFacts()
  }

  /// Views against one run over all records at once.
  private func compare(upTo target: Offset) throws {
    let circuit = try StatefulProgram.circuit()
    var all: [TableInput] = []
    for group in groups where group.first < target.rawValue {
      for input in group.inputs {
        if let index = all.firstIndex(where: { $0.table == input.table }) {
          all[index].changes += input.changes
        } else {
          all.append(input)
        }
      }
    }
    _ = try circuit.step(all, now: 0)
    var expected: [SQLIdentifier: [String]] = [:]
    for (name, snapshot) in circuit.snapshots() {
      try snapshot.trace.forEachBatch(rowsMax: 1000) { batch in
        expected[name, default: []] += TransactionWorld.lines(batch, positive: true)
        return true
      }
    }
    for view in program.views.map(\.name) {
      let shown = try (engine.views.contents(of: view) ?? []).flatMap { TransactionWorld.lines($0) }
      if shown.sorted() != (expected[view] ?? []).sorted() {
        failures.append("\(view) shows \(shown.count) rows up to \(target), not \(expected[view]?.count ?? 0)")
      }
    }
  }

  private static func lines(_ batch: ColumnBatch, positive: Bool = false) -> [String] {
    (0..<batch.count).filter { !positive || batch.weights[$0] > 0 }.map { row in
      "\(batch.columns.map { $0.value(at: row) }) x\(batch.weights[row])"
    }
  }

  /// No step crosses a bound of a transaction, a transaction is one step, a number means one step for ever.
  private func checkFacts() {
    for facts in told.facts.withLock({ $0 }) {
      let range = facts.row.range
      for (index, transaction) in transactions.enumerated() {
        let (first, end) = (transaction.first, transaction.end)
        let isInside = range.end > first && (end.map { range.first < $0 } ?? true) && !range.isEmpty
        let isWhole = end.map { first == range.first && $0 == range.end } ?? false
        if isInside, !isWhole || facts.row.transaction != UInt64(index + 1) {
          failures.append("step \(facts.row.step) \(range) is a part of transaction \(index + 1)")
        }
      }
      let text = "\(facts.row) " + facts.deltas.map { "\($0.relation) \(TransactionWorld.lines($0.rows))" }.joined()
      if let known = steps[facts.row.step], known != text { failures.append("step \(facts.row.step) is another") }
      steps[facts.row.step] = text
    }
  }

  /// State in memory that the next lives begin with; a checkpoint makes everything before durable.
  func checkpoint() async throws {
    guard let capture = await engine.capture() else { return }
    if let open = desk.reading, !open.isCommitting, capture.end > open.range.first {
      failures.append("a checkpoint holds records of an open transaction")
    }
    try store.sync()
    position = EnginePosition(steps: capture.steps, end: capture.end, traces: capture.traces)
    if random.next(below: 2) == 0 { try Journal(store: store).trim(below: capture.steps.nextIndex) }
  }

  func stop() {
    engine.requestStop()
    engine.join()
    checkFacts()
  }

  func crash() throws {
    stop()
    disk.crash(keepingUnsynced: Int(random.next(below: 4)))
    try boot()
  }

  func boot() throws {
    disk.crash()
    store = try disk.open(directory: "")
    desk = try log.desk(store)
    told = Told()
    engine = TransactionWorld.engine(program, store, clock, desk, log, position, told)
    engine.start()
  }
}
