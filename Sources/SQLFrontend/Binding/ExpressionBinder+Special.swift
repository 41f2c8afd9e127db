import DataModel

/// CASE, and the functions whose arguments depend on each other.
extension ExpressionBinder {
  /// A call of such a function; nil when the name is none of theirs.
  func special(_ call: BoundCall) throws(SQLFault) -> ScalarExpression? {
    switch call.name {
    case "COALESCE", "IFNULL", "NVL": return try coalesce(call)
    case "NULLIF": return try nullIf(call)
    case "IF", "IIF": return try ifFunction(call)
    case "NVL2": return try nvl2(call)
    case "DECODE": return try decode(call)
    case "GREATEST": return try extreme(.greatest, call)
    case "LEAST": return try extreme(.least, call)
    case "GREATEST_IGNORE_NULLS": return try extreme(.greatestPresent, call)
    case "LEAST_IGNORE_NULLS": return try extreme(.leastPresent, call)
    case "CONCAT": return try concat(call)
    case "TRIM", "BTRIM": return try trim(call)
    case "PI":
      guard call.arguments.isEmpty else { throw wrongCount(call.name, 0, at: call.range) }
      return ScalarExpression(.literal(.float64(.pi)), type: .double, nullable: false)
    default:
      if let number = try numericSpecial(call) { return number }
      if let time = try timeSpecial(call) { return time }
      return try nestedSpecial(call)
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

  private func ifFunction(_ call: BoundCall) throws(SQLFault)
    -> ScalarExpression
  {
    guard call.arguments.count == 3 else { throw wrongCount(call.name, 3, at: call.range) }
    let bound = call.arguments
    guard bound[0].type == .boolean || bound[0].type == .null else {
      throw wrongTypes(call)
    }
    return try conditional([Coercion.cast(bound[0], to: .boolean)], [bound[1], bound[2]], at: call.range)
  }

  private func coalesce(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    guard !call.arguments.isEmpty, call.name == "COALESCE" || call.arguments.count == 2 else {
      throw wrongCount(call.name, call.name == "COALESCE" ? 1 : 2, at: call.range)
    }
    let bound = call.arguments
    let values = try unified(bound, at: call.range)
    guard values.count > 1 else { return values[0] }
    return ScalarExpression(
      .call(.coalesce, values), type: unifiedType(bound), nullable: values.allSatisfy(\.nullable))
  }

  /// NULLIF keeps the type of its first argument, so unequal types become a CASE.
  private func nullIf(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count == 2 else { throw wrongCount(call.name, 2, at: call.range) }
    let bound = call.arguments
    try context.budget.copy(bound[0], at: call.range)
    let first = bound[0].type == .null ? Coercion.cast(bound[0], to: .integer) : bound[0]
    guard let pair = aligned(first, bound[1]) else { throw wrongTypes(call) }
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
  private func nvl2(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count == 3 else { throw wrongCount(call.name, 3, at: call.range) }
    let bound = call.arguments
    let first = bound[0].type == .null ? Coercion.cast(bound[0], to: .integer) : bound[0]
    let present = ScalarExpression(.call(.isNotNull, [first]), type: .boolean, nullable: false)
    return try conditional([present], [bound[1], bound[2]], at: call.range)
  }

  /// DECODE(value, candidate, result, … [, otherwise]); NULL equals NULL.
  private func decode(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count >= 3 else { throw wrongCount(call.name, 3, at: call.range) }
    let bound = call.arguments
    var conditions: [ScalarExpression] = []
    var results: [ScalarExpression] = []
    for index in stride(from: 1, to: bound.count - 1, by: 2) {
      try context.budget.copy(bound[0], at: call.range)
      guard let pair = aligned(bound[0], bound[index]) else { throw wrongTypes(call) }
      conditions.append(ScalarExpression(.call(.notDistinct, pair), type: .boolean, nullable: false))
      results.append(bound[index + 1])
    }
    if bound.count % 2 == 0 { results.append(bound[bound.count - 1]) }
    return try conditional(conditions, results, at: call.range)
  }

  private func extreme(_ function: ScalarFunction, _ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    guard !call.arguments.isEmpty else { throw wrongCount(call.name, 1, at: call.range) }
    let bound = call.arguments
    guard let common = Coercion.common(bound.map(\.type)) else { throw wrongTypes(call) }
    let type = common == .null ? ColumnType.integer : common
    let values = bound.map { Coercion.widen($0, to: type) }
    guard values.count > 1 else { return values[0] }
    let ignoresNulls = function == .greatestPresent || function == .leastPresent
    let nullable = ignoresNulls ? values.allSatisfy(\.nullable) : values.contains(where: \.nullable)
    return ScalarExpression(.call(function, values), type: type, nullable: nullable)
  }

  // MARK: Strings

  private func concat(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    guard !call.arguments.isEmpty else { throw wrongCount(call.name, 1, at: call.range) }
    let bound = call.arguments
    var parts: [ScalarExpression] = []
    for value in bound {
      guard let text = ExpressionBinder.convert(value, for: value.type.isBinary ? .binary : .textual) else {
        throw wrongTypes(call)
      }
      parts.append(value.type == .null ? value : text)
    }
    while parts.count > 1 {
      var next: [ScalarExpression] = []
      for index in stride(from: 0, to: parts.count, by: 2) {
        next.append(
          index + 1 < parts.count
            ? try concatenate(parts[index], parts[index + 1], at: call.range) : parts[index])
      }
      parts = next
    }
    return parts[0]
  }

  private func trim(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    let bound = call.arguments
    guard (1...2).contains(bound.count) else { throw wrongCount(call.name, 2, at: call.range) }
    var values: [ScalarExpression] = []
    for value in bound {
      guard let string = ExpressionBinder.convert(value, for: .string) else {
        throw wrongTypes(call)
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
