// Goal: a record on which an expression fails ends a life only until its error is dismissed, or never. With `fail`
// what fails alone becomes a dead letter; with `dead_letter` its row is in the error collection, and what cannot be
// there becomes a dead letter. Everything else is in the views, and replay gives the same (invariants 2, 3 and 4).
// Method: engines over one MemoryStore with a log of random blocks, some of whose records fail; against plain lists.
import DataModel
import InputLog
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite("Steps that fail")
struct PoisonStepTests {
  /// One log and the lives over it.
  final class World {
    let store = MemoryStore()
    let clock = ManualClock()
    /// Records whose letter was asked for, in that order.
    let letters = Letters()
    private(set) var end = Offset.zero

    /// A group with one block of these values; a value of 0 fails in `v`, `tooMuch` in `total`.
    func append(_ values: [Int64], kind: ChangeKind = .insert, input bytes: Int = 10) throws {
      let changes = ChangeBatch(
        columns: [ColumnVector(.int64(values))],
        kinds: [UInt8](repeating: kind.rawValue, count: values.count))
      let block = LogBlock(
        table: "t", endpoint: EndpointID(3), recordCount: values.count, inputBytes: bytes,
        payload: ColumnCodec.encode(changes))
      var batch = WriteBatch()
      batch.put(
        .log, KeySpace.bigEndian(end.rawValue), LogGroup.encode(.blocks, first: end, [try PackedBlocks([block])]))
      try store.write(batch, .synced)
      end = Offset(end.rawValue + UInt64(values.count))
    }

    func desk() throws -> TransactionDesk {
      let end = end
      return try TransactionDesk(store: store, clock: clock) { end }
    }

    /// Runs a life until all is processed or it fails.
    func live(_ policy: RowErrorPolicy = .fail, dismissals: UInt64 = 0) throws -> Outcome {
      let program = try SQLCompiler.compile(PoisonStepTests.text).get()
      let (outcome, end) = (Outcome(), end)
      var setup = EngineSetup(
        program: program, observed: Set(program.views.map(\.name) + [PoisonStepTests.errors]),
        position: .beginning, store: store, clock: clock,
        planner: StepPlanner(recordsMin: 0, delayNanosecondsMax: 0), paused: false, durableEnd: { end })
      setup.onRowError = policy
      setup.dismissals = dismissals
      setup.transactions = try desk()
      setup.letter = { [letters] failed in
        letters.records.withLock { $0.append(failed) }
        var batch = WriteBatch()
        batch.put(KeySpace.rejectedRow.key(failed.offset.rawValue), [1])
        return batch
      }
      let engine = StepEngine(
        setup,
        events: EngineEvents(
          initiated: { _ in },
          finished: { facts in
            outcome.facts.withLock { $0.append(facts) }
            outcome.signal.raise()
          }, ready: { _, _ in }, hasRoom: { true },
          failed: { error in
            outcome.failure.withLock { $0 = error }
            outcome.signal.raise()
          }))
      engine.start()
      for _ in 0..<3000 where !outcome.isOver(at: end) {
        _ = outcome.signal.wait(timeoutNanoseconds: 10_000_000)
      }
      engine.requestStop()
      engine.join()
      return outcome
    }

    /// Offsets of the dead records in the store, each with its letter.
    func dead() throws -> [UInt64] {
      func offsets(_ space: KeySpace) throws -> [UInt64] {
        var found: [UInt64] = []
        try store.scan(.base, from: space.key(), to: space.end) { key, _ in
          if let offset = KeySpace.number(key, at: 1) { found.append(offset) }
          return true
        }
        return found
      }
      let dead = try offsets(.deadRecord)
      #expect(try offsets(.rejectedRow) == dead, "each dead record has its letter")
      return dead
    }
  }

  final class Letters: Sendable { let records = Mutex<[FailedRecord]>([]) }

  final class Outcome: Sendable {
    let facts = Mutex<[StepFacts]>([])
    let failure = Mutex<StepError?>(nil)
    let signal = Signal()

    func isOver(at end: Offset) -> Bool {
      failure.withLock { $0 != nil } || facts.withLock { $0.last?.row.range.end == end }
    }

    var error: StepError? { failure.withLock { $0 } }
    var steps: [StepFacts] { facts.withLock { $0 } }

    /// What the view `v` holds after all its deltas.
    var view: [Int64: Int64] {
      var weights: [Int64: Int64] = [:]
      for delta in steps.flatMap(\.deltas) where delta.relation == SQLIdentifier("v") {
        for row in 0..<delta.rows.count {
          guard case .int64(let value) = delta.rows.columns[0].value(at: row) else { continue }
          weights[value, default: 0] += delta.rows.weights[row]
        }
      }
      return weights.filter { $0.value != 0 }
    }

