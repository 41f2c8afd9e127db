import DataModel

/// What a text told of a moment.
struct ParsedTime {
  var numbers: [TimePattern.Kind: Int64] = [:]
  var isAfternoon: Bool?
  var nanoseconds: Int64 = 0

  /// Days since 1970-01-01; nil when the fields are no date.
  var day: Int64? {
    if let epoch = numbers[.epoch] { return epoch >= 0 ? epoch / 86_400 : -((86_399 - epoch) / 86_400) }
    let short = numbers[.yearOfCentury].map { $0 < 70 ? 2000 + $0 : 1900 + $0 }
    let full = numbers[.year] ?? numbers[.century].map { $0 * 100 + (numbers[.yearOfCentury] ?? 0) }
    guard let year = full ?? short else { return nil }
    if let month = numbers[.month], let day = numbers[.day] {
      return EventTime.days(year: year, month: month, day: day)
    }
    guard let number = numbers[.dayOfYear], number >= 1, number <= (EventTime.isLeap(year) ? 366 : 365),
      let first = EventTime.days(year: year, month: 1, day: 1)
    else { return nil }
    return first + number - 1
  }

  /// Nanoseconds since midnight; nil when the fields are no time.
  var time: Int64? {
    if let epoch = numbers[.epoch] {
      let rest = epoch % 86_400
      return (rest < 0 ? rest + 86_400 : rest) * 1_000_000_000
    }
    var hour = numbers[.hour] ?? 0
    if let twelve = numbers[.hour12], numbers[.hour] == nil {
      guard (1...12).contains(twelve) else { return nil }
      hour = twelve % 12 + (isAfternoon == true ? 12 : 0)
    }
    let minute = numbers[.minute] ?? 0
    let second = numbers[.second] ?? 0
    guard hour < 24, minute < 60, second < 60 else { return nil }
    return ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + nanoseconds
  }
}

extension TimePattern {
  /// Throws when the pattern lacks what the type needs.
  func check(for type: ColumnType) throws(EvaluationError) {
    let kinds = kinds
    let hasEpoch = kinds.contains(.epoch)
    let hasYear = !kinds.isDisjoint(with: [.year, .yearOfCentury])
    let hasMonth = !kinds.isDisjoint(with: [.month, .monthName])
    let hasDate = hasEpoch || (hasYear && (kinds.contains(.dayOfYear) || (hasMonth && kinds.contains(.day))))
    let hasTime = hasEpoch || kinds.contains(.hour) || (kinds.contains(.hour12) && kinds.contains(.halfDay))
    let fits: Bool =
      switch type {
      case .date: hasDate
      case .time: hasTime
      default: hasDate && (hasTime || kinds.isDisjoint(with: [.hour12, .minute, .second]))
      }
    guard fits else {
      throw EvaluationError(.invalidArgument, "the format does not give all parts of a \(type.description)")
    }
  }

  /// Nil when the text does not fit the pattern.
  func parse(_ text: [UInt8], _ range: Range<Int>) -> ParsedTime? {
    var result = ParsedTime()
    var at = range.lowerBound
    let end = range.upperBound
    for item in items {
      switch item {
      case .blank: while at < end, TextScan.isBlank(text[at]) { at += 1 }
      case .literal(let literal):
        guard text[at..<end].starts(with: literal) else { return nil }
        at += literal.count
      case .element(let element):
        guard Self.read(element, text, &at, end, &result) else { return nil }
      }
    }
    return at == end ? result : nil
  }

  private static func read(
    _ element: Element, _ text: [UInt8], _ at: inout Int, _ end: Int, _ result: inout ParsedTime
  ) -> Bool {
    switch element.kind {
    case .monthName:
      guard let index = name(months, text, &at, end) else { return false }
      result.numbers[.month] = Int64(index) + 1
    case .weekdayName: return name(weekdays, text, &at, end) != nil
    case .halfDay:
      guard at + 1 < end, text[at + 1] | 0x20 == 0x6D else { return false }
      guard text[at] | 0x20 == 0x61 || text[at] | 0x20 == 0x70 else { return false }
      result.isAfternoon = text[at] | 0x20 == 0x70
      at += 2
    case .fraction: return fraction(element, text, &at, end, &result)
    default:
      if element.padding != 0x30 { while at < end, text[at] == 0x20 { at += 1 } }
      var negative = false
      if element.kind == .epoch, at < end, text[at] == 0x2D {
        negative = true
        at += 1
      }
      let digits = element.kind == .epoch ? 12 : max(element.width, 1)
      var value: Int64 = 0
      let start = at
      while at < end, at - start < digits, TextScan.isDigit(text[at]) {
        value = value * 10 + Int64(text[at] - 0x30)
        at += 1
      }
      guard at > start else { return false }
      result.numbers[element.kind] = negative ? -value : value
    }
    return true
  }

  /// Index of the full or short name at the position, in any case.
  private static func name(_ names: [[UInt8]], _ text: [UInt8], _ at: inout Int, _ end: Int) -> Int? {
    for (index, name) in names.enumerated() {
      for wanted in [name[...], name.prefix(3)] where at + wanted.count <= end {
        if zip(text[at...], wanted).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
          at += wanted.count
          return index
        }
      }
    }
    return nil
  }

  private static func fraction(
    _ element: Element, _ text: [UInt8], _ at: inout Int, _ end: Int, _ result: inout ParsedTime
  ) -> Bool {
    if element.hasPoint {
      guard at < end, text[at] == 0x2E else { return true }
      at += 1
    }
    var digits = 0
    var value: Int64 = 0
    let limit = element.width == 0 ? 9 : element.width
    while at < end, digits < limit, TextScan.isDigit(text[at]) {
      value = value * 10 + Int64(text[at] - 0x30)
      digits += 1
      at += 1
    }
    guard digits > 0 else { return false }
    for _ in digits..<9 { value *= 10 }
    result.nanoseconds = value
    return true
  }
}
