import DataModel

/// Implicit and explicit conversions between types.
enum Coercion {
  /// Type to which both sides of a comparison are brought; nil when they cannot be compared.
  static func comparisonType(_ left: ColumnType, _ right: ColumnType) -> ColumnType? {
    if let common = common(left, right) { return common }
    // A string beside anything else is read as the other's type.
    if left.isString, castable(left, right) { return right }
    if right.isString, castable(right, left) { return left }
    return nil
  }

  /// Least restrictive type of both; nil when there is none.
  static func common(_ left: ColumnType, _ right: ColumnType) -> ColumnType? {
    if left == right { return left }
    if left == .null { return right }
    if right == .null { return left }
    if left.isNumeric, right.isNumeric { return numeric(left, right) }
    if left.isString, right.isString { return string(left, right) }
    switch (left, right) {
    case (.varbinary(let a), .varbinary(let b)): return .varbinary(length: longer(a, b))
    case (.date, .timestamp), (.timestamp, .date): return .timestamp
    default: return nil
    }
  }

  static func common(_ types: [ColumnType]) -> ColumnType? {
    var result = ColumnType.null
    for type in types {
      guard let next = common(result, type) else { return nil }
      result = next
    }
    return result
  }

  private static func numeric(_ left: ColumnType, _ right: ColumnType) -> ColumnType? {
    if let a = left.integerBounds, let b = right.integerBounds {
      return a.upperBound >= b.upperBound ? left : right
    }
    if left == .double || right == .double { return .double }
    if left == .real || right == .real {
      if case .decimal = left { return .double }
      if case .decimal = right { return .double }
      return .real
    }
    return DecimalTypes.common(left, right)
  }

  private static func string(_ left: ColumnType, _ right: ColumnType) -> ColumnType {
    .varchar(length: longer(characters(left), characters(right)))
  }

  private static func longer(_ left: Int?, _ right: Int?) -> Int? {
    guard let left, let right else { return nil }
    return max(left, right)
  }

  /// Greatest length of a string type; nil is unbounded.
  static func characters(_ type: ColumnType) -> Int? {
    switch type {
    case .char(let length): length
    case .varchar(let length): length
    default: nil
    }
  }

  /// Whether CAST knows the pair.
  static func castable(_ from: ColumnType, _ to: ColumnType) -> Bool {
    if from == .null || from == to { return true }
    if from.isNumeric, to.isNumeric { return true }
    if from.isString || to.isString {
      let other = from.isString ? to : from
      switch other {
      case .varbinary, .null: return false
      default: return true
      }
    }
    switch (from, to) {
    case (.varbinary, .varbinary), (.date, .timestamp), (.timestamp, .date), (.timestamp, .time): return true
    default: return false
    }
  }

  /// The expression as a value of `type`; the pair must be castable. Literals are converted at once where
  /// that is exact.
  static func cast(_ expression: ScalarExpression, to type: ColumnType) -> ScalarExpression {
    if expression.type == type { return expression }
    if let folded = LiteralFolding.convert(expression, to: type) { return folded }
    return ScalarExpression(.call(.cast, [expression]), type: type, nullable: expression.nullable)
  }

  /// Implicit conversion: like `cast`, but leaves out what does not change the stored value.
  static func widen(_ expression: ScalarExpression, to type: ColumnType) -> ScalarExpression {
    if expression.type.isString, type.isString { return expression }
    if case .varbinary = expression.type, case .varbinary = type { return expression }
    if case .decimal(let from, let scale) = expression.type, case .decimal(let to, scale) = type, from <= to {
      return expression
    }
    return cast(expression, to: type)
  }
}
