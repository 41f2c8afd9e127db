import DataModel

/// Calls: aggregates, and scalar functions by table.
extension ExpressionBinder {
  mutating func call(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    let name = call.name.identifier.spelled.uppercased()
    if let window = call.window {
      return try windowCall(name, call, window, at: range.joined(window.range))
    }
    if call.withinGroup != nil { throw .unimplemented("WITHIN GROUP", at: range) }
    if call.respectNulls != nil { throw .unimplemented("NULL treatment of a function", at: range) }
    if !call.order.isEmpty { throw .unimplemented("ORDER BY in an aggregate", at: range) }
    if let function = ExpressionBinder.aggregate(name) {
      return try aggregate(function, name, call, at: range)
    }
    if let rewritten = try derivedAggregate(name, call, at: range) { return rewritten }
    if call.filter != nil { throw .validation("FILTER must not be used with function \(name)", at: range) }
    if call.distinct {
      throw .validation("DISTINCT/ALL not allowed with \(name) function", at: range)
    }
    if let special = try special(name, call, at: range) { return special }
    if let window = try timeWindow(name, call, at: range) { return window }
    if let signature = BuiltinFunctions.table[name], call.unit == nil {
      return try tabled(signature, name, call, at: range)
    }
    if BuiltinFunctions.refused.contains(name) || BuiltinFunctions.refusedAggregates.contains(name)
      || call.unit != nil
    {
      throw .unimplemented("function \(name)", at: range)
    }
    throw try unknown(call, at: range)
  }

