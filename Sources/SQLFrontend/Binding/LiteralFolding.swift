import DataModel

/// Conversions of literals that are exact and need no evaluator.
enum LiteralFolding {
  /// The literal as one of `type`; nil when the expression is none or the conversion is not plain and exact.
  static func convert(_ expression: ScalarExpression, to type: ColumnType) -> ScalarExpression? {
    guard case .literal(let value) = expression.node else { return nil }
    if value.isNull { return ScalarExpression(.literal(.null), type: type, nullable: true) }
    guard let converted = convert(value, from: expression.type, to: type) else { return nil }
    return ScalarExpression(.literal(converted), type: type, nullable: false)
  }

  private static func convert(_ value: Value, from: ColumnType, to: ColumnType) -> Value? {
    switch (value, to) {
    case (.int64(let number), _) where from.isInteger: integer(number, to: to)
    case (.int128(let unscaled), .decimal(let precision, let scale)):
      decimal(unscaled, from: from, precision: precision, scale: scale)
    case (.int128(let unscaled), .double): double(unscaled, from: from)
    case (.bytes(let text), _) where from.isString && !to.isString && !to.isBinary && !to.isNested:
      parsed(text, as: to)
    default: nil
    }
  }

  private static func integer(_ number: Int64, to type: ColumnType) -> Value? {
    if type == .unsignedBigint { return number >= 0 ? .int128(Int128(number)) : nil }
    if let bounds = type.integerBounds { return bounds.contains(number) ? .int64(number) : nil }
    switch type {
    case .double: return Int64(exactly: Double(number)) == number ? .float64(Double(number)) : nil
    case .decimal(let precision, let scale):
      return decimal(
        Int128(number), from: .decimal(precision: 38, scale: 0), precision: precision, scale: scale)
    default: return nil
    }
  }

  private static func decimal(_ unscaled: Int128, from: ColumnType, precision: Int, scale: Int) -> Value? {
    guard case .decimal(_, let current) = from, scale >= current else { return nil }
    guard let factor = powerOfTen(scale - current), let limit = powerOfTen(precision) else { return nil }
    let (result, overflow) = unscaled.multipliedReportingOverflow(by: factor)
    guard !overflow, result.magnitude < limit.magnitude else { return nil }
    return .int128(result)
  }

  private static func double(_ unscaled: Int128, from: ColumnType) -> Value? {
    guard case .decimal(_, let scale) = from, let value = Double("\(unscaled)e-\(scale)") else { return nil }
    return .float64(value)
  }

  /// What CAST makes of a string; nil when it fails, so that the error appears when the row is evaluated.
  private static func parsed(_ text: [UInt8], as type: ColumnType) -> Value? {
    do throws(EvaluationError) {
      return try ValueText.parse(text, as: type)
    } catch {
      return nil
    }
  }

  /// 10 to the `exponent`; nil beyond 38.
  static func powerOfTen(_ exponent: Int) -> Int128? {
    guard (0...38).contains(exponent) else { return nil }
    return (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 }
  }

  // MARK: Literals as written

  /// INTEGER, BIGINT or DECIMAL by size; nil beyond 38 digits.
  static func integer(_ text: String, negative: Bool = false) -> ScalarExpression? {
    guard let magnitude = Int128(text) else { return nil }
    let number = negative ? -magnitude : magnitude
    if let small = Int64(exactly: number) {
      let fits = ColumnType.integer.integerBounds?.contains(small) == true
      return ScalarExpression(.literal(.int64(small)), type: fits ? .integer : .bigint, nullable: false)
    }
    let digits = text.drop { $0 == "0" }.count
    guard digits <= DecimalTypes.precisionMax else { return nil }
    return ScalarExpression(
      .literal(.int128(number)), type: .decimal(precision: digits, scale: 0), nullable: false)
  }

  /// DECIMAL with the digits written; nil beyond 38 digits.
  static func decimal(_ text: String, negative: Bool = false) -> ScalarExpression? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1] : ""
    let digits = parts[0] + fraction
    guard digits.count <= DecimalTypes.precisionMax, let magnitude = Int128(digits) else { return nil }
    return ScalarExpression(
      .literal(.int128(negative ? -magnitude : magnitude)),
      type: .decimal(precision: max(1, digits.count), scale: fraction.count), nullable: false)
  }

  static func approximate(_ text: String, negative: Bool = false) -> ScalarExpression? {
    guard let magnitude = Double(text), magnitude.isFinite else { return nil }
    return ScalarExpression(
      .literal(.float64(negative ? -magnitude : magnitude)), type: .double, nullable: false)
  }
}
