import DataModel

/// Operators and predicates.
extension ExpressionBinder {
  mutating func unary(
    _ sign: UnaryOperator, _ operand: SyntaxExpression, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    if sign == .minus, let number = ExpressionBinder.number(operand.kind, negative: true) { return number }
    let value = try bind(operand)
    if sign == .not {
      let condition = try boolean(value, "NOT", at: range)
      return ScalarExpression(.call(.not, [condition]), type: .boolean, nullable: condition.nullable)
    }
    if case .interval = value.type {
      if sign == .plus { return value }
      return ScalarExpression(.call(.negateInterval, [value]), type: value.type, nullable: value.nullable)
    }
    guard value.type.isNumeric || value.type == .null else {
      throw cannotApply(sign.rawValue, "\(sign.rawValue) \(ExpressionBinder.shown(value))", at: range)
    }
    let number = value.type == .null ? Coercion.cast(value, to: .integer) : value
    if sign == .plus { return number }
    return ScalarExpression(.call(.negate, [number]), type: number.type, nullable: number.nullable)
  }

  static func shown(_ value: ScalarExpression) -> String { "<\(value.type.description)>" }

  func cannotApply(_ name: String, _ shape: String, at range: TextRange) -> SQLFault {
    .validation("Cannot apply '\(name)' to arguments of type '\(shape)'", at: range)
  }

  /// The value as a BOOLEAN operand of the operator.
  func boolean(_ value: ScalarExpression, _ name: String, at range: TextRange) throws(SQLFault)
    -> ScalarExpression
  {
    if value.type == .boolean { return value }
    guard value.type == .null else {
      throw cannotApply(name, "\(name)\(ExpressionBinder.shown(value))", at: range)
    }
    return Coercion.cast(value, to: .boolean)
  }

  mutating func binary(
    _ binary: BinaryOperator, _ left: SyntaxExpression, _ right: SyntaxExpression
  ) throws(SQLFault) -> ScalarExpression {
    let range = left.range.joined(right.range)
    if let rows = try rowComparison(binary, left, right) { return rows }
    let a = try bind(left)
    let b = try bind(right)
    switch binary {
    case .add: return try arithmetic(.add, binary, (a, b), at: range)
    case .subtract: return try arithmetic(.subtract, binary, (a, b), at: range)
    case .multiply: return try arithmetic(.multiply, binary, (a, b), at: range)
    case .divide: return try arithmetic(.divide, binary, (a, b), at: range)
    case .modulo: return try arithmetic(.modulo, binary, (a, b), at: range)
    case .concatenate: return try concatenate(a, b, at: range)
    case .equal: return try compare(.equal, binary.rawValue, a, b, at: range)
    case .notEqual: return try compare(.notEqual, binary.rawValue, a, b, at: range)
    case .less: return try compare(.less, binary.rawValue, a, b, at: range)
    case .lessOrEqual: return try compare(.lessOrEqual, binary.rawValue, a, b, at: range)
    case .greater: return try compare(.greater, binary.rawValue, a, b, at: range)
    case .greaterOrEqual: return try compare(.greaterOrEqual, binary.rawValue, a, b, at: range)
    case .bitAnd: return try bits(.bitAnd, binary.rawValue, a, b, at: range)
    case .bitOr: return try bits(.bitOr, binary.rawValue, a, b, at: range)
    case .bitXor: return try bits(.bitXor, binary.rawValue, a, b, at: range)
    case .shiftLeft: return try shift(.shiftLeft, binary.rawValue, a, b, at: range)
    case .shiftRight: return try shift(.shiftRight, binary.rawValue, a, b, at: range)
    case .regularLike:
      guard
        let result = ExpressionBinder.apply(
          FunctionSignature(.regexLike, [.string, .string], .fixed(.boolean)), [a, b])
      else { throw cannotApply("RLIKE", shape("RLIKE", a, b), at: range) }
      return result
    }
  }

  private func shape(_ name: String, _ a: ScalarExpression, _ b: ScalarExpression) -> String {
    "\(ExpressionBinder.shown(a)) \(name) \(ExpressionBinder.shown(b))"
  }

  func arithmetic(
    _ function: ScalarFunction, _ binary: BinaryOperator, _ operands: (ScalarExpression, ScalarExpression),
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let (a, b) = operands
    let fault = cannotApply(binary.rawValue, shape(binary.rawValue, a, b), at: range)
    if let result = try intervalArithmetic(function, a, b, at: range) { return result }
    guard a.type.isNumeric || a.type == .null, b.type.isNumeric || b.type == .null,
      let common = Coercion.common(a.type, b.type)
    else { throw fault }
    let type = common == .null ? ColumnType.integer : common
    let nullable = a.nullable || b.nullable
    guard case .decimal = type else {
      if function == .modulo, !type.isInteger { throw fault }
      let arguments = [Coercion.cast(a, to: type), Coercion.cast(b, to: type)]
      return ScalarExpression(.call(function, arguments), type: type, nullable: nullable)
    }
    // DECIMAL: each side keeps its own scale.
    let left = Coercion.cast(a, to: DecimalTypes.decimal(of: a.type) ?? type)
    let right = Coercion.cast(b, to: DecimalTypes.decimal(of: b.type) ?? type)
    guard let result = DecimalTypes.result(function, left.type, right.type) else { throw fault }
    return ScalarExpression(.call(function, [left, right]), type: result, nullable: nullable)
  }

