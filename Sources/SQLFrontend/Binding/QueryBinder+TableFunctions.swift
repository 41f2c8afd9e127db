import DataModel

/// TABLE(TUMBLE(…)), HOP and SESSION: the table's columns, then window_start and window_end.
extension QueryBinder {
  /// Windows that one row of a HOP may lie in.
  private static let hopsMax = 1000

  func tableFunction(_ call: SyntaxCall, at range: TextRange) throws(SQLFault) -> Plan {
    let name = call.name.identifier.spelled.uppercased()
    guard ["TUMBLE", "HOP", "SESSION"].contains(name) else {
      throw .unimplemented("table function \(name)", at: range)
    }
    guard call.arguments.count >= 3, case .name(let parts) = call.arguments[0].kind else {
      throw .validation("\(name) needs TABLE, DESCRIPTOR and INTERVAL arguments", at: range)
    }
    let input = try scan(parts)
    let time = try timeColumn(call.arguments[1], input)
    switch name {
    case "TUMBLE":
      let lengths = try lengths(call.arguments[2...], 1...2, name, at: range)
      let start = TimeWindow.start(time, size: lengths[0], offset: lengths.count > 1 ? lengths[1] : 0)
      return .project(
        input: input,
        expressions: Plan.identity(input.output) + [start, TimeWindow.shift(start, by: lengths[0])],
        output: input.output + QueryBinder.bounds(time))
    case "HOP":
      let lengths = try lengths(call.arguments[2...], 2...3, name, at: range)
      return try hop(QueryBinder.present(input, time), time, lengths, at: range)
    default: return try session(QueryBinder.present(input, time), time, call, at: range)
    }
  }

  /// A row without a time lies in no window of HOP and SESSION (docs.feldera.com/sql/table).
  private static func present(_ input: Plan, _ time: ScalarExpression) -> Plan {
    guard time.nullable else { return input }
    let test = ScalarExpression(.call(.isNotNull, [time]), type: .boolean, nullable: false)
    return .filter(input: input, predicate: test)
  }

  private static func bounds(_ time: ScalarExpression) -> [PlanColumn] {
    ["window_start", "window_end"].map {
      PlanColumn(name: SQLIdentifier($0), type: .timestamp, nullable: time.nullable)
    }
  }

  private func lengths(
    _ arguments: ArraySlice<SyntaxExpression>, _ count: ClosedRange<Int>, _ name: String, at range: TextRange
  ) throws(SQLFault) -> [Int64] {
    guard count.contains(arguments.count) else {
      throw .validation("Invalid number of arguments to function '\(name)'", at: range)
    }
    var result: [Int64] = []
    for argument in arguments {
      let length = try IntervalLength.microseconds(argument)
      guard length > 0 || result.count + 1 > count.lowerBound else {
        throw .validation("Window length must be positive", at: argument.range)
      }
      result.append(length)
    }
    return result
  }

  /// `DESCRIPTOR(column)`
  private func descriptor(_ expression: SyntaxExpression, _ input: Plan) throws(SQLFault) -> ScalarExpression
  {
    guard case .call(let call) = expression.kind, call.name.identifier == SQLIdentifier("DESCRIPTOR"),
      call.arguments.count == 1, case .name(let parts) = call.arguments[0].kind
    else { throw .validation("DESCRIPTOR(column) expected", at: expression.range) }
    let scope = Scope(
      input.output.map { ScopeColumn(relation: nil, name: $0.name, type: $0.type, nullable: $0.nullable) })
    return scope.column(try scope.resolve(parts))
  }

  private func timeColumn(_ expression: SyntaxExpression, _ input: Plan) throws(SQLFault) -> ScalarExpression
  {
    let time = try descriptor(expression, input)
    guard time.type == .timestamp else {
      throw .validation(
        "DESCRIPTOR column must be TIMESTAMP, not \(time.type.description)", at: expression.range)
    }
    return time
  }

