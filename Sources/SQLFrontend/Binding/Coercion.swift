import DataModel

/// Implicit and explicit conversions between types.
enum Coercion {
  /// Type to which both sides of a comparison are brought; nil when they cannot be compared.
  static func comparisonType(_ left: ColumnType, _ right: ColumnType) -> ColumnType? {
    if let common = common(left, right) { return common }
    // A string beside another scalar is read as the other's type.
    if left.isBinary || left.isNested || right.isBinary || right.isNested { return nil }
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
    case (.date, .timestamp), (.timestamp, .date): return .timestamp
    case (.interval(let a), .interval(let b)): return a.joined(b).map { .interval($0) }
    case (.array(let a), .array(let b)): return common(a, b).map { .array($0) }
    case (.map(let key, let value), .map(let otherKey, let otherValue)):
      guard let keys = common(key, otherKey), let values = common(value, otherValue) else { return nil }
      return .map(key: keys, value: values)
    case (.row(let a), .row(let b)): return rows(a, b)
    default:
      guard left.isBinary, right.isBinary else { return nil }
      return .varbinary(length: longer(bytes(left), bytes(right)))
    }
  }

  private static func rows(_ left: [RowField], _ right: [RowField]) -> ColumnType? {
    guard left.count == right.count else { return nil }
    var fields: [RowField] = []
    for (a, b) in zip(left, right) {
      guard let type = common(a.type, b.type) else { return nil }
      fields.append(RowField(name: a.name, type: type, nullable: a.nullable || b.nullable))
    }
    return .row(fields)
  }

  private static func bytes(_ type: ColumnType) -> Int? {
    switch type {
    case .binary(let length): length
    case .varbinary(let length): length
    default: nil
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
    if left.isInteger, right.isInteger {
      // The wider one; of two of one width the unsigned one.
      let a = width(left)
      let b = width(right)
      return a == b ? (left.isUnsigned ? left : right) : a > b ? left : right
    }
    if left == .double || right == .double { return .double }
    if left == .real || right == .real {
      if case .decimal = left { return .double }
      if case .decimal = right { return .double }
      return .real
    }
    return DecimalTypes.common(left, right)
  }

  private static func width(_ type: ColumnType) -> Int {
    switch type {
    case .tinyint, .unsignedTinyint: 8
    case .smallint, .unsignedSmallint: 16
    case .integer, .unsignedInteger: 32
    default: 64
    }
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
    if to == .null { return false }
    if from == .variant || to == .variant { return true }
    if from.isNumeric, to.isNumeric { return true }
    switch (from, to) {
    case (.array(let a), .array(let b)): return castable(a, b)
    case (.map(let key, let value), .map(let newKey, let newValue)):
      return castable(key, newKey) && castable(value, newValue)
    case (.row(let a), .row(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { castable($0.type, $1.type) }
    default: break
    }
    if to.isString { return true }
    if from.isNested || to.isNested { return false }
    if from.isString { return true }
    if from.isBinary || from == .uuid { return to.isBinary || to == .uuid }
    switch (from, to) {
    case (.date, .timestamp), (.timestamp, .date), (.timestamp, .time): return true
    case (.timestamp, _): return to.isNumeric
    case (_, .timestamp): return from.isNumeric
    case (.interval(let a), .interval(let b)): return a.isLong == b.isLong
    case (.interval(let qualifier), _): return to.isInteger && qualifier.units.count == 1
    case (_, .interval(let qualifier)): return from.isInteger && qualifier.units.count == 1
    default: return false
    }
  }

  /// The expression as a value of `type`; the pair must be castable. Literals are converted at once where
  /// that is exact.
  static func cast(_ expression: ScalarExpression, to type: ColumnType) -> ScalarExpression {
    if expression.type == type { return expression }
    if let folded = LiteralFolding.convert(expression, to: type) { return folded }
    if expression.type.isString, type == .date || type == .time || type == .timestamp {
      // A text of another form is NULL in the reference (docs.feldera.com/sql/casts).
      return ScalarExpression(.call(.safeCast, [expression]), type: type, nullable: true)
    }
    let step = through(expression.type, type).map { cast(expression, to: $0) } ?? expression
    let nullable = expression.nullable || (expression.type == .variant && type != .variant)
    return ScalarExpression(.call(.cast, [step]), type: type, nullable: nullable)
  }

  /// Moments and intervals become numbers, and numbers those, by way of BIGINT.
  private static func through(_ from: ColumnType, _ to: ColumnType) -> ColumnType? {
    func isSpan(_ type: ColumnType) -> Bool {
      if case .interval = type { return true }
      return type == .timestamp
    }
    let crosses = (isSpan(from) && to.isNumeric) || (from.isNumeric && isSpan(to))
    return crosses && from != .bigint && to != .bigint ? .bigint : nil
  }

  /// Implicit conversion: like `cast`, but leaves out what does not change the stored value.
  static func widen(_ expression: ScalarExpression, to type: ColumnType) -> ScalarExpression {
    if expression.type.isString, type.isString { return expression }
    if expression.type.isBinary, case .varbinary = type { return expression }
    if case .interval = expression.type, case .interval = type, expression.type != type {
      return ScalarExpression(.call(.cast, [expression]), type: type, nullable: expression.nullable)
    }
    if case .decimal(let from, let scale) = expression.type, case .decimal(let to, scale) = type, from <= to {
      return expression
    }
    return cast(expression, to: type)
  }
}