  func concatenate(
    _ a: ScalarExpression, _ b: ScalarExpression, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    if a.type.isBinary || b.type.isBinary, let common = Coercion.common(a.type, b.type) {
      let arguments = [Coercion.widen(a, to: common), Coercion.widen(b, to: common)]
      return ScalarExpression(
        .call(.concatenate, arguments), type: .varbinary(length: nil), nullable: a.nullable || b.nullable)
    }
    if case .array? = Coercion.common(a.type, b.type), let common = Coercion.common(a.type, b.type) {
      let arguments = [ExpressionBinder.item(a, as: common), ExpressionBinder.item(b, as: common)]
      return ScalarExpression(
        .call(.arrayConcat, arguments), type: common, nullable: a.nullable || b.nullable)
    }
    guard a.type.isString || a.type == .null, b.type.isString || b.type == .null else {
      throw cannotApply("||", shape("||", a, b), at: range)
    }
    var length: Int?
    if let first = Coercion.characters(a.type), let second = Coercion.characters(b.type) {
      let (sum, overflow) = first.addingReportingOverflow(second)
      length = overflow ? nil : sum
    }
    let type = ColumnType.varchar(length: length)
    let arguments = [Coercion.widen(a, to: type), Coercion.widen(b, to: type)]
    return ScalarExpression(.call(.concatenate, arguments), type: type, nullable: a.nullable || b.nullable)
  }

  /// Both sides as one comparable type; nil when there is none.
  func aligned(_ a: ScalarExpression, _ b: ScalarExpression) -> [ScalarExpression]? {
    guard let common = Coercion.comparisonType(a.type, b.type) else { return nil }
    let type = common == .null ? ColumnType.integer : common
    return [Coercion.widen(a, to: type), Coercion.widen(b, to: type)]
  }

  func compare(
    _ function: ScalarFunction, _ name: String, _ a: ScalarExpression, _ b: ScalarExpression,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard let arguments = aligned(a, b) else { throw cannotApply(name, shape(name, a, b), at: range) }
    return ScalarExpression(
      .call(function, arguments), type: .boolean, nullable: a.nullable || b.nullable)
  }

  mutating func logical(
    _ function: ScalarFunction, _ operands: [SyntaxExpression]
  ) throws(SQLFault) -> ScalarExpression {
    var bound: [ScalarExpression] = []
    for operand in operands {
      let value = try bind(operand)
      guard value.type == .boolean || value.type == .null else {
        let name = function == .and ? "AND" : "OR"
        let first = bound.first ?? value
        let other = bound.isEmpty ? ExpressionBinder.placeholder : value
        throw cannotApply(name, shape(name, first, other), at: operand.range)
      }
      bound.append(Coercion.cast(value, to: .boolean))
    }
    return ScalarExpression.balanced(function, bound[...]) ?? ExpressionBinder.placeholder
  }

  private static var placeholder: ScalarExpression {
    ScalarExpression(.literal(.boolean(true)), type: .boolean, nullable: false)
  }

  func negate(_ condition: ScalarExpression, when negated: Bool) -> ScalarExpression {
    guard negated else { return condition }
    return ScalarExpression(.call(.not, [condition]), type: .boolean, nullable: condition.nullable)
  }

  // MARK: Predicates

  mutating func truthTest(
    _ operand: SyntaxExpression, _ test: TruthTest, _ negated: Bool
  ) throws(SQLFault) -> ScalarExpression {
    let value = try bind(operand)
    let function: ScalarFunction
    switch test {
    case .null, .unknown: function = negated ? .isNotNull : .isNull
    case .isTrue: function = negated ? .isNotTrue : .isTrue
    case .isFalse: function = negated ? .isNotFalse : .isFalse
    }
    var argument = value.type == .null ? Coercion.cast(value, to: .boolean) : value
    if test != .null {
      argument = try boolean(argument, "IS \(negated ? "NOT " : "")\(test.rawValue)", at: operand.range)
    }
    return ScalarExpression(.call(function, [argument]), type: .boolean, nullable: false)
  }

