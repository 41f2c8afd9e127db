/// Numbers as JavaScript reads and writes them.
enum ScriptNumber {
  /// Integers up to here are exact in a Double.
  static let exactMax = 9_007_199_254_740_992.0

  /// Shortest text that reads back as the same number.
  static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    if number == 0 { return "0" }
    if number < 0 { return "-" + text(-number) }
    if number < exactMax, number == number.rounded() { return String(Int64(number)) }
    let (digits, exponent) = decimal(number)
    let count = digits.count
    switch exponent {
    case count...21 where count <= exponent: return digits + String(repeating: "0", count: exponent - count)
    case 1...21: return digits.prefix(exponent) + "." + digits.dropFirst(exponent)
    case -5...0: return "0." + String(repeating: "0", count: -exponent) + digits
    default:
      let power = exponent - 1
      let mantissa = count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst(1)
      return mantissa + "e" + (power < 0 ? "-" : "+") + String(abs(power))
    }
  }

  /// Significant digits without zeros at the ends, and the exponent of `0.digits`.
  private static func decimal(_ number: Double) -> (digits: String, exponent: Int) {
    let parts = number.description.split(separator: "e")
    let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts.first.map(String.init) ?? "0"
    let point = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let whole = point.first.map(String.init) ?? ""
    let fraction = point.count > 1 ? String(point[1]) : ""
    let all = whole + fraction
    let leading = all.prefix { $0 == "0" }.count
    var digits = String(all.dropFirst(leading))
    while digits.hasSuffix("0") { digits.removeLast() }
    return (digits, whole.count + power - leading)
  }

  /// `Number(text)`: NaN for what is no number, 0 for blanks.
  static func read(_ text: String) -> Double {
    var units = Array(text.utf16)[...]
    while let first = units.first, ScriptText.isBlank(first) { units.removeFirst() }
    while let last = units.last, ScriptText.isBlank(last) { units.removeLast() }
    guard !units.isEmpty else { return 0 }
    let trimmed = String(decoding: units, as: UTF16.self)
    switch trimmed {
    case "Infinity", "+Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: break
    }
    if trimmed.hasPrefix("0x") || trimmed.hasPrefix("0X") {
      return Int64(trimmed.dropFirst(2), radix: 16).map(Double.init) ?? .nan
    }
    let allowed = units.allSatisfy {
      ScriptText.isDigit($0) || $0 | 0x20 == UInt16(ascii: "e") || $0 == UInt16(ascii: ".")
        || $0 == UInt16(ascii: "+") || $0 == UInt16(ascii: "-")
    }
    return allowed ? Double(trimmed) ?? .nan : .nan
  }

  /// The longest number that a text begins with, for `parseFloat`.
  static func readPrefix(_ text: String) -> Double {
    let trimmed = text.drop { $0.isWhitespace }
    var best = Double.nan
    var end = trimmed.startIndex
    var seen = 0
    while end < trimmed.endIndex, seen < 400 {
      end = trimmed.index(after: end)
      seen += 1
      let piece = String(trimmed[..<end])
      guard piece.utf8.allSatisfy({ $0 < 0x80 && !($0 == 0x78 || $0 == 0x58) }) else { break }
      let value = read(piece)
      if !value.isNaN { best = value }
    }
    return best
  }

  /// A place in a text or list: fractions cut off, NaN 0, everything else clamped.
  static func place(_ number: Double) -> Int {
    if number.isNaN { return 0 }
    if number >= 4e15 { return 4_000_000_000_000_000 }
    if number <= -4e15 { return -4_000_000_000_000_000 }
    return Int(number)
  }

  /// `toFixed`, to at most 20 digits, halves away from zero as far as a Double knows them.
  static func fixed(_ number: Double, digits: Int) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return text(number) }
    let places = max(0, min(20, digits))
    var scale = 1.0
    for _ in 0..<min(places, 15) { scale *= 10 }
    let scaled = (abs(number) * scale).rounded()
    guard scaled < exactMax else { return text(number) }
    var whole = String(Int64(scaled))
    let width = min(places, 15)
    if whole.count <= width { whole = String(repeating: "0", count: width + 1 - whole.count) + whole }
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + whole }
    return sign + whole.dropLast(width) + "." + whole.suffix(width)
      + String(repeating: "0", count: places - width)
  }
}
