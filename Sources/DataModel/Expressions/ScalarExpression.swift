/// A bound, typed expression over the columns of one row: what the binder makes and the one evaluator runs.
///
/// Every argument already has the type its function wants; implicit coercions are explicit `cast` calls.
package struct ScalarExpression: Hashable, Sendable {
  package indirect enum Node: Hashable, Sendable {
    /// Position in the input row.
    case column(Int)
    case literal(Value)
    case call(ScalarFunction, [ScalarExpression])
    /// WHEN condition THEN result pairs in order, then ELSE (nil is NULL). Lazily evaluated: an error in a
    /// branch
    /// counts only for the rows that take it.
    case conditional([ConditionalBranch], otherwise: ScalarExpression?)
  }

  package let node: Node
  package let type: ColumnType
  package let nullable: Bool

  package init(_ node: Node, type: ColumnType, nullable: Bool) {
    self.node = node
    self.type = type
    self.nullable = nullable
  }
}

package struct ConditionalBranch: Hashable, Sendable {
  package let condition: ScalarExpression
  package let result: ScalarExpression
  package init(condition: ScalarExpression, result: ScalarExpression) {
    self.condition = condition
    self.result = result
  }
}

/// Scalar functions of the engine. Unless stated otherwise a NULL argument gives NULL, and arguments of
/// binary
/// operators have one common type (that of the arguments decides the kernel, not that of the result).
package enum ScalarFunction: String, Hashable, Sendable, CaseIterable {
  // Arithmetic, checked. Arguments have the result's type; DECIMAL arguments keep their own scales.
  case add, subtract, multiply, divide, modulo, negate
  // Comparison of two values of one type; result BOOLEAN. Strings compare by UTF-8 bytes.
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  /// IS NOT DISTINCT FROM; never NULL.
  case notDistinct
  // Three-valued logic.
  case and, or, not
  // Never NULL.
  case isNull, isNotNull, isTrue, isFalse, isNotTrue, isNotFalse
  /// Conversion of the one argument to the call's type; errors on values that do not fit.
  case cast
  /// First argument that is not NULL; lazily evaluated.
  case coalesce
  /// NULL when both are equal, else the first.
  case nullIf
  // Numbers.
  case absolute, floor, ceiling, round, sign, power, squareRoot, exponential, naturalLogarithm
  // Strings. Positions and lengths count characters (Unicode scalars), from 1.
  case concatenate, lower, upper, trimBoth, trimLeading, trimTrailing, characterLength, substring, position,
    replace
  case left, right
  /// value LIKE pattern [ESCAPE character].
  case like
  // Date and time. The first argument of `extract` and `truncateTime` is a literal unit name in upper case.
  case extract, truncateTime
  /// The journaled NOW() of the step.
  case now
  /// Greatest, least of arguments of one type; NULL if any is NULL.
  case greatest, least
}
