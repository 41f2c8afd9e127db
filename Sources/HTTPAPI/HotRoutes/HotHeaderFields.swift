/// What the header fields of a request say about its length and about wishes that hot routes do not serve.
struct HotHeaderFields {
  /// Digits of the one Content-Length; nil when there is none.
  private(set) var contentLength: Int?
  /// The connection's framing is not a plain length after this head.
  private(set) var isUnbounded = false
  /// No field asks for more than a hot route gives.
  private(set) var isPlain = true
  /// The key that the request presents: what `Credentials` would read of the same fields.
  private(set) var key: String?

  private static let contentLengthName = Array("content-length".utf8)
  private static let connectionName = Array("connection".utf8)
  private static let keepAlive = Array("keep-alive".utf8)
  private static let framing = ["transfer-encoding", "upgrade", "te", "trailer"].map { Array($0.utf8) }
  private static let wishes = [
    "expect", "prefer", "idempotency-key", "content-encoding",
  ].map { Array($0.utf8) }
  private static let apiKey = Array("x-api-key".utf8)
  private static let bearer = Array("bearer".utf8)
  private static let authorization = Array("authorization".utf8)

  /// `range`: from the CR that ends the request line to behind the blank line. Nil when a line is malformed.
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    var start = range.lowerBound + 2
    guard bytes[range.lowerBound + 1] == 10 else { return nil }
    while start < range.upperBound - 2 {
      guard let end = bytes.firstIndex(of: 13, in: start..<range.upperBound), bytes[end + 1] == 10,
        let colon = bytes.firstIndex(of: 0x3A, in: start..<end), colon > start,
        HotHeaderFields.isToken(bytes, start..<colon),
        let value = HotHeaderFields.value(bytes, colon + 1..<end), note(bytes, start..<colon, value)
      else { return nil }
      start = end + 2
    }
  }

  /// False when the field makes the head malformed.
  private mutating func note(_ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) -> Bool {
    if bytes.equalsIgnoringCase(HotHeaderFields.contentLengthName, in: name) {
      guard contentLength == nil, let length = HotHeaderFields.decimal(bytes, value) else { return false }
      contentLength = length
    } else if bytes.equalsIgnoringCase(HotHeaderFields.connectionName, in: name) {
      if !bytes.equalsIgnoringCase(HotHeaderFields.keepAlive, in: value) { isUnbounded = true }
    } else if HotHeaderFields.framing.contains(where: { bytes.equalsIgnoringCase($0, in: name) }) {
      isUnbounded = true
    } else if HotHeaderFields.wishes.contains(where: { bytes.equalsIgnoringCase($0, in: name) }) {
      isPlain = false
    } else if bytes.equalsIgnoringCase(HotHeaderFields.apiKey, in: name) {
      noteKey(bytes.unreserved(value))
    } else if bytes.equalsIgnoringCase(HotHeaderFields.authorization, in: name) {
      let text = bytes.firstIndex(of: 0x20, in: value)
      noteKey(
        text.flatMap { blank in
          bytes.equalsIgnoringCase(HotHeaderFields.bearer, in: value.lowerBound..<blank)
            ? bytes.unreserved(blank + 1..<value.upperBound) : nil
        })
    }
    return true
  }

  /// More than one key, and one that is unusual, are left to the complete parser.
  private mutating func noteKey(_ text: String?) {
    guard key == nil, let text, !text.isEmpty else { return isPlain = false }
    key = text
  }

  /// The field's value without blanks around it; nil when it holds a control character.
  private static func value(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      if byte < 0x20 && byte != 9 || byte == 0x7F { return nil }
      index += 1
    }
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, bytes[low] == 0x20 || bytes[low] == 9 { low += 1 }
    while high > low, bytes[high - 1] == 0x20 || bytes[high - 1] == 9 { high -= 1 }
    return low..<high
  }

  /// Names of letters, digits, `-` and `_` only: a subset of RFC 9110's tokens.
  private static func isToken(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      switch bytes[index] {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: index += 1
      default: return false
      }
    }
    return true
  }

  private static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    guard (1...15).contains(range.count) else { return nil }
    var number = 0
    var index = range.lowerBound
    while index < range.upperBound {
      let digit = bytes[index] &- 0x30
      guard digit < 10 else { return nil }
      number = number * 10 + Int(digit)
      index += 1
    }
    return number
  }
}
