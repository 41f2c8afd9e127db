// Goal: a status counts the error rows of just the steps that hold its records, also in the next life and when
// memory has forgotten them. Method: random steps and ranges against a plain sum; a second reader over one store.
import Completion
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

@Suite("Error rows by step")
struct ViewErrorStepsTests {
  private static func range(_ first: UInt64, _ end: UInt64) -> OffsetRange {
    .clamped(first: Offset(first), end: Offset(end))
  }

  private static func write(_ store: MemoryStore, _ range: OffsetRange, _ count: UInt64) throws {
    var batch = WriteBatch()
    batch.put(
      KeySpace.viewErrors.key(range.end.rawValue),
      KeySpace.bigEndian(range.first.rawValue) + KeySpace.bigEndian(count))
    try store.write(batch, .buffered)
  }

  @Test(arguments: UInt64(0)..<5)
  func countsTheStepsOfARange(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let store = MemoryStore()
    let steps = try ViewErrorSteps(store: store)
    var all: [(range: OffsetRange, count: UInt64)] = []
    var end: UInt64 = 0
    for _ in 0..<100 {
      let first = end
      end += random.next(below: 20)
      let count = random.next(below: 3)
      steps.add(Self.range(first, end), count: count)
      guard count > 0, first < end else { continue }
      all.append((Self.range(first, end), count))
      try Self.write(store, Self.range(first, end), count)
    }
    let next = try ViewErrorSteps(store: store)
    // Replay tells of steps again.
    for entry in all.suffix(5) { next.add(entry.range, count: entry.count) }
    let floor = try #require(all.last).range.end
    for number in 0..<20 as Range<UInt64> {
      let more = Self.range(end + number * 2, end + number * 2 + 1)
      for reader in [steps, next] { reader.add(more, count: 7) }
      all.append((more, 7))
      try Self.write(store, more, 7)
    }
    for _ in 0..<400 {
      let first = random.next(below: end + 40)
      let asked = Self.range(first, first + random.next(below: 60))
      let expected = all.filter { $0.range.first < asked.end && asked.first < $0.range.end && !asked.isEmpty }
        .reduce(0) { $0 + $1.count }
      #expect(steps.count(in: asked) == expected)
      #expect(next.count(in: asked) == (asked.first < floor && !asked.isEmpty ? nil : expected))
      #expect(try next.storedCount(in: asked) == expected)
    }
  }

  @Test("memory is bounded, and what it forgets is read from the store")
  func forgets() throws {
    let store = MemoryStore()
    let steps = try ViewErrorSteps(store: store)
    let count = UInt64(ViewErrorSteps.recentMax) + 1
    for offset in 0..<count {
      steps.add(Self.range(offset, offset + 1), count: 2)
      if offset < 10 { try Self.write(store, Self.range(offset, offset + 1), 2) }
    }
    #expect(steps.count(in: Self.range(3, 5)) == nil)
    #expect(try steps.storedCount(in: Self.range(3, 5)) == 4)
    #expect(steps.count(in: Self.range(count - 10, count)) == 20)
  }
}
