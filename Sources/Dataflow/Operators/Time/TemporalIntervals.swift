package import DataModel

/// A value of the row compared with a moment, an expression of NOW() (its one column) that never falls as
/// time goes on. Both are stored as an int64. A NULL value shows the row never.
package struct TemporalCondition: Sendable {
  package enum Comparison: Sendable { case less, lessOrEqual, equal, greaterOrEqual, greater }

  let value: CompiledExpression
  let comparison: Comparison
  let moment: MomentInverse

  package init(value: ScalarExpression, _ comparison: Comparison, moment: ScalarExpression) {
    self.value = CompiledExpression(value)
    self.comparison = comparison
    self.moment = MomentInverse(moment)
  }
}

/// When rows enter and leave: the intersection of what each condition says.
struct TemporalIntervals {
  /// Row i shows while enter[i] <= NOW() < leave[i]; `isNever` where a value is NULL.
  struct Spans {
    var enter: [Int64]
    var leave: [Int64]
    var isNever: [Bool]
  }

  private let conditions: [TemporalCondition]

  init(_ conditions: [TemporalCondition]) { self.conditions = conditions }

  func of(_ rows: ColumnBatch) throws(EvaluationError) -> Spans {
    var spans = Spans(
      enter: [Int64](repeating: .min, count: rows.count), leave: [Int64](repeating: .max, count: rows.count),
      isNever: [Bool](repeating: false, count: rows.count))
    for condition in conditions {
      let column = try condition.value.evaluate(rows.columns, count: rows.count, now: 0)
      let values = Self.numbers(column)
      for row in 0..<rows.count where !column.isValid(row) { spans.isNever[row] = true }
      switch condition.comparison {
      case .lessOrEqual: Self.raise(&spans.enter, try condition.moment.firstReaching(values))
      case .less: Self.raise(&spans.enter, try condition.moment.firstPassing(values))
      case .greater: Self.lower(&spans.leave, try condition.moment.firstReaching(values))
      case .greaterOrEqual: Self.lower(&spans.leave, try condition.moment.firstPassing(values))
      case .equal:
        Self.raise(&spans.enter, try condition.moment.firstReaching(values))
        Self.lower(&spans.leave, try condition.moment.firstPassing(values))
      }
    }
    return spans
  }

  static func numbers(_ column: ColumnVector) -> [Int64] {
    guard case .int64(let values) = column.storage else {
      preconditionFailure("temporal conditions are over int64 columns")
    }
    return values
  }

  private static func raise(_ values: inout [Int64], _ other: [Int64]) {
    for row in values.indices { values[row] = max(values[row], other[row]) }
  }

  private static func lower(_ values: inout [Int64], _ other: [Int64]) {
    for row in values.indices { values[row] = min(values[row], other[row]) }
  }
}
