import DataModel

/// A call of a scalar function with its arguments bound: what the rules of functions look at, so that no rule
/// lies on the stack while its arguments are bound.
struct BoundCall {
  /// In upper case.
  let name: String
  let arguments: [ScalarExpression]
  /// Time unit in upper case, from wherever the function has it.
  let unit: String?
  let range: TextRange
}

extension ExpressionBinder {
  mutating func boundCall(_ name: String, _ call: SyntaxCall, at range: TextRange) throws(SQLFault)
    -> BoundCall
  {
    let place = ExpressionBinder.unitPlace(name, call)
    var bound: [ScalarExpression] = []
    for (index, argument) in call.arguments.enumerated() where index != place {
      bound.append(try bind(argument))
    }
    let unit = try place.map { place throws(SQLFault) in
      try ExpressionBinder.unitArgument(call.arguments[place])
    }
    return BoundCall(name: name, arguments: bound, unit: unit ?? call.unit, range: range)
  }

  /// The arguments of a call that takes no unit.
  mutating func arguments(_ call: SyntaxCall) throws(SQLFault) -> [ScalarExpression] {
    var bound: [ScalarExpression] = []
    for argument in call.arguments { bound.append(try bind(argument)) }
    return bound
  }

  /// The argument that is a unit; nil when there is none.
  private static func unitPlace(_ name: String, _ call: SyntaxCall) -> Int? {
    switch name {
    case "DATE_PART", "DATEPART": return call.arguments.count == 2 ? 0 : nil
    case "DATE_TRUNC", "TIMESTAMP_TRUNC", "DATETIME_TRUNC", "TIME_TRUNC":
      guard call.arguments.count == 2 else { return nil }
      if case .string(let text) = call.arguments[0].kind, Keywords.timeUnits.contains(text.uppercased()) {
        return 0
      }
      return 1
    case "DATE_DIFF", "TIMESTAMP_DIFF", "TIME_DIFF", "DATETIME_DIFF":
      return call.arguments.count == 3 ? 2 : nil
    default: return nil
    }
  }

  /// A unit as a bare word or a string.
  private static func unitArgument(_ argument: SyntaxExpression) throws(SQLFault) -> String {
    switch argument.kind {
    case .string(let text): return text.uppercased()
    case .name(let parts) where parts.count == 1: return parts[0].identifier.spelled.uppercased()
    default: throw .validation("Time unit expected", at: argument.range)
    }
  }

  func checked(_ call: BoundCall, _ count: Int) throws(SQLFault) -> [ScalarExpression] {
    guard call.arguments.count == count else { throw wrongCount(call.name, count, at: call.range) }
    return call.arguments
  }

  func wrongTypes(_ call: BoundCall) -> SQLFault { wrongTypes(call.name, call.arguments, at: call.range) }
}
