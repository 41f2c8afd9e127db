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
    if let window = try timeWindow(name, call, at: range) { return window }
    if !ExpressionBinder.isKnown(name, call, context.types) { throw try refusal(name, call, at: range) }
    return try scalar(boundCall(name, call, at: range), call)
  }

  private static func isKnown(_ name: String, _ call: SyntaxCall, _ types: [SQLIdentifier: ColumnType])
    -> Bool
  {
    if BuiltinFunctions.special.contains(name) { return true }
    return (BuiltinFunctions.table[name] != nil && call.unit == nil) || types[call.name.identifier] != nil
  }

  private func scalar(_ bound: BoundCall, _ call: SyntaxCall) throws(SQLFault) -> ScalarExpression {
    if let special = try special(bound) { return special }
    if let signatures = BuiltinFunctions.table[bound.name], call.unit == nil {
      return try tabled(signatures, bound)
    }
    guard let type = context.types[call.name.identifier] else { throw wrongTypes(bound) }
    return try construct(type, bound)
  }

  private mutating func refusal(_ name: String, _ call: SyntaxCall, at range: TextRange) throws(SQLFault)
    -> SQLFault
  {
    if BuiltinFunctions.refused.contains(name) || BuiltinFunctions.refusedAggregates.contains(name)
      || call.unit != nil
    {
      return .unimplemented("function \(name)", at: range)
    }
    return try unknown(call, at: range)
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
    if type.isBinary { return "BINARY" }
    return type.baseName
  }

  func wrongCount(_ name: String, _ expected: Int, at range: TextRange) -> SQLFault {
    .validation(
      "Invalid number of arguments to function '\(name)'. Was expecting \(expected) arguments", at: range)
  }

  func wrongTypes(_ name: String, _ arguments: [ScalarExpression], at range: TextRange) -> SQLFault {
    cannotApply(name, "\(name)(\(arguments.map(ExpressionBinder.shown).joined(separator: ", ")))", at: range)
  }

  // MARK: By table

  private func tabled(_ signatures: [FunctionSignature], _ call: BoundCall) throws(SQLFault)
    -> ScalarExpression
  {
    let fitting = signatures.filter { $0.accepts(call.arguments.count) }
    guard !fitting.isEmpty else {
      throw wrongCount(call.name, signatures.map(\.parameters.count).max() ?? 0, at: call.range)
    }
    for signature in fitting {
      if let result = ExpressionBinder.apply(signature, call.arguments) { return result }
    }
    throw wrongTypes(call)
  }

  /// The call when all arguments fit.
  static func apply(_ signature: FunctionSignature, _ bound: [ScalarExpression]) -> ScalarExpression? {
    var converted: [ScalarExpression] = []
    for (index, argument) in bound.enumerated() {
      guard let parameter = signature.parameter(index), let value = convert(argument, for: parameter) else {
        return nil
      }
      converted.append(value)
    }
    let nullable: Bool =
      switch signature.nullability {
      case .arguments: converted.contains(where: \.nullable)
      case .always: true
      case .first: converted.first?.nullable ?? false
      }
    let type = resultType(signature.result, converted.first?.type ?? .null)
    if BuiltinFunctions.valueFirst.contains(signature.function) { converted.swapAt(0, 1) }
    if let unit = signature.unit { converted.insert(unitLiteral(unit), at: 0) }
    if signature.function == .cast, converted[0].type == type { return converted[0] }
    return ScalarExpression(.call(signature.function, converted), type: type, nullable: nullable)
  }

  /// The argument as the parameter wants it; nil when its type does not fit.
  static func convert(
    _ argument: ScalarExpression, for parameter: FunctionSignature.Parameter
  ) -> ScalarExpression? {
    let type = argument.type
    if type == .null { return Coercion.cast(argument, to: nullType(parameter)) }
    switch parameter {
    case .number: return type.isNumeric ? argument : nil
    case .double: return type.isNumeric ? Coercion.cast(argument, to: .double) : nil
    case .real:
      return type == .real || type == .double ? Coercion.cast(argument, to: .double) : nil
    case .integer: return type.isInteger ? narrowed(argument) : nil
    case .bigint: return type.isInteger ? Coercion.cast(argument, to: .bigint) : nil
    case .string: return type.isString ? argument : nil
    case .textual:
      if type.isString { return argument }
      return type.isNested ? nil : Coercion.cast(argument, to: .varchar(length: nil))
    case .binary: return type.isBinary ? argument : nil
    case .boolean: return type == .boolean ? argument : nil
    case .date: return type == .date || type == .timestamp ? Coercion.cast(argument, to: .date) : nil
    case .time: return type == .time || type == .timestamp ? Coercion.cast(argument, to: .time) : nil
    case .timestamp:
      return type == .date || type == .timestamp ? Coercion.cast(argument, to: .timestamp) : nil
    case .day: return type == .date || type == .timestamp ? argument : nil
    case .moment: return type == .date || type == .timestamp || type == .time ? argument : nil
    case .interval:
      if case .interval = type { return argument }
      return nil
    case .variant: return type == .variant ? argument : nil
    case .any: return argument
    }
  }

  /// Kernels of lengths and positions read int64.
  private static func narrowed(_ argument: ScalarExpression) -> ScalarExpression {
    argument.type == .unsignedBigint ? Coercion.cast(argument, to: .bigint) : argument
  }

  /// Type of a bare NULL as an argument.
  private static func nullType(_ parameter: FunctionSignature.Parameter) -> ColumnType {
    switch parameter {
    case .number, .integer, .any: .integer
    case .double, .real: .double
    case .bigint: .bigint
    case .string, .textual: .varchar(length: nil)
    case .binary: .varbinary(length: nil)
    case .boolean: .boolean
    case .date, .day: .date
    case .time: .time
    case .timestamp, .moment: .timestamp
    case .interval: .interval(.second)
    case .variant: .variant
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

  /// `over`: of a window function, whose argument may hold aggregates of the groups.
  mutating func aggregateCall(
    _ function: AggregateCall.Function, _ name: String, _ call: SyntaxCall, over: Bool = false,
    at range: TextRange
  ) throws(SQLFault) -> AggregateCall {
    if let filter = call.filter {
      var plain = call
      plain.filter = nil
      plain.arguments = [try filtered(call, by: filter)]
      return try aggregateCall(function, name, plain, over: over, at: range)
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
    insideAggregate = outside || !over
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
    if argument.type == .unsignedBigint {
      return Coercion.cast(argument, to: .decimal(precision: 20, scale: 0))
    }
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
