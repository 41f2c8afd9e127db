/// Rows as columns with an Int64 weight a row: the form in which deltas travel between operators, to sinks
/// and readers.
///
/// Neither sorted nor consolidated; a row may occur several times and with weight 0.
package struct ColumnBatch: Hashable, Sendable {
  package var columns: [ColumnVector]
  /// One weight a row; its length is the number of rows, also when there are no columns.
  package var weights: [Int64]

  package init(columns: [ColumnVector], weights: [Int64]) {
    self.columns = columns
    self.weights = weights
  }

  /// An empty batch of the given layout.
  package init(empty types: [PhysicalType]) {
    columns = types.map { type in
      var builder = ColumnBuilder(type)
      return builder.finish()
    }
    weights = []
  }

  package var count: Int { weights.count }
  package var isEmpty: Bool { weights.isEmpty }

  /// The rows at `indices`, in that order.
  package func gather(_ indices: [Int32]) -> ColumnBatch {
    ColumnBatch(
      columns: columns.map { $0.gather(indices) }, weights: GatherKernels.int64s(weights, indices))
  }
}

/// What one input record asks of its table.
package enum ChangeKind: UInt8, Sendable {
  case insert = 0
  case delete = 1
  /// Partial upsert by primary key: columns not present keep their value; ignored if the key is absent.
  case update = 2
}

/// Decoded input records of one table, in order.
package struct ChangeBatch: Hashable, Sendable {
  /// One column a table column, one row a record.
  package var columns: [ColumnVector]
  /// Raw `ChangeKind` of each record.
  package var kinds: [UInt8]
  /// Which columns a record named, `presenceWords` words a record, column c is bit c & 63 of word c >> 6.
  /// Empty unless the batch has an `update`.
  package var presence: [UInt64]

  package init(columns: [ColumnVector], kinds: [UInt8], presence: [UInt64] = []) {
    self.columns = columns
    self.kinds = kinds
    self.presence = presence
  }

  package var count: Int { kinds.count }
  package var presenceWords: Int { (columns.count + 63) / 64 }

  /// With NULL in every row of some columns.
  package func clearing(_ cleared: Set<Int>) -> ChangeBatch {
    guard !cleared.isEmpty else { return self }
    var result = self
    for column in cleared where columns.indices.contains(column) {
      result.columns[column] = ColumnVector(nulls: count, physical: columns[column].physical)
    }
    return result
  }
}