  private mutating func unknown(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> SQLFault {
    var families: [String] = []
    for argument in call.arguments {
      families.append("<\(ExpressionBinder.family(try bind(argument).type))>")
    }
    let name = call.name.identifier.spelled
    return .validation(
      "No match found for function signature \(name)(\(families.joined(separator: ", ")))", at: range)
  }

  private static func family(_ type: ColumnType) -> String {
    if type.isNumeric { return "NUMERIC" }
    if type.isString { return "CHARACTER" }
    if case .varbinary = type { return "BINARY" }
    return type.baseName
  }

  /// All arguments bound.
  mutating func arguments(_ call: SyntaxCall) throws(SQLFault) -> [ScalarExpression] {
    var bound: [ScalarExpression] = []
    for argument in call.arguments { bound.append(try bind(argument)) }
    return bound
  }

  func wrongCount(_ name: String, _ expected: Int, at range: TextRange) -> SQLFault {
    .validation(
      "Invalid number of arguments to function '\(name)'. Was expecting \(expected) arguments", at: range)
  }

  func wrongTypes(_ name: String, _ arguments: [ScalarExpression], at range: TextRange) -> SQLFault {
    cannotApply(name, "\(name)(\(arguments.map(ExpressionBinder.shown).joined(separator: ", ")))", at: range)
  }

  // MARK: By table

  private mutating func tabled(
    _ signature: FunctionSignature, _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard signature.arity.contains(call.arguments.count) else {
      throw wrongCount(name, signature.arity.upperBound, at: range)
    }
    let bound = try arguments(call)
    var converted: [ScalarExpression] = []
    for (argument, parameter) in zip(bound, signature.parameters) {
      guard let value = ExpressionBinder.convert(argument, for: parameter) else {
        throw wrongTypes(name, bound, at: range)
      }
      converted.append(value)
    }
    return ScalarExpression(
      .call(signature.function, converted),
      type: ExpressionBinder.resultType(signature.result, converted[0].type),
      nullable: converted.contains(where: \.nullable))
  }

  /// The argument as the parameter wants it; nil when its type does not fit.
  static func convert(
    _ argument: ScalarExpression, for parameter: FunctionSignature.Parameter
  ) -> ScalarExpression? {
    switch parameter {
    case .number:
      if argument.type == .null { return Coercion.cast(argument, to: .integer) }
      return argument.type.isNumeric ? argument : nil
    case .double:
      return argument.type.isNumeric || argument.type == .null ? Coercion.cast(argument, to: .double) : nil
    case .integer:
      if argument.type == .null { return Coercion.cast(argument, to: .integer) }
      return argument.type.isInteger ? argument : nil
    case .string:
      if argument.type == .null { return Coercion.cast(argument, to: .varchar(length: nil)) }
      return argument.type.isString ? argument : nil
    }
  }

  private static func resultType(_ result: FunctionSignature.Result, _ first: ColumnType) -> ColumnType {
    switch result {
    case .fixed(let type): return type
    case .first: return first
    case .whole:
      if case .decimal(let precision, _) = first { return .decimal(precision: precision, scale: 0) }
      return first
    case .varying: return .varchar(length: Coercion.characters(first))
    case .text: return .varchar(length: nil)
    }
  }

  // MARK: Aggregates

  static func aggregate(_ name: String) -> AggregateCall.Function? {
    switch name {
    case "COUNT": .count
    case "SUM": .sum
    case "AVG": .average
    case "MIN": .minimum
    case "MAX": .maximum
    default: nil
    }
  }

  private mutating func aggregate(
    _ function: AggregateCall.Function, _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard aggregates != nil else {
      throw .validation("Aggregate expression is illegal in \(clause)", at: range)
    }
    guard !insideAggregate else { throw .validation("Aggregate expressions cannot be nested", at: range) }
    let made = try aggregateCall(function, name, call, at: range)
    let position = aggregates?.position(of: made) ?? 0
    return ScalarExpression(.column(scope.width + position), type: made.type, nullable: made.nullable)
  }

  mutating func aggregateCall(
    _ function: AggregateCall.Function, _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> AggregateCall {
    if let filter = call.filter {
      var plain = call
      plain.filter = nil
      plain.arguments = [try filtered(call, by: filter)]
      return try aggregateCall(function, name, plain, at: range)
    }
    if case .star? = call.arguments.first?.kind {
      guard function == .count, !call.distinct else { throw .validation("Unknown identifier '*'", at: range) }
      return AggregateCall(.countAll, argument: nil, distinct: false, type: .bigint, nullable: false)
    }
    if function == .count, call.arguments.count > 1 {
      throw .unimplemented("COUNT of several arguments", at: range)
    }
    guard call.arguments.count == 1 else { throw wrongCount(name, 1, at: range) }
    let outside = insideAggregate
    insideAggregate = true
    defer { insideAggregate = outside }
    let argument = try bind(call.arguments[0])
    if function == .count {
      if !argument.nullable, !call.distinct {
        return AggregateCall(.countAll, argument: nil, distinct: false, type: .bigint, nullable: false)
      }
      let typed = argument.type == .null ? Coercion.cast(argument, to: .integer) : argument
      return AggregateCall(.count, argument: typed, distinct: call.distinct, type: .bigint, nullable: false)
    }
    guard let typed = ExpressionBinder.aggregateArgument(function, argument) else {
      throw wrongTypes(name, [argument], at: range)
    }

    let isExtreme = function == .minimum || function == .maximum
    return AggregateCall(
      function, argument: typed, distinct: call.distinct && !isExtreme,
      type: ExpressionBinder.aggregateType(function, typed.type), nullable: typed.nullable || !hasGroups)
  }

  private static func aggregateArgument(
    _ function: AggregateCall.Function, _ argument: ScalarExpression
  ) -> ScalarExpression? {
    if argument.type == .null { return Coercion.cast(argument, to: .integer) }
    if function == .minimum || function == .maximum { return argument }
    guard argument.type.isNumeric else { return nil }
    return argument.type == .real ? Coercion.cast(argument, to: .double) : argument
  }

  private static func aggregateType(_ function: AggregateCall.Function, _ argument: ColumnType) -> ColumnType
  {
    guard function == .sum else { return argument }
    if argument.isInteger { return .bigint }
    if case .decimal(_, let scale) = argument {
      return .decimal(precision: DecimalTypes.precisionMax, scale: scale)
    }
    return argument
  }
}
