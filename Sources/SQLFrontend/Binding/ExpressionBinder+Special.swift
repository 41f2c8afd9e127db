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
    case "NVL2": return try nvl2(call, at: range)
    case "DECODE": return try decode(call, at: range)
    case "GREATEST": return try extreme(.greatest, name, call, at: range)
    case "LEAST": return try extreme(.least, name, call, at: range)
    case "GREATEST_IGNORE_NULLS": return try extreme(.greatestPresent, name, call, at: range)
    case "LEAST_IGNORE_NULLS": return try extreme(.leastPresent, name, call, at: range)
    case "CONCAT": return try concat(call, at: range)
    case "TRIM", "BTRIM": return try trim(call, at: range)
    case "PI":
      guard call.arguments.isEmpty else { throw wrongCount(name, 0, at: range) }
      return ScalarExpression(.literal(.float64(.pi)), type: .double, nullable: false)
    default:
      if let number = try numericSpecial(name, call, at: range) { return number }
      if let time = try timeSpecial(name, call, at: range) { return time }
      return try nestedSpecial(name, call, at: range)
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

  /// NVL2(value, when present, when NULL).
  private mutating func nvl2(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count == 3 else { throw wrongCount("NVL2", 3, at: range) }
    let bound = try arguments(call)
    let first = bound[0].type == .null ? Coercion.cast(bound[0], to: .integer) : bound[0]
    let present = ScalarExpression(.call(.isNotNull, [first]), type: .boolean, nullable: false)
    return try conditional([present], [bound[1], bound[2]], at: range)
  }

  /// DECODE(value, candidate, result, … [, otherwise]); NULL equals NULL.
  private mutating func decode(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count >= 3 else { throw wrongCount("DECODE", 3, at: range) }
    let bound = try arguments(call)
    var conditions: [ScalarExpression] = []
    var results: [ScalarExpression] = []
    for index in stride(from: 1, to: bound.count - 1, by: 2) {
      try context.budget.copy(bound[0], at: range)
      guard let pair = aligned(bound[0], bound[index]) else { throw wrongTypes("DECODE", bound, at: range) }
      conditions.append(ScalarExpression(.call(.notDistinct, pair), type: .boolean, nullable: false))
      results.append(bound[index + 1])
    }
    if bound.count % 2 == 0 { results.append(bound[bound.count - 1]) }
    return try conditional(conditions, results, at: range)
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
    let ignoresNulls = function == .greatestPresent || function == .leastPresent
    let nullable = ignoresNulls ? values.allSatisfy(\.nullable) : values.contains(where: \.nullable)
    return ScalarExpression(.call(function, values), type: type, nullable: nullable)
  }

  // MARK: Strings

  private mutating func concat(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    guard !call.arguments.isEmpty else { throw wrongCount("CONCAT", 1, at: range) }
    let bound = try arguments(call)
    var parts: [ScalarExpression] = []
    for value in bound {
      guard let text = ExpressionBinder.convert(value, for: value.type.isBinary ? .binary : .textual) else {
        throw wrongTypes("CONCAT", bound, at: range)
      }
      parts.append(value.type == .null ? value : text)
    }
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
}
