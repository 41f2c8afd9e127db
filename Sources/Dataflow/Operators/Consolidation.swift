import DataModel

/// The consolidated form of a delta, as sinks and readers see it.
enum Consolidation {
  /// Deletes before inserts, each part sorted by row bytes; and the same rows as a batch for a trace.
  static func consolidate(_ delta: ColumnBatch) throws(EvaluationError) -> (ColumnBatch, SortedBatch) {
    let sorted = try SortedDelta(keys: delta.columns, values: [], weights: delta.weights)
    var sources: [Int32] = []
    var weights: [Int64] = []
    sources.reserveCapacity(sorted.sources.count)
    weights.reserveCapacity(sorted.sources.count)
    for deletes in [true, false] {
      for (row, weight) in sorted.batch.weights.enumerated() where (weight < 0) == deletes {
        sources.append(sorted.sources[row])
        weights.append(weight)
      }
    }
    return (ColumnBatch(columns: ColumnGather.gather(delta.columns, sources), weights: weights), sorted.batch)
  }
}
