import DataModel
import Dataflow
import Testing

// Goal: sort, consolidation and merge keep the Z-set and its order. Method: random deltas (small and large, so
// that both sorts run) against dictionaries.

struct SortedBatchTests {
  private static let types: [PhysicalType] = [.int64, .bytes]

  private static func randomRows(_ generator: inout SeededGenerator, _ count: Int, spread: Int64) -> [Row] {
    let texts: [Value] = [.null, .text(""), .text("\0"), .text("abcdefgh"), .text("abcdefghi")]
    return (0..<count).map { _ in
      let number = Int64.random(in: -spread...spread, using: &generator)
      return [number == 0 ? .null : .int64(number), texts[Int.random(in: 0..<5, using: &generator)]]
    }
  }

  private static func batch(_ rows: [Row], _ weights: [Int64]) throws -> SortedBatch {
    let all = columns(rows, types)
    return try SortedDelta(keys: [all[0]], values: [all[1]], weights: weights).batch
  }

  private static func zset(_ batch: SortedBatch) -> ZSet {
    var result: ZSet = [:]
    result.add(ColumnBatch(columns: StateRows.decode(batch.rows, types), weights: batch.weights))
    return result
  }

  private static func isOrdered(_ batch: SortedBatch) -> Bool {
    (0..<max(batch.count - 1, 0)).allSatisfy { row in
      batch.rows[row].lexicographicallyPrecedes(batch.rows[row + 1])
    }
  }

  @Test(arguments: [1, 2, 30, 511, 512, 3000] as [Int], [2, 100_000, 1 << 62] as [Int64])
  func sortsConsolidatesAndMerges(count: Int, spread: Int64) throws {
    var generator = SeededGenerator(UInt64(count))
    var expected: ZSet = [:]
    var batches: [SortedBatch] = []
    for _ in 0..<3 {
      let rows = Self.randomRows(&generator, count, spread: spread)
      let weights = rows.map { _ in Int64.random(in: -2...2, using: &generator) }
      let batch = try Self.batch(rows, weights)
      var own: ZSet = [:]
      for (row, weight) in zip(rows, weights) {
        own.add(row, weight)
        expected.add(row, weight)
      }
      #expect(Self.zset(batch) == own)
      #expect(Self.isOrdered(batch) && !batch.weights.contains(0))
      batches.append(batch)
    }
    let merged = try #require(try SortedBatch.merge(batches))
    #expect(Self.zset(merged) == expected && Self.isOrdered(merged))
  }

  /// Runs of every shape: one side before the other, interleaved, equal rows that add and that cancel, and an
  /// empty side.
  @Test(arguments: [1, 3, 40, 700] as [Int64])
  func mergesRunsOfEveryShape(stride step: Int64) throws {
    let total: Int64 = 2100
    let all = (0..<total).map { Row([.int64($0), .text("v\($0)")]) }
    let inRun = { (row: Int64, first: Bool) in (row / step % 2 == 0) == first }
    let left = all.indices.filter { inRun(Int64($0), true) || $0 % 5 == 0 }
    let right = all.indices.filter { inRun(Int64($0), false) || $0 % 5 == 0 }
    let one = try Self.batch(left.map { all[$0] }, left.map { _ in 1 })
    // Of the rows on both sides each second one cancels.
    let other = try Self.batch(right.map { all[$0] }, right.map { $0 % 10 == 0 ? -1 : 2 })
    var expected = Self.zset(one)
    for (row, weight) in Self.zset(other) { expected.add(row, weight) }
    for (a, b) in [(one, other), (other, one)] {
      let merged = try #require(try SortedBatch.merge([a, b]))
      #expect(Self.zset(merged) == expected && Self.isOrdered(merged))
      #expect(!merged.weights.contains(0) && merged.count == expected.count)
    }
    let empty = try Self.batch([], [])
    #expect(try SortedBatch.merge([one, empty])?.rows == one.rows)
    #expect(try SortedBatch.merge([empty, one])?.rows == one.rows)
  }
}
