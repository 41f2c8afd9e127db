package import DataModel

/// The deltas of the slices of a step, as one: what cancels out is gone, so memory follows the sum.
package struct DeltaSum {
  private struct Part {
    var batches: [ColumnBatch] = []
    var rows = 0
    /// Rows that the last consolidation left.
    var settledRows = 0
  }

  private var parts: [SQLIdentifier: Part] = [:]
  private static let looseRowsMin = 65_536

  package init() {}

  /// Errors: weights that overflow.
  package mutating func add(_ deltas: [RelationDelta]) throws(EvaluationError) {
    for delta in deltas {
      var part = parts[delta.relation] ?? Part()
      part.batches.append(delta.rows)
      part.rows += delta.rows.count
      if part.rows - part.settledRows > max(DeltaSum.looseRowsMin, part.settledRows) {
        part.batches = try DeltaSum.consolidated(part.batches)
        part.rows = part.batches.reduce(0) { $0 + $1.count }
        part.settledRows = part.rows
      }
      parts[delta.relation] = part
    }
  }

  /// Consolidated, in the order of the relations given.
  package consuming func deltas(in order: [SQLIdentifier]) throws(EvaluationError) -> [RelationDelta] {
    var result: [RelationDelta] = []
    for relation in order {
      guard let part = parts.removeValue(forKey: relation) else { continue }
      for rows in try DeltaSum.consolidated(part.batches) where !rows.isEmpty {
        result.append(RelationDelta(relation: relation, rows: rows))
      }
    }
    return result
  }

  /// At most one batch.
  private static func consolidated(_ batches: [ColumnBatch]) throws(EvaluationError) -> [ColumnBatch] {
    guard batches.count > 1, let whole = try ColumnGather.concatenate(batches) else { return batches }
    let rows = try Consolidation.consolidate(whole).0
    return rows.isEmpty ? [] : [rows]
  }
}
