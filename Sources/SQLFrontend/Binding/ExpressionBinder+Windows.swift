import DataModel

/// Functions with OVER.
extension ExpressionBinder {
  mutating func windowCall(
    _ name: String, _ call: SyntaxCall, _ written: SyntaxWindow, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard attachments?.allowsWindows == true else {
      throw .validation("Windowed aggregate expression is illegal in \(clause)", at: range)
    }
    guard !insideAggregate, !insideWindow else {
      throw .validation("Aggregate expressions cannot be nested", at: range)
    }
    let window = try settled(written)
    if call.distinct { throw .unimplemented("DISTINCT with OVER", at: range) }
    if call.respectNulls != nil, !ExpressionBinder.takesNullTreatment.contains(name) {
      throw .validation("Cannot specify IGNORE NULLS or RESPECT NULLS following '\(name)'", at: range)
    }
    insideWindow = true
    defer { insideWindow = false }
    var partition: [ScalarExpression] = []
    for item in window.partition {
      let key = try bind(item)
      partition.append(key.type == .null ? Coercion.cast(key, to: .integer) : key)
    }
    var order: [OrderKey] = []
    for item in window.order {
      let key = try bind(item.expression)
      order.append(
        OrderKey(
          key.type == .null ? Coercion.cast(key, to: .integer) : key, descending: item.descending,
          nullsFirst: item.nullsFirst ?? item.descending))
    }
    if let bound = try ranking(name, call, window, at: range) {
      return attach(Attachments.Window(partition: partition, order: order, call: bound))
    }
    let bound = try value(name, call, try frame(window, order), at: range)
    return attach(Attachments.Window(partition: partition, order: order, call: bound))
  }

  private static let takesNullTreatment: Set<String> = [
    "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE",
  ]

  /// The window with what it takes from the one that it names.
  func settled(_ window: SyntaxWindow) throws(SQLFault) -> SyntaxWindow {
    guard let base = window.base else { return window }
    guard let named = namedWindows[base.identifier] else {
      throw .validation("Window '\(base.identifier)' not found", at: base.range)
    }
    guard window.partition.isEmpty, window.order.isEmpty || named.order.isEmpty else {
      throw .validation("PARTITION BY and ORDER BY of a window cannot be overridden", at: window.range)
    }
    return SyntaxWindow(
      base: nil, partition: named.partition, order: named.order.isEmpty ? window.order : named.order,
      frame: window.frame ?? named.frame, bounds: window.frame == nil ? named.bounds : window.bounds,
      range: window.range)
  }

  private mutating func attach(_ window: Attachments.Window) -> ScalarExpression {
    guard var all = attachments else {
      return ScalarExpression(.literal(.null), type: .null, nullable: true)
    }
    defer { attachments = all }
    return all.column(of: window)
  }

  // MARK: Functions without a frame

  private mutating func ranking(
    _ name: String, _ call: SyntaxCall, _ window: SyntaxWindow, at range: TextRange
  ) throws(SQLFault) -> WindowCall? {
    let plain: [String: WindowCall.Function] = [
      "ROW_NUMBER": .rowNumber, "RANK": .rank, "DENSE_RANK": .denseRank, "NTILE": .ntile,
      "PERCENT_RANK": .percentRank, "CUME_DIST": .cumulativeDistribution,
    ]
    if name == "LAG" || name == "LEAD" { return try shifted(name, call, window, at: range) }
    guard let function = plain[name] else { return nil }
    if name != "ROW_NUMBER", window.order.isEmpty {
      throw .validation(
        "RANK or DENSE_RANK functions require ORDER BY clause in window specification", at: range)
    }
    guard call.arguments.count == (name == "NTILE" ? 1 : 0) else {
      throw wrongCount(name, name == "NTILE" ? 1 : 0, at: range)
    }
    if name == "PERCENT_RANK" || name == "CUME_DIST" {
      return WindowCall(function, arguments: [], frame: .whole, type: .double, nullable: false)
    }
    guard name == "NTILE" else {
      return WindowCall(function, arguments: [], frame: .whole, type: .bigint, nullable: false)
    }
    guard let buckets = number(call.arguments[0]), buckets > 0 else {
      throw .validation("Argument to function 'NTILE' must be a positive integer literal", at: range)
    }
    let literal = ScalarExpression(.literal(.int64(Int64(buckets))), type: .bigint, nullable: false)
    return WindowCall(function, arguments: [literal], frame: .whole, type: .integer, nullable: false)
  }

