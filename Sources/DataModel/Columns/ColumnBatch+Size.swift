extension ColumnBatch {
  /// Bytes of its columns and weights, roughly: validity bits are left out.
  package var sizeBytes: Int {
    columns.reduce(weights.count * 8) { sum, column in
      switch column.storage {
      case .int64(let values): sum + values.count * 8
      case .float64(let values): sum + values.count * 8
      case .int128(let values): sum + values.count * 16
      case .bytes(let values): sum + values.bytes.count + values.count * 4
      }
    }
  }
}