  /// `HOP(TABLE t, DESCRIPTOR(c), slide, size [, offset])`
  private func hop(
    _ input: Plan, _ time: ScalarExpression, _ lengths: [Int64], at range: TextRange
  ) throws(SQLFault) -> Plan {
    let (slide, size) = (lengths[0], lengths[1])
    let isExact = size % slide == 0
    let count = size / slide + (isExact ? 0 : 1)
    guard count <= QueryBinder.hopsMax else {
      throw .unimplemented("HOP with more than \(QueryBinder.hopsMax) windows a row", at: range)
    }
    let last = TimeWindow.start(time, size: slide, offset: lengths.count > 2 ? lengths[2] : 0)
    let columns = Plan.identity(input.output)
    let alternatives = (0..<count).map { index in
      let start = TimeWindow.shift(last, by: -(index * slide))
      return columns + [start, TimeWindow.shift(start, by: size)]
    }
    let output = input.output + QueryBinder.bounds(time)
    let plan = Plan.expand(input: input, alternatives: alternatives, output: output)
    guard !isExact else { return plan }
    let end = ScalarExpression(
      .column(output.count - 1), type: .timestamp, nullable: time.nullable)
    let isInside = ScalarExpression(.call(.greater, [end, time]), type: .boolean, nullable: time.nullable)
    return .filter(input: plan, predicate: isInside)
  }

  /// `SESSION(TABLE t, DESCRIPTOR(c) [, DESCRIPTOR(key)], gap)`
  private func session(
    _ input: Plan, _ time: ScalarExpression, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> Plan {
    var keys: [ScalarExpression] = []
    for argument in call.arguments[2...].dropLast() { keys.append(try descriptor(argument, input)) }
    let gap = try lengths(call.arguments.suffix(1), 1...1, "SESSION", at: range)[0]
    let calls = [WindowCall.Function.sessionStart(gap: gap), .sessionEnd(gap: gap)].map {
      WindowCall($0, arguments: [], frame: .whole, type: .timestamp, nullable: time.nullable)
    }
    let order = OrderKey(time, descending: false, nullsFirst: false)
    return .window(
      input: input, spec: WindowSpec(partition: keys, order: [order], calls: calls, cut: nil),
      output: input.output + QueryBinder.bounds(time))
  }
}

/// Fixed windows of time as arithmetic on microseconds, which TIMESTAMP is stored in.
enum TimeWindow {
  /// Start of the window of this size that holds the time; windows begin at multiples of the size behind the
  /// offset.
  static func start(_ time: ScalarExpression, size: Int64, offset: Int64) -> ScalarExpression {
    let moved = offset == 0 ? time : call(.subtract, time, literal(offset))
    let length = literal(size)
    // Twice, because the remainder of a time before 1970 is negative.
    let rest = call(.modulo, call(.add, call(.modulo, moved, length), length), length)
    return call(.subtract, time, rest)
  }

  static func shift(_ time: ScalarExpression, by distance: Int64) -> ScalarExpression {
    distance == 0 ? time : call(.add, time, literal(distance))
  }

  private static func literal(_ number: Int64) -> ScalarExpression {
    ScalarExpression(.literal(.int64(number)), type: .bigint, nullable: false)
  }

  private static func call(
    _ function: ScalarFunction, _ left: ScalarExpression, _ right: ScalarExpression
  ) -> ScalarExpression {
    ScalarExpression(.call(function, [left, right]), type: .timestamp, nullable: left.nullable)
  }
}

/// TUMBLE(t, size), TUMBLE_START and TUMBLE_END as expressions, for GROUP BY.
extension ExpressionBinder {
  mutating func timeWindow(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    guard ["TUMBLE", "TUMBLE_START", "TUMBLE_END"].contains(name) else { return nil }
    guard (2...3).contains(call.arguments.count) else { throw wrongCount(name, 2, at: range) }
    let time = try bind(call.arguments[0])
    guard time.type == .timestamp else { throw wrongTypes(name, [time], at: range) }
    let size = try IntervalLength.microseconds(call.arguments[1])
    guard size > 0 else { throw .validation("Window length must be positive", at: call.arguments[1].range) }
    let offset = call.arguments.count > 2 ? try IntervalLength.microseconds(call.arguments[2]) : 0
    let start = TimeWindow.start(time, size: size, offset: offset)
    return name == "TUMBLE_END" ? TimeWindow.shift(start, by: size) : start
  }
}
