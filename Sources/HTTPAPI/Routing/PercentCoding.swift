import PipelineModel
package import PipelineRuntime

/// Percent-encoding of RFC 3986.
package enum PercentCoding {
  /// The decoded segments of a path, without the empty one before the first slash.
  ///
  /// Split first, decoded then: an encoded slash stays inside its segment.
  package static func segments(of path: Substring) throws(PipelineError) -> [String] {
    var segments: [String] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      segments.append(try decode(part, plusIsBlank: false))
    }
    return segments
  }

  package static func decode(_ text: Substring, plusIsBlank: Bool) throws(PipelineError) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = hexValue(rest.next()), let low = hexValue(rest.next()) else {
          throw PipelineError(.invalidParam, "invalid percent-encoding in '\(text)'")
        }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsBlank: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw PipelineError(.invalidParam, "invalid UTF-8 in '\(text)'")
    }
    return decoded
  }

  private static func hexValue(_ byte: UInt8?) -> UInt8? {
    switch byte {
    case .some(let digit) where (0x30...0x39).contains(digit): digit - 0x30
    case .some(let letter) where (0x41...0x46).contains(letter): letter - 0x41 + 10
    case .some(let letter) where (0x61...0x66).contains(letter): letter - 0x61 + 10
    default: nil
    }
  }
}