    /// Rows that the error collection holds after all its deltas.
    var errorRows: Int64 {
      steps.flatMap(\.deltas).filter { $0.relation == PoisonStepTests.errors }
        .reduce(0) { $0 + $1.rows.weights.reduce(0, +) }
    }
    var viewErrors: UInt64 { steps.reduce(0) { $0 + $1.viewErrors } }
    var endpointRecords: UInt64 { steps.flatMap(\.endpoints).reduce(0) { $0 + $1.records } }
    var endpointBytes: UInt64 { steps.flatMap(\.endpoints).reduce(0) { $0 + $1.inputBytes } }
  }

  static let text = """
    create table t (x bigint not null);
    create materialized view v as select x, 1000 / x as y from t;
    create materialized view total as select sum(x) as s from t;
    """
  static let errors = SQLIdentifier("error_view")
  /// No row by itself is to blame for a sum that overflows, so behind any other positive value this fails as a step.
  static let tooMuch = Int64.max

  /// Random values, and what is to become of them.
  struct Records {
    private(set) var values: [Int64] = []
    /// Of those in `v`, how many times each.
    private(set) var good: [Int64: Int64] = [:]
    private(set) var failing: UInt64 = 0
    private(set) var dead: [UInt64] = []

    mutating func block(_ random: SeededRandom) -> [Int64] {
      let share = random.next(below: 4)
      let block = (0..<Int(random.next(below: 60) + 1)).map { _ -> Int64 in
        let dice = random.next(below: 20)
        if dice < share { return 0 }
        return dice == 19 && !good.isEmpty ? tooMuch : Int64(random.next(below: 1000)) + 1
      }
      for value in block {
        if value == tooMuch, !good.isEmpty {
          dead.append(UInt64(values.count))
        } else if value == 0 {
          failing += 1
        } else {
          good[value, default: 0] += 1
        }
        values.append(value)
      }
      return block
    }
  }

  @Test("fail: the life ends, also the next without consent; with it the rest goes on and one record is dead")
  func consent() throws {
    let world = World()
    try world.append([1, 2, 3])
    try world.append([4, 5, 0, 6, 7])
    let first = try world.live()
    let error = try #require(first.error)
    #expect(error.code == .evaluation && error.message.contains("offsets=[0,8)"), "\(error.message)")
    #expect(try FailedStep.read(from: world.store)?.range.count == 8)
    #expect(try world.live().error != nil, "a crash before the dismissal is no consent")
    #expect(try world.dead().isEmpty)

    let consented = try world.live(dismissals: 1)
    #expect(consented.error == nil)
    #expect(consented.view == [1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1])
    #expect(try world.dead() == [5])
    let record = try #require(world.letters.records.withLock { $0.last })
    #expect(record.offset == Offset(5) && record.table == "t" && record.endpoint == EndpointID(3))
    #expect(record.change.count == 1 && record.change.columns[0].value(at: 0) == .int64(0))
    #expect(try FailedStep.read(from: world.store) == nil)
    #expect(consented.endpointRecords == 8 && consented.endpointBytes == 20)

    try world.append([8])
    let replayed = try world.live(dismissals: 1)
    #expect(replayed.error == nil && replayed.view == [1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1])

    try world.append([0, 9])
    #expect(try world.live(dismissals: 1).error != nil, "consent is for one range")
    #expect(try world.live(dismissals: 2).error == nil)
    #expect(try world.dead() == [5, 9])
  }

  @Test("dead_letter: any records may fail, the pipeline goes on and replays the same", arguments: 0..<UInt64(12))
  func deadLetters(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let world = World()
    var records = Records()
    for _ in 0..<Int(random.next(below: 6) + 2) { try world.append(records.block(random)) }
    let outcome = try world.live(.deadLetter)
    #expect(outcome.error == nil && outcome.view == records.good)
    #expect(try world.dead() == records.dead)
    #expect(outcome.viewErrors == records.failing && outcome.errorRows == Int64(records.failing))
    #expect(outcome.endpointRecords == world.end.rawValue)
    #expect(try Self.storedErrors(world.store) == records.failing)

    // What was journaled is taken as it was, whatever the setting is now.
    for policy in [RowErrorPolicy.deadLetter, .fail] {
      let again = try world.live(policy)
      #expect(again.error == nil && again.steps.filter(\.replayed).map(\.row) == outcome.steps.map(\.row))
      #expect(again.view == records.good && again.errorRows == Int64(records.failing))
    }
    #expect(try world.dead() == records.dead)
  }

  /// Error rows by the rows that a token's status reads.
  static func storedErrors(_ store: MemoryStore) throws -> UInt64 {
    var sum: UInt64 = 0
    try store.scan(.base, from: KeySpace.viewErrors.key(), to: KeySpace.viewErrors.end) { _, value in
      sum += KeySpace.number(value, at: 8) ?? 0
      return true
    }
    return sum
  }

