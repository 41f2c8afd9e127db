import DataModel

/// Functions of numbers whose types depend on each other.
extension ExpressionBinder {
  /// A call of such a function; nil when the name is none of theirs.
  func numericSpecial(_ call: BoundCall) throws(SQLFault) -> ScalarExpression? {
    switch call.name {
    case "MOD", "DIV", "DIV_NULL":
      let bound = try checked(call, 2)
      let operation: (ScalarFunction, BinaryOperator) =
        call.name == "MOD" ? (.modulo, .modulo) : (.divide, .divide)
      let result = try arithmetic(operation.0, operation.1, (bound[0], bound[1]), at: call.range)
      guard call.name == "DIV_NULL", case .call(_, let arguments) = result.node else { return result }
      return ScalarExpression(.call(.divideOrNull, arguments), type: result.type, nullable: true)
    case "FLOOR", "CEIL", "CEILING":
      let function: ScalarFunction = call.name == "FLOOR" ? .floor : .ceiling
      if let unit = call.unit { return try rounded(function, unit, call) }
      let bound = try checked(call, 1)
      guard let result = ExpressionBinder.apply(FunctionSignature(function, [.number], .whole), bound) else {
        throw wrongTypes(call)
      }
      return result
    case "ABS":
      let bound = try checked(call, 1)
      let signatures = [
        FunctionSignature(.absolute, [.number], .first),
        FunctionSignature(.absoluteInterval, [.interval], .first),
      ]
      guard let result = signatures.lazy.compactMap({ ExpressionBinder.apply($0, bound) }).first else {
        throw wrongTypes(call)
      }
      return result
    case "LOG":
      guard (1...2).contains(call.arguments.count) else { throw wrongCount(call.name, 2, at: call.range) }
      let bound = call.arguments
      let function: ScalarFunction = bound.count == 1 ? .naturalLogarithm : .logarithm
      let signature = FunctionSignature(
        function, [FunctionSignature.Parameter](repeating: .double, count: bound.count), .fixed(.double))
      guard let result = ExpressionBinder.apply(signature, bound) else {
        throw wrongTypes(call)
      }
      return result
    case "BITAND", "BITOR", "BITXOR":
      let bound = try checked(call, 2)
      let function: ScalarFunction = call.name == "BITAND" ? .bitAnd : call.name == "BITOR" ? .bitOr : .bitXor
      return try bits(function, call.name, bound[0], bound[1], at: call.range)
    case "BITNOT", "BIT_NOT":
      let bound = try checked(call, 1)
      guard bound[0].type.isInteger || bound[0].type.isBinary else { throw wrongTypes(call) }
      return ScalarExpression(.call(.bitNot, bound), type: bound[0].type, nullable: bound[0].nullable)
    default: return nil
    }
  }

  /// `&`, `|`, `^` over integers of one type or binary strings.
  func bits(
    _ function: ScalarFunction, _ name: String, _ a: ScalarExpression, _ b: ScalarExpression,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard let common = Coercion.common(a.type, b.type), common.isInteger || common.isBinary else {
      throw cannotApply(
        name, "\(ExpressionBinder.shown(a)) \(name) \(ExpressionBinder.shown(b))", at: range)
    }
    let arguments = [Coercion.widen(a, to: common), Coercion.widen(b, to: common)]
    return ScalarExpression(.call(function, arguments), type: common, nullable: a.nullable || b.nullable)
  }

  func shift(
    _ function: ScalarFunction, _ name: String, _ a: ScalarExpression, _ b: ScalarExpression,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard
      let result = ExpressionBinder.apply(FunctionSignature(function, [.integer, .bigint], .first), [a, b])
    else {
      throw cannotApply(
        name, "\(ExpressionBinder.shown(a)) \(name) \(ExpressionBinder.shown(b))", at: range)
    }
    return result
  }
}
