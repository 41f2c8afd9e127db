import DataModel

/// FORMAT_DATE, PARSE_TIMESTAMP and their kin; the pattern is the first argument.
enum TimeText {
  static func dialect(_ function: ScalarFunction) -> TimePattern.Dialect {
    switch function {
    case .formatTimeJava, .parseTimeJava: .java
    case .formatTimePostgres, .parseTimePostgres: .postgres
    default: .strftime
    }
  }

  static func format(_ function: ScalarFunction, _ type: ColumnType) -> Kernel {
    let dialect = dialect(function)
    return { operands throws(EvaluationError) in
      let patterns = operands.bytes(0)
      let values = operands.int64(1)
      var cache = PatternCache(dialect)
      // Moments of one batch lie close together: a text is written once for each span of equal texts.
      var known = FormattedSpan()
      return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
        let (day, nanoseconds) = DateTime.split(values[row], type)
        if patterns.isConstant, known.holds(day, nanoseconds) { return bytes.append(contentsOf: known.text) }
        let pattern = try cache.pattern(patterns, row)
        let start = bytes.count
        pattern.append(day: day, nanoseconds: nanoseconds, to: &bytes)
        if patterns.isConstant { known.note(day, nanoseconds, pattern.granularity, bytes[start...]) }
      }
    }
  }

  static func parse(_ function: ScalarFunction, _ type: ColumnType) -> BuilderKernel {
    let dialect = dialect(function)
    return { operands, builder throws(EvaluationError) in
      let patterns = operands.bytes(0)
      let texts = operands.bytes(1)
      var cache = PatternCache(dialect, checkedFor: type)
      try operands.build(&builder) { row, builder throws(EvaluationError) in
        let pattern = try cache.pattern(patterns, row)
        guard let parsed = pattern.parse(texts.bytes, texts.range(row)), let value = value(parsed, type)
        else {
          return builder.appendNull()
        }
        builder.append(int64: value)
      }
    }
  }

  private static func value(_ parsed: ParsedTime, _ type: ColumnType) -> Int64? {
    switch type {
    case .date: return parsed.day
    case .time: return parsed.time
    default:
      guard let day = parsed.day, let time = parsed.time else { return nil }
      return EventTime.timestamp(day: day, nanoseconds: time)
    }
  }
}

/// The pattern of the last row: one for a batch whose pattern is constant.
struct PatternCache {
  private let dialect: TimePattern.Dialect
  private let type: ColumnType?
  private var known: (text: [UInt8], pattern: TimePattern)?

  init(_ dialect: TimePattern.Dialect, checkedFor type: ColumnType? = nil) {
    self.dialect = dialect
    self.type = type
  }

  mutating func pattern(_ lane: ByteLane, _ row: Int) throws(EvaluationError) -> TimePattern {
    if let known, lane.isConstant { return known.pattern }
    let text = lane.value(row)
    if let known, known.text == text { return known.pattern }
    let pattern = try TimePattern(text, dialect)
    if let type { try pattern.check(for: type) }
    known = (text, pattern)
    return pattern
  }
}

/// The last text that a pattern gave, and the part of the day for which it holds.
struct FormattedSpan {
  private(set) var text: [UInt8] = []
  private var day: Int64 = 0
  private var first: Int64 = 0
  /// 0 before the first text.
  private var length: Int64 = 0

  @inline(__always)
  func holds(_ day: Int64, _ nanoseconds: Int64) -> Bool {
    length > 1 && day == self.day && nanoseconds >= first && nanoseconds - first < length
  }

  mutating func note(_ day: Int64, _ nanoseconds: Int64, _ granularity: Int64, _ text: ArraySlice<UInt8>) {
    guard granularity > 1 else { return }
    self.day = day
    first = nanoseconds - nanoseconds % granularity
    length = granularity
    self.text = Array(text)
  }
}
