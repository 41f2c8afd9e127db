import DataModel

/// INTERVAL literals and the arithmetic of intervals.
extension ExpressionBinder {
  /// `INTERVAL amount unit [TO unit]`, and `(a - b) unit` over moments.
  mutating func interval(
    _ amount: SyntaxExpression, _ units: [String], at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let names = units.map(ExpressionBinder.unitName)
    var scale: Int64 = 1
    let last = names.last ?? ""
    var words = names
    switch last {
    case "WEEK": (words, scale) = (["DAY"], 7)
    case "QUARTER": (words, scale) = (["MONTH"], 3)
    case "MILLISECOND", "MICROSECOND": words = ["SECOND"]
    default: break
    }
    guard let qualifier = IntervalQualifier(rawValue: words.joined(separator: " TO ")) else {
      throw .validation("Illegal interval qualifier '\(names.joined(separator: " TO "))'", at: range)
    }
    if case .string(let text) = amount.kind {
      return try intervalLiteral(text, qualifier, scale, last, negative: false, at: range)
    }
    if case .unary(.minus, let inner) = amount.kind, case .string(let text) = inner.kind {
      return try intervalLiteral(text, qualifier, scale, last, negative: true, at: range)
    }
    if case .binary(.subtract, let left, let right) = amount.kind,
      let difference = try difference(left, right, qualifier)
    {
      return difference
    }
    let value = try bind(amount)
    let isFine = last == "MILLISECOND" || last == "MICROSECOND"
    let size = isFine ? (last == "MILLISECOND" ? 1000 : 1) : (IntervalQualifier.size(words[0]) ?? 1) * scale
    let unit = ScalarExpression(.literal(.int64(size)), type: .interval(qualifier), nullable: false)
    guard words.count == 1, value.type.isNumeric || value.type == .null else {
      throw cannotApply(
        "INTERVAL", "INTERVAL \(ExpressionBinder.shown(value)) \(qualifier.rawValue)", at: range)
    }
    if case .literal(.int64(let number)) = value.node, value.type.isInteger {
      let (total, overflow) = number.multipliedReportingOverflow(by: size)
      if !overflow {
        return ScalarExpression(.literal(.int64(total)), type: .interval(qualifier), nullable: false)
      }
    }
    return scaled(.scaleInterval, unit, value)
  }

  private func intervalLiteral(
    _ text: String, _ qualifier: IntervalQualifier, _ scale: Int64, _ unit: String, negative: Bool,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let fault = SQLFault.validation(
      "Illegal interval literal format '\(text)' for INTERVAL \(qualifier.rawValue)", at: range)
    let bytes = Array(text.utf8)
    let value: Int64
    do throws(TextFailure) {
      if unit == "MILLISECOND" || unit == "MICROSECOND" {
        let number = try NumberText.integer(bytes.span, TextScan.trimmed(bytes.span, 0..<bytes.count))
        value = unit == "MILLISECOND" ? number.multipliedReportingOverflow(by: 1000).partialValue : number
      } else {
        value = try IntervalText.parse(bytes.span, 0..<bytes.count, as: qualifier)
      }
    } catch {
      throw fault
    }
    let (total, overflow) = value.multipliedReportingOverflow(by: negative ? -scale : scale)
    if overflow { throw fault }
    return ScalarExpression(.literal(.int64(total)), type: .interval(qualifier), nullable: false)
  }

  /// Moments subtracted; nil when the operands are none.
  private mutating func difference(
    _ left: SyntaxExpression, _ right: SyntaxExpression, _ qualifier: IntervalQualifier
  ) throws(SQLFault) -> ScalarExpression? {
    let a = try bind(left)
    let b = try bind(right)
    let kinds: [ColumnType] = [.date, .time, .timestamp]
    guard kinds.contains(a.type), kinds.contains(b.type), let common = Coercion.common(a.type, b.type) else {
      return nil
    }
    return ScalarExpression(
      .call(.subtractTimes, [Coercion.cast(a, to: common), Coercion.cast(b, to: common)]),
      type: .interval(qualifier), nullable: a.nullable || b.nullable)
  }

  private func scaled(
    _ function: ScalarFunction, _ interval: ScalarExpression, _ number: ScalarExpression
  ) -> ScalarExpression {
    let isExact = number.type == .null || (number.type.isInteger && number.type != .unsignedBigint)
    let factor = Coercion.cast(number, to: isExact ? .bigint : .double)
    return ScalarExpression(
      .call(function, [interval, factor]), type: interval.type,
      nullable: interval.nullable || number.nullable)
  }

  /// An operator of which one side is an interval; nil when it has no meaning.
  func intervalArithmetic(
    _ function: ScalarFunction, _ left: ScalarExpression, _ right: ScalarExpression, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    let moments: [ColumnType] = [.date, .time, .timestamp]
    let nullable = left.nullable || right.nullable
    switch (function, left.type, right.type) {
    case (.add, .interval(let a), .interval(let b)), (.subtract, .interval(let a), .interval(let b)):
      guard let joined = a.joined(b) else { return nil }
      let isSum = function == .add
      return ScalarExpression(
        .call(isSum ? .intervalSum : .intervalDifference, [left, right]), type: .interval(joined),
        nullable: nullable)
    case (.add, .interval, _) where moments.contains(right.type):
      return try intervalArithmetic(.add, right, left, at: range)
    case (.add, _, .interval), (.subtract, _, .interval):
      guard moments.contains(left.type) || left.type == .null || left.type.isString else { return nil }
      let moment = moments.contains(left.type) ? left : Coercion.cast(left, to: .timestamp)
      let isSum = function == .add
      return ScalarExpression(
        .call(isSum ? .addInterval : .subtractInterval, [moment, right]), type: moment.type,
        nullable: nullable)
    case (.multiply, .interval, _) where right.type.isNumeric: return scaled(.scaleInterval, left, right)
    case (.multiply, _, .interval) where left.type.isNumeric: return scaled(.scaleInterval, right, left)
    case (.divide, .interval, _) where right.type.isNumeric: return scaled(.divideInterval, left, right)
    default: return nil
    }
  }
}
