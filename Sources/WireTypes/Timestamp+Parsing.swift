package import PipelineModel

extension WallTime {
  /// Reads `2026-01-31T08:15:30`, with a fraction of up to nine digits and `Z` or an offset such as `+02:00` behind it;
  /// without one it is UTC. Nil for anything else, and for dates and times that do not exist.
  package init?(rfc3339 text: String) {
    var reader = DigitReader(Array(text.utf8))
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
      let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
      let second = reader.number(2), (1...12).contains(month), (1...WallTime.days(year, month)).contains(day),
      hour < 24, minute < 60, second < 60, let fraction = reader.fraction(), let offset = reader.offset()
    else { return nil }
    let seconds = WallTime.dayNumber(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  /// Of a month.
  package static func days(_ year: Int64, _ month: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01, counted in 400-year eras that begin on 1 March.
  package static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let era = shifted >= 0 ? shifted / 400 : -1
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

private struct DigitReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let byte = current, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func digit() -> Int64? {
    guard let byte = current, (0x30...0x39).contains(byte) else { return nil }
    position += 1
    return Int64(byte - 0x30)
  }

  mutating func number(_ count: Int) -> Int64? {
    var number: Int64 = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      number = number * 10 + digit
    }
    return number
  }

  /// Microseconds; 0 when there is none.
  mutating func fraction() -> Int64? {
    guard take(".") else { return 0 }
    var (micros, count): (Int64, Int) = (0, 0)
    while let digit = digit() {
      if count < 6 { micros = micros * 10 + digit }
      count += 1
    }
    guard (1...9).contains(count) else { return nil }
    for _ in min(count, 6)..<6 { micros *= 10 }
    return micros
  }

  /// Seconds east of UTC; nil unless the text ends with it.
  mutating func offset() -> Int64? {
    if position == bytes.count { return 0 }
    if take("Z") || take("z") { return position == bytes.count ? 0 : nil }
    let sign: Int64 = take("-") ? -1 : 1
    guard sign < 0 || take("+"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60,
      position == bytes.count
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
