import DataModel

/// CASE, and the functions whose arguments depend on each other.
extension ExpressionBinder {
  /// A call of such a function; nil when the name is none of theirs.
  mutating func special(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    switch name {
    case "COALESCE", "IFNULL", "NVL": return try coalesce(name, call, at: range)
    case "NULLIF": return try nullIf(call, at: range)
    case "IF", "IIF": return try ifFunction(call, at: range)
    case "GREATEST": return try extreme(.greatest, name, call, at: range)
    case "LEAST": return try extreme(.least, name, call, at: range)
    case "CONCAT": return try concat(call, at: range)
    case "MOD":
      guard call.arguments.count == 2 else { throw wrongCount(name, 2, at: range) }
      let bound = try arguments(call)
      return try arithmetic(.modulo, .modulo, (bound[0], bound[1]), at: range)
    case "TRIM": return try trim(call, at: range)
    case "EXTRACT": return try extract(call.unit ?? "", call, at: range)
    case "DATE_TRUNC", "TIMESTAMP_TRUNC": return try truncate(call, at: range)
    case "FLOOR": return call.unit == nil ? nil : try floorTo(call, at: range)
    case "NOW", "CURRENT_TIMESTAMP":
      guard call.arguments.isEmpty else { throw wrongCount(name, 0, at: range) }
      return try now(at: range)
    default:
      let units: Set<String> = [
        "YEAR", "QUARTER", "MONTH", "WEEK", "DAYOFMONTH", "DAYOFWEEK", "DAYOFYEAR", "HOUR", "MINUTE",
        "SECOND",
      ]
      return units.contains(name) ? try extract(name, call, at: range) : nil
    }
  }

  /// Values brought to one type; throws the message of `CASE` when there is none.
  func unified(_ values: [ScalarExpression], at range: TextRange) throws(SQLFault) -> [ScalarExpression] {
    guard let common = Coercion.common(values.map(\.type)) else {
      throw .validation("Illegal mixing of types in CASE or COALESCE statement", at: range)
    }
    return values.map { Coercion.widen($0, to: common) }
  }

  private func unifiedType(_ values: [ScalarExpression]) -> ColumnType {
    Coercion.common(values.map(\.type)) ?? .null
  }

  // MARK: CASE and its relatives

  mutating func cases(
    _ operand: SyntaxExpression?, _ branches: [SyntaxBranch], _ otherwise: SyntaxExpression?,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    var subject: ScalarExpression?
    if let operand { subject = try bind(operand) }
    var conditions: [ScalarExpression] = []
    var results: [ScalarExpression] = []
    for branch in branches {
      let condition = try bind(branch.condition)
      if let subject {
        try context.budget.copy(subject, at: branch.condition.range)
        conditions.append(try compare(.equal, "=", subject, condition, at: branch.condition.range))
      } else {
        guard condition.type == .boolean || condition.type == .null else {
          throw .validation("Expected a boolean type", at: branch.condition.range)
        }
        conditions.append(Coercion.cast(condition, to: .boolean))
      }
      results.append(try bind(branch.result))
    }
    if let otherwise { results.append(try bind(otherwise)) }
    return try conditional(conditions, results, at: range)
  }

  /// Results beyond the conditions are the ELSE.
  private func conditional(
    _ conditions: [ScalarExpression], _ results: [ScalarExpression], at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let values = try unified(results, at: range)
    let hasElse = values.count > conditions.count
    let branches = zip(conditions, values).map { ConditionalBranch(condition: $0, result: $1) }
    return ScalarExpression(
      .conditional(branches, otherwise: hasElse ? values.last : nil), type: unifiedType(results),
      nullable: !hasElse || values.contains(where: \.nullable))
  }

  private mutating func ifFunction(_ call: SyntaxCall, at range: TextRange) throws(SQLFault)
    -> ScalarExpression
  {
    guard call.arguments.count == 3 else { throw wrongCount("IF", 3, at: range) }
    let bound = try arguments(call)
    guard bound[0].type == .boolean || bound[0].type == .null else {
      throw wrongTypes("IF", bound, at: range)
    }
    return try conditional([Coercion.cast(bound[0], to: .boolean)], [bound[1], bound[2]], at: range)
  }

  private mutating func coalesce(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard !call.arguments.isEmpty, name == "COALESCE" || call.arguments.count == 2 else {
      throw wrongCount(name, name == "COALESCE" ? 1 : 2, at: range)
    }
    let bound = try arguments(call)
    let values = try unified(bound, at: range)
    guard values.count > 1 else { return values[0] }
    return ScalarExpression(
      .call(.coalesce, values), type: unifiedType(bound), nullable: values.allSatisfy(\.nullable))
  }

  /// NULLIF keeps the type of its first argument, so unequal types become a CASE.
  private mutating func nullIf(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count == 2 else { throw wrongCount("NULLIF", 2, at: range) }
    let bound = try arguments(call)
    try context.budget.copy(bound[0], at: range)
    let first = bound[0].type == .null ? Coercion.cast(bound[0], to: .integer) : bound[0]
    guard let pair = aligned(first, bound[1]) else { throw wrongTypes("NULLIF", bound, at: range) }
    if pair[0] == first {
      return ScalarExpression(.call(.nullIf, pair), type: first.type, nullable: true)
    }
    let same = ScalarExpression(
      .call(.equal, pair), type: .boolean, nullable: first.nullable || bound[1].nullable)
    let null = ScalarExpression(.literal(.null), type: first.type, nullable: true)
    return ScalarExpression(
      .conditional([ConditionalBranch(condition: same, result: null)], otherwise: first), type: first.type,
      nullable: true)
  }

