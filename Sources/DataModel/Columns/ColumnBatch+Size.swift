extension ColumnBatch {
  /// Bytes of its columns and weights, roughly: validity bits are left out.
  package var sizeBytes: Int { columns.reduce(weights.count * 8) { $0 + $1.sizeBytes } }
}

extension ChangeBatch {
  /// Bytes of its columns, kinds and presence, roughly.
  package var sizeBytes: Int { columns.reduce(kinds.count + presence.count * 8) { $0 + $1.sizeBytes } }
}

extension ColumnVector {
  fileprivate var sizeBytes: Int {
    switch storage {
    case .int64(let values): values.count * 8
    case .float64(let values): values.count * 8
    case .int128(let values): values.count * 16
    case .bytes(let values): values.bytes.count + values.count * 4
    }
  }
}
