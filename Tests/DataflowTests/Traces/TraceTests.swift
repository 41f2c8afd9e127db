import DataModel
import Dataflow
import Testing

// Goal: a trace holds the sum of what was inserted, in few batches. Method: random inserts against a
// dictionary; the number of batches stays logarithmic; extremes and whole-row weights equal a scan of the
// dictionary.

struct TraceTests {
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func traceIsTheSumOfItsBatches(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    var trace = Trace(layout: TraceLayout(key: [.int64], value: [.int64]))
    var model: ZSet = [:]
    for _ in 0..<200 {
      let rows: [Row] = (0..<Int.random(in: 1..<20, using: &generator)).map { _ in
        [
          .int64(Int64.random(in: 0..<12, using: &generator)),
          .int64(Int64.random(in: 0..<40, using: &generator)),
        ]
      }
      let added = rows.map { _ in Int64.random(in: -1...1, using: &generator) }
      for (row, weight) in zip(rows, added) { model.add(row, weight) }
      let all = columns(rows, [.int64, .int64])
      let delta = try SortedDelta(keys: [all[0]], values: [all[1]], weights: added)
      try trace.insert(delta.batch)
      #expect(trace.runs.count <= 10)
      let weights = try trace.weights(of: delta.batch)
      #expect(weights == StateRows.rows(delta.batch).map { model[$0] ?? 0 })
      for key in 0..<12 {
        let bytes = RowCodec.encode([.int64(Int64(key))], physical: [.int64])
        let seek = SeekKey(bytes)
        let live = model.filter { $0.key[0] == .int64(Int64(key)) && $0.value > 0 }.keys.compactMap {
          Reference.int($0[1])
        }
        for greatest in [false, true] {
          let found = try trace.extreme(seek, in: bytes, greatest: greatest).map {
            StateRows.rows($0.batch)[$0.row][1]
          }
          #expect(found.flatMap(Reference.int) == (greatest ? live.max() : live.min()))
        }
      }
    }
    var scanned: ZSet = [:]
    try trace.snapshot().forEachBatch(rowsMax: 3) { batch in
      #expect(batch.count <= 3)
      scanned.add(batch)
      return true
    }
    var values: ZSet = [:]
    for (row, weight) in model { values.add([row[1]], weight) }
    #expect(scanned == values)
  }

  @Test
  func visitingStopsWhenTold() throws {
    var trace = Trace(layout: TraceLayout(key: [.int64], value: []))
    let rows = (0..<10).map { Row([.int64(Int64($0))]) }
    try trace.insert(
      SortedDelta(keys: columns(rows, [.int64]), values: [], weights: rows.map { _ in 1 }).batch)
    var visits = 0
    try trace.snapshot().forEachBatch(rowsMax: 4) { _ in
      visits += 1
      return visits < 2
    }
    #expect(visits == 2)
    #expect(trace.snapshot().rowCountHint == 10)
  }
}

extension StateRows {
  /// Rows of a batch with two int64 columns.
  static func rows(_ batch: SortedBatch) -> [Row] {
    let columns = decode(batch.rows, [.int64, .int64])
    return (0..<batch.count).map { row in columns.map { $0.value(at: row) } }
  }
}