  /// A literal whole number of 31 bits.
  private func number(_ expression: SyntaxExpression) -> Int? {
    guard case .integer(let text) = expression.kind, let number = Int32(text) else { return nil }
    return Int(number)
  }

  private mutating func shifted(
    _ name: String, _ call: SyntaxCall, _ window: SyntaxWindow, at range: TextRange
  ) throws(SQLFault) -> WindowCall {
    guard (1...3).contains(call.arguments.count) else { throw wrongCount(name, 3, at: range) }
    guard !window.order.isEmpty else {
      throw .validation("\(name) requires ORDER BY clause in window specification", at: range)
    }
    var distance = 1
    if call.arguments.count > 1 {
      guard let written = number(call.arguments[1]) else {
        throw .unimplemented("\(name) by other than a literal number of rows", at: call.arguments[1].range)
      }
      distance = written
    }
    var values = [try bind(call.arguments[0])]
    if call.arguments.count > 2 { values.append(try bind(call.arguments[2])) }
    guard let type = Coercion.common(values.map(\.type)) else { throw wrongTypes(name, values, at: range) }
    let wanted = type == .null ? ColumnType.integer : type
    values = values.map { Coercion.widen($0, to: wanted) }
    let ignoresNulls = call.respectNulls == false
    let nullable = values.count < 2 || values.contains(where: \.nullable)
    return WindowCall(
      .shifted(by: name == "LAG" ? distance : -distance), arguments: values, frame: .whole, type: wanted,
      nullable: nullable, ignoresNulls: ignoresNulls)
  }

  // MARK: Functions over a frame

  private mutating func value(
    _ name: String, _ call: SyntaxCall, _ frame: WindowFrame, at range: TextRange
  ) throws(SQLFault) -> WindowCall {
    if name == "FIRST_VALUE" || name == "LAST_VALUE" || name == "NTH_VALUE" {
      let count = name == "NTH_VALUE" ? 2 : 1
      guard call.arguments.count == count else { throw wrongCount(name, count, at: range) }
      var function: WindowCall.Function = name == "FIRST_VALUE" ? .firstValue : .lastValue
      if name == "NTH_VALUE" {
        guard let position = number(call.arguments[1]), position > 0 else {
          throw .validation("Argument to function 'NTH_VALUE' must be a positive integer literal", at: range)
        }
        function = .nthValue(position)
      }
      let argument = try bind(call.arguments[0])
      let typed = argument.type == .null ? Coercion.cast(argument, to: .integer) : argument
      return WindowCall(
        function, arguments: [typed], frame: frame, type: typed.type, nullable: true,
        ignoresNulls: call.respectNulls == false)
    }
    guard let function = ExpressionBinder.aggregate(name) else {
      if BuiltinFunctions.refused.contains(name) || BuiltinFunctions.refusedAggregates.contains(name) {
        throw .unimplemented("window function \(name) OVER", at: range)
      }
      throw .validation("OVER clause is not allowed with function \(name)", at: range)
    }
    var plain = call
    plain.window = nil
    let made = try aggregateCall(function, name, plain, isOver: true, at: range)
    let window: WindowCall.Function =
      switch made.function {
      case .countAll: .countAll
      case .count: .count
      case .sum: .sum
      case .average: .average
      case .minimum: .minimum
      case .maximum: .maximum
      }
    let isCount = made.function == .countAll || made.function == .count
    return WindowCall(
      window, arguments: made.argument.map { [$0] } ?? [], frame: frame, type: made.type, nullable: !isCount)
  }

  // MARK: Frames

