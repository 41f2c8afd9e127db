// Goal: rows of older formats become those of the present one, without loss. Method: rows as the older release
// wrote them, byte by byte.
import PipelineModel
import StepEngine
import StorageAPI
import Testing

@Suite("Upgrade of the step engine's rows")
struct JournalUpgradeTests {
  /// Rows of steps as the older release wrote them; those of `forgotten` are not in the journal any more.
  private static func older(
    _ rows: [JournalRow], forgotten: [(step: UInt64, end: UInt64)] = []
  ) throws -> MemoryStore {
    let store = MemoryStore()
    var batch = WriteBatch()
    for row in rows {
      batch.put(row.key, row.value)
      guard !row.range.isEmpty else { continue }
      batch.put(KeySpace.stepIndex.key(row.range.end.rawValue), KeySpace.bigEndian(row.step.rawValue))
    }
    for (step, end) in forgotten { batch.put(KeySpace.stepIndex.key(end), KeySpace.bigEndian(step)) }
    try store.write(batch, .synced)
    return store
  }

  private static func upgrade(_ store: MemoryStore) throws -> WriteBatch {
    var batch = WriteBatch()
    try JournalUpgrade.put(in: store, &batch)
    try store.write(batch, .synced)
    return batch
  }

  private static let now = KeySpace.bigEndian(UInt64(bitPattern: -7))

  @Test("the row that finds a step by offset gets the step's NOW() where the journal knows it")
  func stepIndex() throws {
    let rows = [
      try JournalTests.row(4, 100, 110), try JournalTests.row(5, 110, 110), try JournalTests.row(6, 110, 125),
    ]
    let store = try Self.older(rows, forgotten: [(3, 100)])
    let journal = Journal(store: store)
    #expect(try journal.newestNow() == nil, "as it was")
    _ = try Self.upgrade(store)
    #expect(try store.get(.base, KeySpace.stepIndex.key(UInt64(100))) == KeySpace.bigEndian(3))
    #expect(try store.get(.base, KeySpace.stepIndex.key(UInt64(110))) == KeySpace.bigEndian(4) + Self.now)
    #expect(try store.get(.base, KeySpace.stepIndex.key(UInt64(125))) == KeySpace.bigEndian(6) + Self.now)
    #expect(try journal.newestNow() == WallTime(microseconds: -7))
    #expect(try journal.rows(from: StepIndex(4), startingAt: Offset(100)) == rows)
    #expect(try Self.upgrade(store).isEmpty, "a second upgrade finds nothing to do")
  }

  @Test("a damaged row, and an offset that another step ends at by now, stay as they are")
  func othersStay() throws {
    let (first, second) = (try JournalTests.row(4, 100, 110), try JournalTests.row(5, 110, 120))
    let store = try Self.older([first, second], forgotten: [(9, 120)])
    var damage = WriteBatch()
    damage.put(first.key, Array(first.value.dropLast()))
    try store.write(damage, .synced)
    #expect(try Self.upgrade(store).isEmpty)
    #expect(try store.get(.base, first.key) == Array(first.value.dropLast()))
    #expect(try store.get(.base, KeySpace.stepIndex.key(UInt64(120))) == KeySpace.bigEndian(9))
  }

  @Test("steps can be taken again from the first record on only while the journal tells all of them")
  func replayable() throws {
    #expect(try JournalUpgrade.replayableEnd(in: MemoryStore()) == .zero)
    let rows = [try JournalTests.row(0, 0, 10), try JournalTests.row(1, 10, 10), try JournalTests.row(2, 10, 25)]
    #expect(try JournalUpgrade.replayableEnd(in: Self.older(rows)) == Offset(25))
    #expect(try JournalUpgrade.replayableEnd(in: Self.older(Array(rows.dropFirst()))) == nil, "trimmed in front")
    #expect(try JournalUpgrade.replayableEnd(in: Self.older(rows, forgotten: [(3, 40)])) == nil, "behind")
    #expect(try JournalUpgrade.replayableEnd(in: Self.older([], forgotten: [(2, 25)])) == nil, "all of it")
    #expect(try JournalUpgrade.replayableEnd(in: Self.older([rows[0], rows[2]])) == Offset(25), "no gap in offsets")
    let gap = [rows[0], try JournalTests.row(2, 12, 25)]
    #expect(try JournalUpgrade.replayableEnd(in: Self.older(gap)) == nil)
  }
}
