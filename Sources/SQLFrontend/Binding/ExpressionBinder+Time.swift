import DataModel

/// Functions of dates and times that take a unit or an interval.
extension ExpressionBinder {
  /// A call of such a function; nil when the name is none of theirs.
  mutating func timeSpecial(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    switch name {
    case "EXTRACT":
      return try extract(call.unit ?? "", bound(call, 1, name, at: range)[0], at: range)
    case "DATE_PART", "DATEPART":
      guard call.arguments.count == 2 else { throw wrongCount(name, 2, at: range) }
      let unit = try unitArgument(call.arguments[0])
      return try extract(unit, bind(call.arguments[1]), at: range)
    case "DATE_TRUNC", "TIMESTAMP_TRUNC", "DATETIME_TRUNC", "TIME_TRUNC":
      return try truncate(name, call, at: range)
    case "TIMESTAMPADD", "DATEADD":
      let bound = try bound(call, 2, name, at: range)
      return try addUnits(name, call.unit ?? "", bound[0], bound[1], at: range)
    case "ADD_MONTHS":
      let bound = try bound(call, 2, name, at: range)
      return try addUnits(name, "MONTH", bound[1], bound[0], at: range)
    case "TIMESTAMPDIFF", "DATEDIFF":
      let bound = try bound(call, 2, name, at: range)
      return try unitsBetween(name, call.unit ?? "", bound[0], bound[1], at: range)
    case "DATE_DIFF", "TIMESTAMP_DIFF", "TIME_DIFF", "DATETIME_DIFF":
      guard call.arguments.count == 3 else { throw wrongCount(name, 3, at: range) }
      let unit = try unitArgument(call.arguments[2])
      let end = try bind(call.arguments[0])
      return try unitsBetween(name, unit, bind(call.arguments[1]), end, at: range)
    case "DATE_ADD", "TIMESTAMP_ADD", "TIME_ADD", "DATETIME_ADD", "DATE_SUB", "TIMESTAMP_SUB", "TIME_SUB",
      "DATETIME_SUB":
      let bound = try bound(call, 2, name, at: range)
      let isSum = name.hasSuffix("ADD")
      guard case .interval = bound[1].type,
        let sum = try intervalArithmetic(isSum ? .add : .subtract, bound[0], bound[1], at: range)
      else { throw wrongTypes(name, bound, at: range) }
      return sum
    case "NOW", "CURRENT_TIMESTAMP":
      guard call.arguments.isEmpty else { throw wrongCount(name, 0, at: range) }
      return try now(at: range)
    default:
      let units: Set<String> = [
        "YEAR", "QUARTER", "MONTH", "WEEK", "DAYOFMONTH", "DAYOFWEEK", "DAYOFYEAR", "DOW", "DOY", "HOUR",
        "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "EPOCH", "CENTURY", "DECADE",
      ]
      guard units.contains(name) else { return nil }
      return try extract(name, bound(call, 1, name, at: range)[0], at: range)
    }
  }

  static func unitLiteral(_ unit: String) -> ScalarExpression {
    ScalarExpression(.literal(.text(unit)), type: .char(length: unit.utf8.count), nullable: false)
  }

  /// A unit as a bare word or a string.
  private func unitArgument(_ argument: SyntaxExpression) throws(SQLFault) -> String {
    switch argument.kind {
    case .string(let text): return text.uppercased()
    case .name(let parts) where parts.count == 1: return parts[0].identifier.spelled.uppercased()
    default: throw .validation("Time unit expected", at: argument.range)
    }
  }

  private static let synonyms: [String: String] = [
    "DAYOFWEEK": "DOW", "DAYOFYEAR": "DOY", "DAYOFMONTH": "DAY", "YEARS": "YEAR", "QUARTERS": "QUARTER",
    "MONTHS": "MONTH", "WEEKS": "WEEK", "DAYS": "DAY", "HOURS": "HOUR", "MINUTES": "MINUTE",
    "SECONDS": "SECOND", "MILLISECONDS": "MILLISECOND", "MICROSECONDS": "MICROSECOND",
    "NANOSECONDS": "NANOSECOND",
  ]

  static func unitName(_ written: String) -> String {
    let plain = written.hasPrefix("SQL_TSI_") ? String(written.dropFirst(8)) : written
    return synonyms[plain] ?? plain
  }

  private static let clockUnits: Set<String> = [
    "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND",
  ]
  private static let calendarUnits: Set<String> = [
    "MILLENNIUM", "CENTURY", "DECADE", "YEAR", "QUARTER", "MONTH", "WEEK", "ISOWEEK", "DAY",
  ]

  // MARK: EXTRACT

