/// One aggregate of a GROUP BY.
package struct AggregateCall: Hashable, Sendable {
  package enum Function: String, Hashable, Sendable, CaseIterable {
    /// COUNT(*): number of rows.
    case countAll
    /// COUNT(x): number of rows where x is not NULL.
    case count
    /// Sum of the values that are not NULL; NULL without any. Integer sums are BIGINT and checked,
    /// DECIMAL sums keep the scale with 38 digits.
    case sum
    /// Average; integers give the type of the call (as the dialect: integer average truncates toward zero).
    case average
    case minimum, maximum
  }

  package let function: Function
  /// Nil only for `countAll`.
  package let argument: ScalarExpression?
  package let distinct: Bool
  package let type: ColumnType
  package let nullable: Bool

  package init(
    _ function: Function, argument: ScalarExpression?, distinct: Bool, type: ColumnType, nullable: Bool
  ) {
    self.function = function
    self.argument = argument
    self.distinct = distinct
    self.type = type
    self.nullable = nullable
  }
}
