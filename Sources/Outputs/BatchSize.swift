package import DataModel

/// Memory that batches hold, roughly, for bounds.
package enum BatchSize {
  package static func bytes(_ batch: ColumnBatch) -> Int {
    batch.columns.reduce(batch.weights.count * 8) { total, column in
      switch column.storage {
      case .int64(let values): total + values.count * 8
      case .float64(let values): total + values.count * 8
      case .int128(let values): total + values.count * 16
      case .bytes(let values): total + values.bytes.count + values.offsets.count * 4
      }
    }
  }
}