  private func extract(
    _ written: String, _ argument: ScalarExpression, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.unitName(written)
    guard Keywords.timeUnits.contains(unit) else { throw .validation("'\(written)' is not a valid time frame", at: range) }
    let value = argument.type == .null ? Coercion.cast(argument, to: .timestamp) : argument
    let isClock = ExpressionBinder.clockUnits.contains(unit)
    let fits: Bool =
      switch value.type {
      case .date, .timestamp: true
      case .time: isClock || unit == "EPOCH"
      case .interval(let qualifier):
        qualifier.isLong
          ? ["YEAR", "QUARTER", "MONTH", "DECADE", "CENTURY", "MILLENNIUM"].contains(unit)
          : isClock || unit == "DAY" || unit == "EPOCH"
      default: false
      }
    guard fits else { throw wrongTypes("EXTRACT", [value], at: range) }
    return ScalarExpression(
      .call(.extract, [ExpressionBinder.unitLiteral(unit), value]), type: .bigint, nullable: value.nullable)
  }

  // MARK: Truncation

  /// `DATE_TRUNC(x, UNIT)`, `TIMESTAMP_TRUNC(x, UNIT)`, and the unit as a string in front.
  private mutating func truncate(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard call.arguments.count == 2 else { throw wrongCount(name, 2, at: range) }
    var (value, unit) = (call.arguments[0], call.arguments[1])
    if case .string(let text) = value.kind, Keywords.timeUnits.contains(text.uppercased()) { swap(&value, &unit) }
    let written = try unitArgument(unit)
    var bound = try bind(value)
    if bound.type.isString || bound.type == .null {
      bound = Coercion.cast(bound, to: name == "DATE_TRUNC" ? .date : name == "TIME_TRUNC" ? .time : .timestamp)
    }
    return try rounded(.truncateTime, name, written, bound, at: range)
  }

  /// FLOOR and CEIL TO a unit.
  mutating func rounded(
    _ function: ScalarFunction, _ unit: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let isFloor = function == .floor
    let bound = try bound(call, 1, isFloor ? "FLOOR" : "CEIL", at: range)
    return try rounded(
      isFloor ? .truncateTime : .ceilingTime, isFloor ? "FLOOR" : "CEIL", unit, bound[0], at: range)
  }

  private func rounded(
    _ function: ScalarFunction, _ name: String, _ written: String, _ value: ScalarExpression,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.unitName(written)
    let isCalendar = ExpressionBinder.calendarUnits.contains(unit)
    let isClock = ExpressionBinder.clockUnits.contains(unit)
    guard isCalendar || isClock else { throw .validation("'\(written)' is not a valid time frame", at: range) }
    let fits: Bool =
      switch value.type {
      case .date: isCalendar
      case .timestamp: true
      case .time: isClock
      default: false
      }
    guard fits else { throw wrongTypes(name, [value], at: range) }
    return ScalarExpression(
      .call(function, [ExpressionBinder.unitLiteral(unit), value]), type: value.type, nullable: value.nullable)
  }

  // MARK: Units

  private func addUnits(
    _ name: String, _ written: String, _ count: ScalarExpression, _ value: ScalarExpression,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.unitName(written)
    let isClock = ExpressionBinder.clockUnits.contains(unit)
    guard isClock || ExpressionBinder.calendarUnits.contains(unit) else {
      throw .validation("'\(written)' is not a valid time frame", at: range)
    }
    guard let number = ExpressionBinder.convert(count, for: .bigint),
      var moment = ExpressionBinder.convert(value, for: .moment)
    else { throw wrongTypes(name, [count, value], at: range) }
    // Hours added to a DATE make it a TIMESTAMP.
    if moment.type == .date, isClock { moment = Coercion.cast(moment, to: .timestamp) }
    return ScalarExpression(
      .call(.addUnits, [ExpressionBinder.unitLiteral(unit), number, moment]), type: moment.type,
      nullable: number.nullable || moment.nullable)
  }

  private func unitsBetween(
    _ name: String, _ written: String, _ start: ScalarExpression, _ end: ScalarExpression,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.unitName(written)
    let isClock = ExpressionBinder.clockUnits.contains(unit)
    guard isClock || ExpressionBinder.calendarUnits.contains(unit) else {
      throw .validation("'\(written)' is not a valid time frame", at: range)
    }
    guard let from = ExpressionBinder.convert(start, for: .moment),
      let to = ExpressionBinder.convert(end, for: .moment), let common = Coercion.common(from.type, to.type)
    else { throw wrongTypes(name, [start, end], at: range) }
    let isFine = ["MILLISECOND", "MICROSECOND", "NANOSECOND"].contains(unit)
    return ScalarExpression(
      .call(
        .unitsBetween,
        [ExpressionBinder.unitLiteral(unit), Coercion.cast(from, to: common), Coercion.cast(to, to: common)]),
      type: isFine ? .bigint : .integer, nullable: from.nullable || to.nullable)
  }
}
