import DataModel

/// Makes one row of equal rows of a delta. Where few are equal it leaves the next deltas as they are.
final class RowMerger {
  private let records: KeyedRecords
  private var skipped = 0
  private var isFruitless = false

  private static let rowsMin = 256
  private static let skippedMax = 15

  init(_ types: [PhysicalType]) { records = KeyedRecords(keys: types, payload: 1, isTracked: false) }

  func merge(_ batch: ColumnBatch) throws(EvaluationError) -> ColumnBatch {
    guard batch.count >= Self.rowsMin else { return batch }
    if isFruitless, skipped < Self.skippedMax {
      skipped += 1
      return batch
    }
    skipped = 0
    defer { records.rollBack() }
    let columns = batch.columns.map(ColumnGather.canonical)
    let found = records.resolve(try WordRows(columns, shape: records.shape, count: batch.count))
    let touched = records.touched.records
    isFruitless = touched.count * 4 > batch.count * 3
    guard !isFruitless else { return batch }
    guard records.addWeights(RecordFeed(records: found, rows: nil, weights: batch.weights), present: nil, word: 0)
    else { throw EvaluationError(.weightOverflow, "weight overflow of a row") }
    var rows: [Int32] = []
    var weights: [Int64] = []
    rows.reserveCapacity(touched.count)
    weights.reserveCapacity(touched.count)
    for (index, record) in touched.enumerated() {
      let weight = Int64(bitPattern: records.word(record, 0))
      guard weight != 0 else { continue }
      rows.append(records.touched.rows[index])
      weights.append(weight)
    }
    return ColumnBatch(columns: ColumnGather.gather(columns, rows), weights: weights)
  }
}
