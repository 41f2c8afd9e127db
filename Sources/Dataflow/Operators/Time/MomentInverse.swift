import DataModel

/// The first NOW() at which an expression that never falls reaches or passes a value: `Int64.min` when it
/// always has, `Int64.max` when it never will.
///
/// NOW() with constant short intervals is undone by subtraction; any other expression by bisection over the
/// years 1600 to 3000, all rows at once.
struct MomentInverse: Sendable {
  private let expression: CompiledExpression
  /// The expression is NOW() plus this many microseconds.
  private let shift: Int64?

  private static let first: Int64 = -11_676_096_000_000_000
  private static let last: Int64 = 32_503_680_000_000_000

  /// `moment` is over one column, NOW().
  init(_ moment: ScalarExpression) {
    expression = CompiledExpression(moment)
    shift = Self.shift(moment)
  }

  func firstReaching(_ values: [Int64]) throws(EvaluationError) -> [Int64] {
    if let shift { return values.map { Self.difference($0, shift) } }
    return try bisect(values) { $0 >= $1 }
  }

  func firstPassing(_ values: [Int64]) throws(EvaluationError) -> [Int64] {
    if let shift {
      return values.map {
        let reached = Self.difference($0, shift)
        return reached == .max || reached == .min ? reached : reached + 1
      }
    }
    return try bisect(values) { $0 > $1 }
  }

  private static func difference(_ value: Int64, _ shift: Int64) -> Int64 {
    let (result, overflow) = value.subtractingReportingOverflow(shift)
    return overflow ? (shift > 0 ? .min : .max) : result
  }

  /// The first moment m of each row with `holds(f(m), value)`.
  private func bisect(
    _ values: [Int64], _ holds: (Int64, Int64) -> Bool
  ) throws(EvaluationError) -> [Int64] {
    var low = [Int64](repeating: Self.first, count: values.count)
    var high = [Int64](repeating: Self.last + 1, count: values.count)
    while values.indices.first(where: { low[$0] < high[$0] }) != nil {
      let middle = values.indices.map { min(low[$0] + (high[$0] - low[$0]) / 2, Self.last) }
      let column = try expression.evaluate([ColumnVector(.int64(middle))], count: values.count, now: 0)
      let moments = TemporalIntervals.numbers(column)
      for row in values.indices where low[row] < high[row] {
        if holds(moments[row], values[row]) { high[row] = middle[row] } else { low[row] = middle[row] + 1 }
      }
    }
    return low.map { $0 == Self.first ? .min : $0 > Self.last ? .max : $0 }
  }

  private static func shift(_ moment: ScalarExpression) -> Int64? {
    guard moment.type == .timestamp else { return nil }
    switch moment.node {
    case .column: return 0
    case .call(let function, let arguments)
    where arguments.count == 2 && (function == .addInterval || function == .subtractInterval):
      guard case .interval(let qualifier) = arguments[1].type, !qualifier.isLong,
        let inner = shift(arguments[0]),
        let amount = try? CompiledExpression(arguments[1]).evaluate([], count: 1, now: 0).value(at: 0),
        case .int64(let microseconds) = amount
      else { return nil }
      let (sum, overflow) =
        function == .addInterval
        ? inner.addingReportingOverflow(microseconds) : inner.subtractingReportingOverflow(microseconds)
      return overflow ? nil : sum
    default: return nil
    }
  }
}
