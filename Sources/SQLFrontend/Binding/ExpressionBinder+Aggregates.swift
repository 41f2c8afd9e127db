import DataModel

/// Aggregates that are expressions over simpler ones.
extension ExpressionBinder {
  /// The first argument where the FILTER holds, else NULL; for COUNT(*) a constant.
  func filtered(_ call: SyntaxCall, by filter: SyntaxExpression) throws(SQLFault) -> SyntaxExpression {
    var value = call.arguments.first ?? filter
    if case .star = value.kind {
      value = SyntaxExpression(kind: .integer("1"), range: value.range, height: 1)
    }
    return SyntaxExpression(
      kind: .cases(operand: nil, [SyntaxBranch(condition: filter, result: value)], otherwise: nil),
      range: value.range, height: max(value.height, filter.height) + 1)
  }

  /// Nil for other functions.
  mutating func derivedAggregate(
    _ name: String, _ written: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    if ["ARG_MIN", "ARG_MAX", "MIN_BY", "MAX_BY"].contains(name) {
      return try choice(name, written, greatest: name.contains("MAX"), at: range)
    }
    if name == "GROUPING" || name == "GROUPING_ID" { return try grouping(written, at: range) }
    let counts = [
      "EVERY": 1, "SOME": 1, "BOOL_AND": 1, "BOOL_OR": 1, "LOGICAL_AND": 1, "LOGICAL_OR": 1, "COUNTIF": 1,
      "STDDEV": 1, "STDDEV_POP": 1, "STDDEV_SAMP": 1, "VARIANCE": 1, "VAR_POP": 1, "VAR_SAMP": 1,
      "COVAR_POP": 2, "COVAR_SAMP": 2, "REGR_COUNT": 2, "REGR_SXX": 2, "REGR_SYY": 2,
    ]
    guard let count = counts[name] else { return nil }
    guard aggregates != nil else {
      throw .validation("Aggregate expression is illegal in \(clause)", at: range)
    }
    guard !insideAggregate else { throw .validation("Aggregate expressions cannot be nested", at: range) }
    if written.distinct { throw .unimplemented("DISTINCT in \(name)", at: range) }
    var call = written
    guard call.arguments.count == count else { throw wrongCount(name, count, at: range) }
    if let filter = call.filter {
      call.arguments[0] = try filtered(call, by: filter)
      call.filter = nil
    }
    insideAggregate = true
    defer { insideAggregate = false }
    let arguments = try arguments(call)
    switch name {
    case "EVERY", "BOOL_AND", "LOGICAL_AND":
      return add(.minimum, try condition(arguments[0], name, at: range), .boolean, nullable: true)
    case "SOME", "BOOL_OR", "LOGICAL_OR":
      return add(.maximum, try condition(arguments[0], name, at: range), .boolean, nullable: true)
    case "COUNTIF":
      let test = try condition(arguments[0], name, at: range)
      let one = ScalarExpression(.literal(.int64(1)), type: .integer, nullable: false)
      return add(.count, when([(test, one)], else: nil), .bigint, nullable: false)
    default:
      guard arguments.allSatisfy({ $0.type.isNumeric || $0.type == .null }) else {
        throw wrongTypes(name, arguments, at: range)
      }
      return moment(name, arguments)
    }
  }

  private func condition(
    _ value: ScalarExpression, _ name: String, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard value.type == .boolean || value.type == .null else { throw wrongTypes(name, [value], at: range) }
    return Coercion.cast(value, to: .boolean)
  }

  private mutating func add(
    _ function: AggregateCall.Function, _ argument: ScalarExpression, _ type: ColumnType, nullable: Bool
  ) -> ScalarExpression {
    let call = AggregateCall(function, argument: argument, distinct: false, type: type, nullable: nullable)
    let position = aggregates?.position(of: call) ?? 0
    return ScalarExpression(.column(scope.width + position), type: type, nullable: nullable)
  }

  private func when(
    _ branches: [(ScalarExpression, ScalarExpression)], else otherwise: ScalarExpression?
  ) -> ScalarExpression {
    ScalarExpression(
      .conditional(
        branches.map { ConditionalBranch(condition: $0.0, result: $0.1) }, otherwise: otherwise),
      type: branches[0].1.type, nullable: true)
  }

  // MARK: Variance and covariance

  private func real(_ function: ScalarFunction, _ sides: ScalarExpression...) -> ScalarExpression {
    ScalarExpression(.call(function, sides), type: .double, nullable: true)
  }