  mutating func distinctFrom(
    _ left: SyntaxExpression, _ right: SyntaxExpression, _ negated: Bool
  ) throws(SQLFault) -> ScalarExpression {
    let a = try bind(left)
    let b = try bind(right)
    guard let arguments = aligned(a, b) else {
      let name = "IS \(negated ? "NOT " : "")DISTINCT FROM"
      throw cannotApply(name, shape(name, a, b), at: left.range.joined(right.range))
    }
    let same = ScalarExpression(.call(.notDistinct, arguments), type: .boolean, nullable: false)
    return negate(same, when: !negated)
  }

  mutating func between(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    guard case .between(let operand, let low, let high, let negated, _) = expression.kind else {
      throw .unimplemented("BETWEEN", at: expression.range)
    }
    let value = try bind(operand)
    try context.budget.copy(value, at: operand.range)
    let lower = try compare(.greaterOrEqual, "BETWEEN", value, bind(low), at: expression.range)
    let upper = try compare(.lessOrEqual, "BETWEEN", value, bind(high), at: expression.range)
    let both = ScalarExpression(
      .call(.and, [lower, upper]), type: .boolean, nullable: lower.nullable || upper.nullable)
    return negate(both, when: negated)
  }

  /// `x BETWEEN SYMMETRIC a AND b`.
  mutating func symmetricBetween(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    guard case .between(let operand, let low, let high, let negated, _) = expression.kind else {
      throw .unimplemented("BETWEEN", at: expression.range)
    }
    let value = try bind(operand)
    let bounds = [try bind(low), try bind(high)]
    var halves: [ScalarExpression] = []
    for (from, to) in [(bounds[0], bounds[1]), (bounds[1], bounds[0])] {
      for part in [value, value, from, to] { try context.budget.copy(part, at: operand.range) }
      let lower = try compare(.greaterOrEqual, "BETWEEN", value, from, at: expression.range)
      let upper = try compare(.lessOrEqual, "BETWEEN", value, to, at: expression.range)
      halves.append(
        ScalarExpression(
          .call(.and, [lower, upper]), type: .boolean, nullable: lower.nullable || upper.nullable))
    }
    let either = ScalarExpression(
      .call(.or, halves), type: .boolean, nullable: halves.contains(where: \.nullable))
    return negate(either, when: negated)
  }

  /// `(a, b) = (c, d)` as the comparison of each pair; nil for anything else.
  private mutating func rowComparison(
    _ binary: BinaryOperator, _ left: SyntaxExpression, _ right: SyntaxExpression
  ) throws(SQLFault) -> ScalarExpression? {
    guard binary == .equal || binary == .notEqual, case .row(let a) = left.kind,
      case .row(let b) = right.kind,
      a.count == b.count
    else { return nil }
    var tests: [ScalarExpression] = []
    for (x, y) in zip(a, b) {
      tests.append(try compare(.equal, "=", bind(x), bind(y), at: x.range.joined(y.range)))
    }
    return ScalarExpression.balanced(.and, tests[...]).map { negate($0, when: binary == .notEqual) }
  }

  mutating func membership(
    _ operand: SyntaxExpression, _ items: [SyntaxExpression], _ negated: Bool
  ) throws(SQLFault) -> ScalarExpression {
    let value = try bind(operand)
    var tests: [ScalarExpression] = []
    for item in items {
      try context.budget.copy(value, at: operand.range)
      if let rows = try rowComparison(.equal, operand, item) {
        tests.append(rows)
        continue
      }
      let candidate = try bind(item)
      guard let arguments = aligned(value, candidate) else {
        throw .validation("Values passed to IN operator must have compatible types", at: item.range)
      }
      let nullable = value.nullable || candidate.nullable
      tests.append(ScalarExpression(.call(.equal, arguments), type: .boolean, nullable: nullable))
    }
    // In an empty list there is nothing, not even NULL.
    guard let any = ScalarExpression.balanced(.or, tests[...]) else {
      return ScalarExpression(.literal(.boolean(negated)), type: .boolean, nullable: false)
    }
    return negate(any, when: negated)
  }

  mutating func like(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    guard case .like(let operand, let pattern, let escape, let negated) = expression.kind else {
      throw .unimplemented("LIKE", at: expression.range)
    }
    var arguments = [try bind(operand), try bind(pattern)]
    if let escape { arguments.append(try bind(escape)) }
    guard arguments.allSatisfy({ $0.type.isString || $0.type == .null }) else {
      throw cannotApply("LIKE", shape("LIKE", arguments[0], arguments[1]), at: expression.range)
    }
    let nullable = arguments.contains(where: \.nullable)
    let strings = arguments.map { Coercion.widen($0, to: .varchar(length: nil)) }
    let matched = ScalarExpression(.call(.like, strings), type: .boolean, nullable: nullable)
    return negate(matched, when: negated)
  }
}