  @Test("a failure without records ends the life, also with dead_letter, unless a row is to blame")
  func nothingToBlame() throws {
    let world = World()
    try world.append([1])
    let table = "create table t (x bigint not null);"
    let overflow = try Self.life(
      world, table + "create materialized view v as select sum(x) from (values (9223372036854775807), (1)) as w(x);")
    #expect(overflow.error?.code == .evaluation)
    #expect(try world.dead().isEmpty)
    let row = try Self.life(
      world,
      table + """
        create materialized view v as select 1 / (extract(year from now()) - extract(year from now())) as y;
        """)
    #expect(row.error == nil && row.errorRows == 1)
    #expect(try world.dead().isEmpty)
  }

  /// A first life of a program over the log, with `dead_letter`.
  private static func life(_ world: World, _ text: String) throws -> Outcome {
    let outcome = Outcome()
    var setup = EngineSetup(
      program: try SQLCompiler.compile(text).get(), observed: [errors], position: .beginning, store: MemoryStore(),
      clock: world.clock, planner: StepPlanner(recordsMin: 0, delayNanosecondsMax: 0), paused: false,
      durableEnd: { .zero })
    setup.onRowError = .deadLetter
    let engine = StepEngine(
      setup,
      events: EngineEvents(
        initiated: { _ in },
        finished: { facts in
          outcome.facts.withLock { $0.append(facts) }
          outcome.signal.raise()
        }, ready: { _, _ in }, hasRoom: { true },
        failed: { error in
          outcome.failure.withLock { $0 = error }
          outcome.signal.raise()
        }))
    engine.start()
    _ = outcome.signal.wait(timeoutNanoseconds: 20_000_000_000)
    engine.requestStop()
    engine.join()
    return outcome
  }

  @Test("with fail a row leaves the error collection, and none comes to it")
  func leavesWithFail() throws {
    let world = World()
    try world.append([0, 1, 0])
    #expect(try world.live(.deadLetter).errorRows == 2)
    try world.append([0], kind: .delete)
    let left = try world.live(.fail)
    #expect(left.error == nil && left.errorRows == 1 && left.view == [1: 1])
    let again = try world.live(.fail)
    #expect(again.error == nil && again.errorRows == 1 && again.steps.map(\.row) == left.steps.map(\.row))
    try world.append([0])
    #expect(try world.live(.fail).error?.code == .evaluation)
    #expect(try world.dead().isEmpty)
  }

  @Test("a record in whose step the process ended is dead without another try, once that is consented to")
  func deadlyRecord() throws {
    let world = World()
    try world.append([1, 2, 3, 4])
    try FailedStep(
      step: StepIndex(0), range: .clamped(first: Offset(2), end: Offset(3)), dismissals: 0, isTrap: true,
      message: "trap"
    ).write(to: world.store)
    let outcome = try world.live(dismissals: 1)
    #expect(outcome.error == nil && outcome.view == [1: 1, 2: 1, 4: 1])
    #expect(try world.dead() == [2])
    #expect(try FailedStep.read(from: world.store) == nil)
  }

  @Test("a mark counts traps in steps that begin at one offset, and only those")
  func marks() throws {
    let directory = try TemporaryDirectory("mark")
    let path = directory.path + "/mark"
    let step = OffsetRange.clamped(first: Offset(5), end: Offset(9))
    let longer = OffsetRange.clamped(first: Offset(5), end: Offset(20))
    try StepMark(path: path, trapped: false).begin(step)
    var mark = try StepMark(path: path, trapped: true)
    #expect(mark.current.traps == 1 && mark.poison == nil)
    mark.begin(longer)
    mark = try StepMark(path: path, trapped: true)
    #expect(mark.poison == longer)
    mark = try StepMark(path: path, trapped: true)
    #expect(mark.poison == longer, "known until it is told of")
    mark.forget()
    #expect(try StepMark(path: path, trapped: true).poison == nil)
    mark.begin(step)
    mark.end()
    #expect(try StepMark(path: path, trapped: true).current.traps == 0, "another thread trapped")
    mark.begin(step)
    #expect(try StepMark(path: path, trapped: false).current.traps == 0, "it was killed")
    try StepMark(path: path, trapped: false).begin(step)
    mark = try StepMark(path: path, trapped: true)
    mark.begin(.clamped(first: Offset(9), end: Offset(10)))
    #expect(try StepMark(path: path, trapped: true).current.traps == 1, "it got on in between")
    var bytes = try PosixFileSystem().read(path)
    bytes[3] ^= 1
    try PosixFileSystem().writeFile(path, bytes, sync: false)
    #expect(try StepMark(path: path, trapped: true).current.traps == 0, "damaged")
  }

  @Test("rows survive their bytes; flipped bits are noticed")
  func rows() throws {
    let failed = FailedStep(
      step: StepIndex(7), range: .clamped(first: Offset(3), end: Offset(9)), dismissals: 2, isTrap: true, message: "no")
    #expect(FailedStep(failed.value) == failed)
    for bit in 0..<failed.value.count * 8 {
      var damaged = failed.value
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(FailedStep(damaged) == nil)
    }
  }
}