  private mutating func extreme(
    _ function: ScalarFunction, _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard !call.arguments.isEmpty else { throw wrongCount(name, 1, at: range) }
    let bound = try arguments(call)
    guard let common = Coercion.common(bound.map(\.type)) else { throw wrongTypes(name, bound, at: range) }
    let type = common == .null ? ColumnType.integer : common
    let values = bound.map { Coercion.widen($0, to: type) }
    guard values.count > 1 else { return values[0] }
    return ScalarExpression(.call(function, values), type: type, nullable: values.contains(where: \.nullable))
  }

  // MARK: Strings

  private mutating func concat(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    guard !call.arguments.isEmpty else { throw wrongCount("CONCAT", 1, at: range) }
    let bound = try arguments(call)
    guard bound.allSatisfy({ $0.type.isString || $0.type == .null }) else {
      throw wrongTypes("CONCAT", bound, at: range)
    }
    var parts = bound
    while parts.count > 1 {
      var next: [ScalarExpression] = []
      for index in stride(from: 0, to: parts.count, by: 2) {
        next.append(
          index + 1 < parts.count ? try concatenate(parts[index], parts[index + 1], at: range) : parts[index])
      }
      parts = next
    }
    return parts[0]
  }

  private mutating func trim(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    let bound = try arguments(call)
    var values: [ScalarExpression] = []
    for value in bound {
      guard let string = ExpressionBinder.convert(value, for: .string) else {
        throw wrongTypes("TRIM", bound, at: range)
      }
      values.append(string)
    }
    let function: ScalarFunction =
      switch call.unit {
      case "LEADING": .trimLeading
      case "TRAILING": .trimTrailing
      default: .trimBoth
      }
    return ScalarExpression(
      .call(function, values), type: .varchar(length: Coercion.characters(values[0].type)),
      nullable: values.contains(where: \.nullable))
  }

  // MARK: Date and time

  private static func unitLiteral(_ unit: String) -> ScalarExpression {
    ScalarExpression(.literal(.text(unit)), type: .char(length: unit.utf8.count), nullable: false)
  }

  private static let synonyms: [String: String] = [
    "DAYOFWEEK": "DOW", "DAYOFYEAR": "DOY", "DAYOFMONTH": "DAY", "ISOWEEK": "WEEK", "YEARS": "YEAR",
    "QUARTERS": "QUARTER", "MONTHS": "MONTH", "WEEKS": "WEEK", "DAYS": "DAY", "HOURS": "HOUR",
    "MINUTES": "MINUTE",
    "SECONDS": "SECOND", "MILLISECONDS": "MILLISECOND", "MICROSECONDS": "MICROSECOND",
    "NANOSECONDS": "NANOSECOND",
  ]

  private mutating func extract(
    _ unit: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count == 1 else { throw wrongCount(unit, 1, at: range) }
    let unit = ExpressionBinder.synonyms[unit] ?? unit
    let value = try bind(call.arguments[0])
    let clock: Set<String> = ["HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND"]
    let fits: Bool =
      switch value.type {
      case .date: !clock.contains(unit)
      case .time: clock.contains(unit)
      case .timestamp: true
      default: false
      }
    guard fits else { throw wrongTypes("EXTRACT", [value], at: range) }
    return ScalarExpression(
      .call(.extract, [ExpressionBinder.unitLiteral(unit), value]), type: .bigint, nullable: value.nullable)
  }

  /// `DATE_TRUNC(x, UNIT)`, `TIMESTAMP_TRUNC(x, UNIT)`, and the unit as a string in front.
  private mutating func truncate(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression
  {
    guard call.arguments.count == 2 else { throw wrongCount("DATE_TRUNC", 2, at: range) }
    if case .string(let unit) = call.arguments[0].kind {
      return try truncated(call.arguments[1], unit.uppercased(), at: range)
    }
    guard case .name(let parts) = call.arguments[1].kind, parts.count == 1 else {
      throw .validation("Time unit expected", at: call.arguments[1].range)
    }
    return try truncated(call.arguments[0], parts[0].identifier.spelled.uppercased(), at: range)
  }

  private mutating func floorTo(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression
  {
    guard call.arguments.count == 1 else { throw wrongCount("FLOOR", 1, at: range) }
    return try truncated(call.arguments[0], call.unit ?? "", at: range)
  }

  private mutating func truncated(
    _ operand: SyntaxExpression, _ written: String, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.synonyms[written] ?? written
    let calendar: Set<String> = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY"]
    let clock: Set<String> = ["HOUR", "MINUTE", "SECOND"]
    let value = try bind(operand)
    let fits: Bool =
      switch value.type {
      case .date: calendar.contains(unit)
      case .timestamp: calendar.contains(unit) || clock.contains(unit)
      default: false
      }
    guard fits else {
      if Keywords.timeUnits.contains(unit),
        value.type == .date || value.type == .timestamp || value.type == .time
      {
        throw .unimplemented("truncation of \(value.type.description) to \(unit)", at: range)
      }
      throw wrongTypes("DATE_TRUNC", [value], at: range)
    }
    return ScalarExpression(
      .call(.truncateTime, [ExpressionBinder.unitLiteral(unit), value]), type: value.type,
      nullable: value.nullable)
  }
}
