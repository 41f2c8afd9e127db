// Goal: transaction rows survive their bytes, damage is an error value, numbers go on over lives, and only what was
// written binds or frees. Method: round trips, bit flips, desks over one store that fails when told.
import PipelineModel
import Platform
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite("Transactions: rows and desk")
struct TransactionRowTests {
  /// All three states.
  static var rows: [TransactionRow] {
    let open = TransactionRow(id: 3, first: Offset(100), startedAt: WallTime(microseconds: -7))
    var committed = open
    committed.commit = TransactionRow.Commit(
      end: Offset(250), at: WallTime(microseconds: 11), sliceBytes: 32 << 20)
    var taken = committed
    taken.step = StepIndex(9)
    return [open, committed, taken]
  }

  @Test("a row equals itself after its bytes; every flipped bit is noticed", arguments: rows)
  func roundTrip(row: TransactionRow) throws {
    #expect(try TransactionRow(key: row.key, value: row.value) == row)
    for bit in 0..<row.value.count * 8 {
      var damaged = row.value
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: StepError.self) { try TransactionRow(key: row.key, value: damaged) }
    }
    #expect(throws: StepError.self) { try TransactionRow(key: row.key, value: []) }
    #expect(throws: StepError.self) { try TransactionRow(key: [1], value: row.value) }
  }

  final class Log: Sendable {
    let end = Mutex(Offset.zero)
    func desk(_ store: any OrderedStore) throws -> TransactionDesk {
      try TransactionDesk(store: store, clock: ManualClock()) { self.end.withLock { $0 } }
    }
    func append(_ count: UInt64) { end.withLock { $0 = Offset($0.rawValue + count) } }
  }

  @Test("one at a time; a start and a commit hold in the next life; numbers go on")
  func lives() throws {
    let disk = CrashDisk()
    let log = Log()
    var store = try disk.open(directory: "")
    var desk = try log.desk(store)
    #expect(desk.reading == nil)
    #expect(throws: TransactionRefusal.noneInProgress) { try desk.commit() }
    log.append(5)
    #expect(try desk.start() == 1)
    #expect(throws: TransactionRefusal.inProgress(id: 1, isCommitting: false)) { try desk.start() }
    log.append(3)
    disk.crash()
    store = try disk.open(directory: "")
    desk = try log.desk(store)
    #expect(desk.reading?.id == 1 && desk.reading?.isCommitting == false)
    #expect(desk.reading?.range == .clamped(first: Offset(5), end: Offset(8)))
    #expect(desk.heldEnd(processedEnd: Offset(2)) == Offset(2), "records before it wait for their steps")
    #expect(desk.heldEnd(processedEnd: Offset(5)) == Offset(8))
    #expect(try desk.commit() == 1)
    log.append(1)
    #expect(throws: TransactionRefusal.inProgress(id: 1, isCommitting: true)) { try desk.commit() }
    disk.crash()
    desk = try log.desk(try disk.open(directory: ""))
    #expect(desk.reading?.isCommitting == true)
    #expect(desk.reading?.range == .clamped(first: Offset(5), end: Offset(8)))
    #expect(throws: TransactionRefusal.inProgress(id: 1, isCommitting: true)) { try desk.start() }
    #expect(desk.heldEnd(processedEnd: Offset(5)) == Offset(8))
  }

  @Test("what could not be written is refused and binds all the same, until the store is opened again")
  func failedWrites() throws {
    let below = MemoryStore()
    var store = FaultyStore(below)
    let log = Log()
    var desk = try log.desk(store)
    store.failWrite()
    #expect(throws: TransactionRefusal.self) { try desk.start() }
    #expect(desk.reading?.isCommitting == false, "steps wait: the row may be on the disk")
    desk = try log.desk(below)
    #expect(desk.reading == nil)
    store = FaultyStore(below)
    desk = try log.desk(store)
    #expect(try desk.start() == 1)
    store.failWrite()
    #expect(throws: TransactionRefusal.self) { try desk.commit() }
    desk = try log.desk(below)
    #expect(desk.reading?.id == 1 && desk.reading?.isCommitting == false)
    #expect(try desk.commit() == 1)
  }

  @Test("trimming drops what no step to be replayed needs, but never the newest")
  func trim() throws {
    let store = MemoryStore()
    for id in UInt64(1)...4 {
      var row = TransactionRow(id: id, first: Offset(id), startedAt: WallTime(microseconds: 0))
      row.commit = TransactionRow.Commit(end: Offset(id + 1), at: row.startedAt, sliceBytes: 1)
      row.step = StepIndex(id * 10)
      var batch = WriteBatch()
      batch.put(row.key, row.value)
      try store.write(batch, .synced)
    }
    func kept() throws -> [UInt64] {
      try (UInt64(1)...4).filter { try store.get(.base, KeySpace.transaction.key($0)) != nil }
    }
    try Journal(store: store).trim(below: StepIndex(20))
    #expect(try kept() == [2, 3, 4])
    try Journal(store: store).trim(below: StepIndex(1000))
    #expect(try kept() == [4])
    #expect(try TransactionDesk(store: store, clock: ManualClock()) { .zero }.start() == 5)
  }

  @Test("a transaction bounds the steps before it, holds the clock still, and is one step when committed")
  func planner() {
    var planner = StepPlanner(recordsMin: 0, delayNanosecondsMax: 0)
    var situation = StepPlannerTests.situation(3, 9)
    situation.transaction = .open(Offset(5))
    #expect(planner.decide(situation) == .step(end: Offset(5)))
    situation.processedEnd = Offset(5)
    situation.untilClock = 0
    #expect(planner.decide(situation) == .wait(nanoseconds: nil) && situation.isIdle)
    situation.transaction = .committed(Offset(5))
    #expect(planner.decide(situation) == .transaction && !situation.isIdle)
    situation.outputsHaveRoom = false
    #expect(planner.decide(situation) == .waitForRoom)
    situation.paused = true
    #expect(planner.decide(situation) == .wait(nanoseconds: nil))
    situation.paused = false
    situation.outputsHaveRoom = true
    situation.processedEnd = Offset(4)
    #expect(planner.decide(situation) == .step(end: Offset(5)))
  }
}