  /// From sums of doubles, which are exact: (sum(xy) - sum(x) sum(y) / n) / (n or n - 1), in the type of the
  /// first argument, as the average is.
  private mutating func moment(_ name: String, _ arguments: [ScalarExpression]) -> ScalarExpression {
    let type = arguments[0].type == .null ? ColumnType.double : arguments[0].type
    var x = Coercion.cast(arguments[0], to: .double)
    var y = Coercion.cast(arguments.last ?? arguments[0], to: .double)
    if arguments.count == 2 {
      let pair = (x, y)
      let present = { (side: ScalarExpression) in
        ScalarExpression(.call(.isNotNull, [side]), type: .boolean, nullable: false)
      }
      x = when([(present(pair.1), pair.0)], else: nil)
      y = when([(present(pair.0), pair.1)], else: nil)
    }
    if name.hasPrefix("REGR") { return regression(name, x, y, type) }
    let product = add(.sum, real(.multiply, x, y), .double, nullable: true)
    let sums = (add(.sum, x, .double, nullable: true), add(.sum, y, .double, nullable: true))
    let count = Coercion.cast(add(.count, x, .bigint, nullable: false), to: .double)
    let one = ScalarExpression(.literal(.float64(1)), type: .double, nullable: false)
    let zero = ScalarExpression(.literal(.float64(0)), type: .double, nullable: false)
    let isPopulation = name.hasSuffix("_POP")
    let divisor = isPopulation ? count : real(.subtract, count, one)
    var spread = real(.subtract, product, real(.divide, real(.multiply, sums.0, sums.1), count))
    if arguments.count == 1 { spread = real(.greatest, spread, zero) }
    var value = real(.divide, spread, divisor)
    if name.hasPrefix("STDDEV") { value = real(.squareRoot, value) }
    let least = isPopulation ? zero : one
    let isEnough = ScalarExpression(.call(.greater, [count, least]), type: .boolean, nullable: true)
    return Coercion.cast(when([(isEnough, value)], else: nil), to: type)
  }

  /// Over the pairs without NULL, written (y, x): their number, or the squares of the deviations of one.
  private mutating func regression(
    _ name: String, _ y: ScalarExpression, _ x: ScalarExpression, _ type: ColumnType
  ) -> ScalarExpression {
    if name == "REGR_COUNT" { return add(.count, y, .bigint, nullable: false) }
    let value = name == "REGR_SXX" ? x : y
    let squares = add(.sum, real(.multiply, value, value), .double, nullable: true)
    let sum = add(.sum, value, .double, nullable: true)
    let count = Coercion.cast(add(.count, value, .bigint, nullable: false), to: .double)
    let zero = ScalarExpression(.literal(.float64(0)), type: .double, nullable: false)
    let spread = real(.subtract, squares, real(.divide, real(.multiply, sum, sum), count))
    let isEnough = ScalarExpression(.call(.greater, [count, zero]), type: .boolean, nullable: true)
    return Coercion.cast(when([(isEnough, real(.greatest, spread, zero))], else: nil), to: type)
  }

  // MARK: ARG_MIN, ARG_MAX

  private mutating func choice(
    _ name: String, _ call: SyntaxCall, greatest: Bool, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard aggregates != nil, attachments?.allowsWindows == true else {
      throw .validation("Aggregate expression is illegal in \(clause)", at: range)
    }
    guard !insideAggregate else { throw .validation("Aggregate expressions cannot be nested", at: range) }
    if call.distinct { throw .unimplemented("DISTINCT in \(name)", at: range) }
    guard call.arguments.count == 2 else { throw wrongCount(name, 2, at: range) }
    insideAggregate = true
    defer { insideAggregate = false }
    var written = call.arguments
    if let filter = call.filter {
      var measure = call
      measure.arguments = [written[1]]
      written[1] = try filtered(measure, by: filter)
    }
    var bound: [ScalarExpression] = []
    for argument in written {
      let value = try bind(argument)
      bound.append(value.type == .null ? Coercion.cast(value, to: .integer) : value)
    }
    guard var all = attachments else { return bound[0] }
    defer { attachments = all }
    return all.column(of: Attachments.Choice(value: bound[0], measure: bound[1], greatest: greatest))
  }

  // MARK: GROUPING

  private mutating func grouping(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> ScalarExpression
  {
    guard var all = attachments, all.allowsWindows, !insideAggregate else {
      throw .validation("GROUPING operator may only occur in SELECT, HAVING or ORDER BY clause", at: range)
    }
    guard !call.arguments.isEmpty, call.arguments.count < 63 else {
      throw wrongCount("GROUPING", 1, at: range)
    }
    let bound = try arguments(call)
    if let inner = attachments { all = inner }
    let column = all.column(ofGrouping: bound)
    attachments = all
    return column
  }
}
