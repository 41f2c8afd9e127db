import DataModel

/// Functions of dates and times that take a unit or an interval.
extension ExpressionBinder {
  /// A call of such a function; nil when the name is none of theirs.
  func timeSpecial(_ call: BoundCall) throws(SQLFault) -> ScalarExpression? {
    switch call.name {
    case "EXTRACT": return try extract(call.unit ?? "", checked(call, 1)[0], at: call.range)
    case "DATE_PART", "DATEPART":
      guard let unit = call.unit, call.arguments.count == 1 else {
        throw wrongCount(call.name, 2, at: call.range)
      }
      return try extract(unit, call.arguments[0], at: call.range)
    case "DATE_TRUNC", "TIMESTAMP_TRUNC", "DATETIME_TRUNC", "TIME_TRUNC": return try truncate(call)
    case "TIMESTAMPADD", "DATEADD":
      let bound = try checked(call, 2)
      return try addUnits(call, call.unit ?? "", bound[0], bound[1])
    case "ADD_MONTHS":
      let bound = try checked(call, 2)
      return try addUnits(call, "MONTH", bound[1], bound[0])
    case "TIMESTAMPDIFF", "DATEDIFF":
      let bound = try checked(call, 2)
      return try unitsBetween(call, call.unit ?? "", bound[0], bound[1])
    case "DATE_DIFF", "TIMESTAMP_DIFF", "TIME_DIFF", "DATETIME_DIFF":
      guard let unit = call.unit, call.arguments.count == 2 else {
        throw wrongCount(call.name, 3, at: call.range)
      }
      return try unitsBetween(call, unit, call.arguments[1], call.arguments[0])
    case "DATE_ADD", "TIMESTAMP_ADD", "TIME_ADD", "DATETIME_ADD", "DATE_SUB", "TIMESTAMP_SUB", "TIME_SUB",
      "DATETIME_SUB":
      let bound = try checked(call, 2)
      let isSum = call.name.hasSuffix("ADD")
      guard case .interval = bound[1].type,
        let sum = try intervalArithmetic(isSum ? .add : .subtract, bound[0], bound[1], at: call.range)
      else { throw wrongTypes(call) }
      return sum
    case "NOW", "CURRENT_TIMESTAMP":
      guard call.arguments.isEmpty else { throw wrongCount(call.name, 0, at: call.range) }
      return try now(at: call.range)
    default:
      let units: Set<String> = [
        "YEAR", "QUARTER", "MONTH", "WEEK", "DAYOFMONTH", "DAYOFWEEK", "DAYOFYEAR", "DOW", "DOY", "HOUR",
        "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "EPOCH", "CENTURY", "DECADE",
      ]
      guard units.contains(call.name) else { return nil }
      return try extract(call.name, checked(call, 1)[0], at: call.range)
    }
  }

  static func unitLiteral(_ unit: String) -> ScalarExpression {
    ScalarExpression(.literal(.text(unit)), type: .char(length: unit.utf8.count), nullable: false)
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
    guard Keywords.timeUnits.contains(unit) else {
      throw .validation("'\(written)' is not a valid time frame", at: range)
    }
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
  private func truncate(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    guard let unit = call.unit, call.arguments.count == 1 else {
      throw wrongCount(call.name, 2, at: call.range)
    }
    var value = call.arguments[0]
    if value.type.isString || value.type == .null {
      let type: ColumnType =
        call.name == "DATE_TRUNC" ? .date : call.name == "TIME_TRUNC" ? .time : .timestamp
      value = Coercion.cast(value, to: type)
    }
    return try rounded(.truncateTime, call.name, unit, value, at: call.range)
  }

  /// FLOOR and CEIL TO a unit.
  func rounded(_ function: ScalarFunction, _ unit: String, _ call: BoundCall) throws(SQLFault)
    -> ScalarExpression
  {
    let isFloor = function == .floor
    return try rounded(
      isFloor ? .truncateTime : .ceilingTime, isFloor ? "FLOOR" : "CEIL", unit, checked(call, 1)[0],
      at: call.range)
  }

  private func rounded(
    _ function: ScalarFunction, _ name: String, _ written: String, _ value: ScalarExpression,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.unitName(written)
    let isCalendar = ExpressionBinder.calendarUnits.contains(unit)
    let isClock = ExpressionBinder.clockUnits.contains(unit)
    guard isCalendar || isClock else {
      throw .validation("'\(written)' is not a valid time frame", at: range)
    }
    let fits: Bool =
      switch value.type {
      case .date: isCalendar
      case .timestamp: true
      case .time: isClock
      default: false
      }
    guard fits else { throw wrongTypes(name, [value], at: range) }
    return ScalarExpression(
      .call(function, [ExpressionBinder.unitLiteral(unit), value]), type: value.type, nullable: value.nullable
    )
  }

  // MARK: Units

  private func addUnits(
    _ call: BoundCall, _ written: String, _ count: ScalarExpression, _ value: ScalarExpression
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.unitName(written)
    let isClock = ExpressionBinder.clockUnits.contains(unit)
    guard isClock || ExpressionBinder.calendarUnits.contains(unit) else {
      throw .validation("'\(written)' is not a valid time frame", at: call.range)
    }
    guard let number = ExpressionBinder.convert(count, for: .bigint),
      var moment = ExpressionBinder.convert(value, for: .moment)
    else { throw wrongTypes(call.name, [count, value], at: call.range) }
    // Hours added to a DATE make it a TIMESTAMP.
    if moment.type == .date, isClock { moment = Coercion.cast(moment, to: .timestamp) }
    return ScalarExpression(
      .call(.addUnits, [ExpressionBinder.unitLiteral(unit), number, moment]), type: moment.type,
      nullable: number.nullable || moment.nullable)
  }

  private func unitsBetween(
    _ call: BoundCall, _ written: String, _ start: ScalarExpression, _ end: ScalarExpression
  ) throws(SQLFault) -> ScalarExpression {
    let unit = ExpressionBinder.unitName(written)
    let isClock = ExpressionBinder.clockUnits.contains(unit)
    guard isClock || ExpressionBinder.calendarUnits.contains(unit) else {
      throw .validation("'\(written)' is not a valid time frame", at: call.range)
    }
    guard let from = ExpressionBinder.convert(start, for: .moment),
      let to = ExpressionBinder.convert(end, for: .moment), let common = Coercion.common(from.type, to.type)
    else { throw wrongTypes(call.name, [start, end], at: call.range) }
    let isFine = ["MILLISECOND", "MICROSECOND", "NANOSECOND"].contains(unit)
    return ScalarExpression(
      .call(
        .unitsBetween,
        [ExpressionBinder.unitLiteral(unit), Coercion.cast(from, to: common), Coercion.cast(to, to: common)]),
      type: isFine ? .bigint : .integer, nullable: from.nullable || to.nullable)
  }
}
