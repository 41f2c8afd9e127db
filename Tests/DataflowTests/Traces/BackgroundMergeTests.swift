import DataModel
import Dataflow
import Platform
import TestSupport
import Testing

// Goal: what a trace answers never depends on which merges and writes are done, memory stays near its budget, and
// files go with their last reader. Method: a trace with a tiny storage against one in memory, over random inserts.

struct BackgroundMergeTests {
  private static func small() -> StateFiles {
    let files = StateFiles(
      memoryBytes: 32 << 10, blockBytes: 512, spilledBatchBytesMin: 1 << 10, inlineMergeRowsMax: 16)
    return files
  }

  private static func delta(_ generator: inout SeededGenerator, count: Int) throws -> SortedBatch {
    let rows: [Row] = (0..<count).map { _ in
      [
        .int64(Int64.random(in: 0..<300, using: &generator)),
        .text(String(repeating: "v", count: Int.random(in: 0..<6, using: &generator))),
      ]
    }
    let all = columns(rows, [.int64, .bytes])
    let weights = rows.map { _ in Int64.random(in: -2...3, using: &generator) }
    return try SortedDelta(keys: [all[0]], values: [all[1]], weights: weights).batch
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func mergesNeverShow(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let files = Self.small()
    defer { files.storage.close() }
    var trace = Trace(layout: StoredRunTests.layout)
    trace.storage = files.storage
    var plain = Trace(layout: StoredRunTests.layout)
    for round in 0..<150 {
      let batch = try Self.delta(&generator, count: Int.random(in: 1..<60, using: &generator))
      try trace.insert(batch)
      try plain.insert(batch)
      #expect(trace.runs.count <= Limits.traceRunsMax + 1)
      #expect(try trace.weights(of: batch) == plain.weights(of: batch))
      guard round % 30 == 0 else { continue }
      let (left, right) = (try StoredRunTests.contents(plain), try StoredRunTests.contents(trace))
      #expect(left.map(\.0) == right.map(\.0) && left.map(\.1) == right.map(\.1))
      for key in 0..<300 as Range<Int64> {
        let bytes = RowCodec.encode([.int64(key)], physical: [.int64])
        for greatest in [false, true] {
          let found = try trace.extreme(SeekKey(bytes), in: bytes, greatest: greatest)
          let expected = try plain.extreme(SeekKey(bytes), in: bytes, greatest: greatest)
          #expect(found.map { $0.batch.rows[$0.row] } == expected.map { $0.batch.rows[$0.row] })
        }
      }
    }
  }

  @Test func filesGoWithTheirLastReader() throws {
    var generator = SeededGenerator(9)
    let files = Self.small()
    var trace: Trace? = Trace(layout: StoredRunTests.layout)
    trace?.storage = files.storage
    let batch = try StoredRunTests.batch(&generator, count: 300, keys: 50)
    var run: TraceRun? = try files.stored(.memory(batch), StoredRunTests.layout)
    if let run { try trace?.replace([run]) }
    var snapshot = trace?.snapshot()
    run = nil
    for _ in 0..<40 { try trace?.insert(Self.delta(&generator, count: 200)) }
    #expect(snapshot?.rowCountHint == batch.count)
    var rows = 0
    try snapshot?.forEachBatch(rowsMax: 100) { part in
      rows += part.count
      return true
    }
    #expect(rows == batch.count)
    files.storage.close()
    snapshot = nil
    trace = nil
    // A copy of the same rows that a batch remembers is a reader too.
    #expect(files.files.names.count <= 1)
  }

  @Test func fullDiskIsAnErrorValue() throws {
    var generator = SeededGenerator(10)
    let files = Self.small()
    defer { files.storage.close() }
    var trace = Trace(layout: StoredRunTests.layout)
    trace.storage = files.storage
    try trace.replace([files.stored(.memory(Self.delta(&generator, count: 300)), StoredRunTests.layout)])
    files.files.refuse(.full)
    let error = #expect(throws: EvaluationError.self) {
      for _ in 0..<200 { try trace.insert(Self.delta(&generator, count: 50)) }
    }
    #expect(error?.code == .storage)
  }
}