  private func frame(_ window: SyntaxWindow, _ order: [OrderKey]) throws(SQLFault) -> WindowFrame {
    guard let word = window.frame else {
      return order.isEmpty ? .whole : WindowFrame(.range, from: .unboundedPreceding, to: .offset(0))
    }
    guard let unit = WindowFrame.Unit(rawValue: word) else {
      throw .unimplemented("\(word) frame", at: window.range)
    }
    let start = try bound(window.bounds[0], unit, order, isStart: true, window)
    let end =
      window.bounds.count > 1
      ? try bound(window.bounds[1], unit, order, isStart: false, window) : WindowFrame.Bound.offset(0)
    if let low = start.distance, let high = end.distance, low > high {
      throw .validation("ROW/RANGE frame ends before it starts", at: window.range)
    }
    return WindowFrame(unit, from: start, to: end)
  }

  private func bound(
    _ bound: SyntaxWindow.Bound, _ unit: WindowFrame.Unit, _ order: [OrderKey], isStart: Bool,
    _ window: SyntaxWindow
  ) throws(SQLFault) -> WindowFrame.Bound {
    if bound.word == "CURRENT ROW" { return .offset(0) }
    let isPreceding = bound.word == "PRECEDING"
    guard let written = bound.offset else {
      guard isPreceding == isStart else {
        throw .validation("UNBOUNDED \(bound.word) cannot be specified here", at: window.range)
      }
      return isPreceding ? .unboundedPreceding : .unboundedFollowing
    }
    let distance: Int64
    if unit == .rows {
      guard let rows = number(written) else {
        throw .unimplemented("ROWS frame whose bound is not a literal number", at: written.range)
      }
      distance = Int64(rows)
    } else {
      guard order.count == 1 else {
        throw .validation("RANGE clause cannot be used with compound ORDER BY clause", at: window.range)
      }
      let type = order[0].expression.type
      if type == .date || type == .timestamp, let months = IntervalLength.months(written) {
        return .months(isPreceding ? -months : months)
      }
      if type == .double || type == .real, let length = ExpressionBinder.real(written.kind) {
        return .real(isPreceding ? -length : length)
      }
      distance = try rangeDistance(written, type)
    }
    return .offset(isPreceding ? -distance : distance)
  }

  private func rangeDistance(_ written: SyntaxExpression, _ type: ColumnType) throws(SQLFault) -> Int64 {
    if type == .timestamp || type == .date {
      let length = try IntervalLength.microseconds(written)
      let unit: Int64 = type == .date ? 86_400_000_000 : 1
      guard length % unit == 0, length >= 0 else {
        throw .validation("RANGE distance must be a positive number of days", at: written.range)
      }
      return length / unit
    }
    if type == .time {
      let length = try IntervalLength.microseconds(written)
      guard length >= 0, length <= 86_400_000_000 else {
        throw .validation("RANGE distance must be a positive part of a day", at: written.range)
      }
      return length * 1000
    }
    if case .decimal(_, let scale) = type, let distance = ExpressionBinder.unscaled(written.kind, scale) {
      return distance
    }
    guard type.isInteger, let number = number(written) else {
      throw .unimplemented("RANGE distance over \(type.description)", at: written.range)
    }
    return Int64(number)
  }

  /// A literal number that is not negative.
  private static func real(_ kind: SyntaxExpressionKind) -> Double? {
    guard let literal = number(kind, negative: false),
      case .literal(.float64(let value)) = Coercion.cast(literal, to: .double).node
    else { return nil }
    return value
  }

  /// A literal number as an integer of units of the scale; nil for others and what does not fit.
  private static func unscaled(_ kind: SyntaxExpressionKind, _ scale: Int) -> Int64? {
    guard let literal = number(kind, negative: false), case .literal(let value) = literal.node else {
      return nil
    }
    var number: Int128
    switch value {
    case .int64(let whole): number = Int128(whole)
    case .int128(let digits): number = digits
    default: return nil
    }
    var written = 0
    if case .decimal(_, let digits) = literal.type { written = digits }
    guard written <= scale else { return nil }
    for _ in written..<scale {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      number = product
    }
    return Int64(exactly: number)
  }
}

extension WindowFrame.Bound {
  /// For comparison with the other bound of a frame; nil where there is no end.
  fileprivate var distance: Double? {
    switch self {
    case .offset(let distance), .months(let distance): Double(distance)
    case .real(let distance): distance
    case .unboundedPreceding, .unboundedFollowing: nil
    }
  }
}
