import DataModel

/// The rows that failed anywhere in the circuit, as a Z-set (view, operator, row, reason): a row that is deleted
/// fails again, with the opposite weight. Runs behind all its sources.
final class ErrorCollectionOperator: Operator {
  let inputs: [NodeID] = []
  var state = OperatorState()
  private let sources: [RowGuard]
  /// Rows that failed in the last step, deletions aside.
  private(set) var added: UInt64 = 0

  init(_ sources: [RowGuard]) { self.sources = sources }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }

  var places: Set<ErrorSource> { Set(sources.map(\.source)) }

  func tolerate(_ tolerance: RowErrorTolerance) {
    for source in sources { source.tolerance = tolerance }
  }

  func apply(_ rule: (ErrorSource) -> ErrorRule) {
    for source in sources {
      source.tolerance = .all
      source.notes = rule(source.source) == .noted
    }
  }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    added = 0
    var rows: [[[UInt8]]] = []
    var weights: [Int64] = []
    for source in sources {
      for failure in source.take() {
        rows.append(
          [
            Array(source.source.view.utf8), Array(source.source.operation.utf8), failure.row,
            Array(failure.reason.utf8),
          ])
        weights.append(failure.weight)
        if failure.weight > 0 { added = added.addingReportingOverflow(UInt64(failure.weight)).partialValue }
      }
    }
    guard !weights.isEmpty else { return nil }
    let columns = (0..<4).map { column in
      var builder = ColumnBuilder(.bytes)
      for row in rows { builder.append(bytes: row[column]) }
      return builder.finish()
    }
    return ColumnBatch(columns: columns, weights: weights)
  }

  func rollBack() {
    added = 0
    for source in sources { source.clear() }
  }
}
