import DataModel

/// Precision and scale of exact numbers, by the reference validator's rules with 38 digits.
enum DecimalTypes {
  static let precisionMax = 38

  /// Digits of an exact type; nil for every other type.
  static func digits(_ type: ColumnType) -> (precision: Int, scale: Int)? {
    switch type {
    case .tinyint, .unsignedTinyint: (3, 0)
    case .smallint, .unsignedSmallint: (5, 0)
    case .integer, .unsignedInteger: (10, 0)
    case .bigint: (19, 0)
    case .unsignedBigint: (20, 0)
    case .decimal(let precision, let scale): (precision, scale)
    default: nil
    }
  }

  /// The decimal type that holds an exact type; nil for every other type.
  static func decimal(of type: ColumnType) -> ColumnType? {
    digits(type).map { .decimal(precision: $0.precision, scale: $0.scale) }
  }

  /// Type that holds the values of both.
  static func common(_ left: ColumnType, _ right: ColumnType) -> ColumnType? {
    guard let a = digits(left), let b = digits(right) else { return nil }
    let scale = max(a.scale, b.scale)
    let whole = max(a.precision - a.scale, b.precision - b.scale)
    return .decimal(precision: min(whole + scale, precisionMax), scale: scale)
  }

  /// Result of an operator over two exact types of which one is DECIMAL.
  static func result(_ function: ScalarFunction, _ left: ColumnType, _ right: ColumnType) -> ColumnType? {
    guard let a = digits(left), let b = digits(right) else { return nil }
    let scale = max(a.scale, b.scale)
    switch function {
    case .add, .subtract:
      let whole = max(a.precision - a.scale, b.precision - b.scale)
      return .decimal(precision: min(whole + scale + 1, precisionMax), scale: scale)
    case .multiply:
      return .decimal(
        precision: min(a.precision + b.precision, precisionMax), scale: min(a.scale + b.scale, precisionMax))
    case .divide:
      let whole = min(a.precision - a.scale + b.scale, precisionMax)
      let wanted = max(6, a.scale + b.precision + 1)
      let quotientScale = max(0, min(wanted, precisionMax - whole))
      return .decimal(precision: max(1, min(whole + quotientScale, precisionMax)), scale: quotientScale)
    case .modulo:
      let whole = min(a.precision - a.scale, b.precision - b.scale)
      return .decimal(precision: max(1, min(whole + scale, precisionMax)), scale: scale)
    default: return nil
    }
  }
}
