// Goal: journal rows survive their bytes, damage is an error value, step numbers never come twice (invariants 4 and 5).
// Method: round trips, single-bit flips, reopening over a MemoryStore.
import Dataflow
import PipelineModel
import StepEngine
import StorageAPI
import Testing

@Suite("Journal and step reservation")
struct JournalTests {
  static func row(_ step: UInt64, _ first: UInt64, _ end: UInt64) throws -> JournalRow {
    JournalRow(
      step: StepIndex(step), range: try #require(OffsetRange(first: Offset(first), end: Offset(end))),
      now: WallTime(microseconds: -7), records: end - first)
  }

  @Test("a row equals itself after its bytes")
  func roundTrip() throws {
    let row = try Self.row(5, 100, 250)
    #expect(try JournalRow(key: row.key, value: row.value) == row)
    var dead = row
    dead.isDead = true
    #expect(try JournalRow(key: dead.key, value: dead.value) == dead && dead != row)
    #expect(row.value[0] == 1 && dead.value[0] == 2, "as it always was")
    for tolerance in [RowErrorTolerance.all, .deletions] {
      for isDead in [false, true] {
        var tolerant = row
        (tolerant.tolerance, tolerant.isDead) = (tolerance, isDead)
        #expect(try JournalRow(key: tolerant.key, value: tolerant.value) == tolerant)
      }
    }
  }

  @Test("every flipped bit of a row is noticed")
  func bitFlips() throws {
    let row = try Self.row(5, 100, 250)
    for bit in 0..<row.value.count * 8 {
      var damaged = row.value
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: StepError.self) { try JournalRow(key: row.key, value: damaged) }
    }
    #expect(throws: StepError.self) { try JournalRow(key: row.key, value: []) }
    #expect(throws: StepError.self) { try JournalRow(key: [1], value: row.value) }
  }

  @Test("rows come back in order from a step, and a gap in their offsets is an error")
  func rowsInOrder() throws {
    let store = MemoryStore()
    let journal = Journal(store: store)
    for row in [try Self.row(0, 0, 10), try Self.row(1, 10, 10), try Self.row(300, 10, 25)] {
      try journal.record(row)
    }
    #expect(try journal.rows(from: StepIndex(1), startingAt: Offset(10)).map(\.step.rawValue) == [1, 300])
    #expect(throws: StepError.self) { try journal.rows(from: StepIndex(1), startingAt: Offset(11)) }
    try journal.trim(below: StepIndex(300))
    #expect(try journal.rows(from: StepIndex(0), startingAt: Offset(10)).count == 1)
  }

  @Test("the offset index finds the step of a range end, and only of ranges with records")
  func offsetIndex() throws {
    let store = MemoryStore()
    let journal = Journal(store: store)
    try journal.record(try Self.row(4, 0, 10))
    try journal.record(try Self.row(5, 10, 10))
    let value = try #require(try store.get(.base, KeySpace.stepIndex.key(UInt64(10))))
    #expect(value.count == 16 && Array(value.prefix(8)) == KeySpace.bigEndian(4))
    #expect(try journal.newestNow() == WallTime(microseconds: -7))
    #expect(try Journal(store: MemoryStore()).newestNow() == nil)
  }

  @Test("a number is covered before it is told, and a new life begins at the bound")
  func reservation() throws {
    let store = MemoryStore()
    var first = try StepReservation(store: store)
    #expect(first.bound == .zero)
    try first.cover(StepIndex(0))
    let bound = first.bound
    #expect(bound.includes(StepIndex(0)))
    try first.cover(StepIndex(bound.rawValue - 1))
    #expect(first.bound == bound)
    let second = try StepReservation(store: store)
    #expect(second.bound == bound)
  }

  @Test("a clean end gives unused numbers back, but never a number that was told")
  func settle() throws {
    let store = MemoryStore()
    var life = try StepReservation(store: store)
    try life.cover(StepIndex(20))
    try life.settle(at: StepCount(21))
    #expect(try StepReservation(store: store).bound == StepCount(21))
    try life.settle(at: StepCount(40))
    #expect(try StepReservation(store: store).bound == StepCount(21))
  }
}
