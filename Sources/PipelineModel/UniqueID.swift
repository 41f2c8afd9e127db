/// A 128-bit identifier printed as a UUID; kinds of ids are distinct wrappers of it.
package struct UniqueID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// UUIDv7 of RFC 9562: 48 bits of Unix milliseconds, then version, variant and 74 random bits.
  package init(version7At milliseconds: UInt64, randomHigh: UInt64, randomLow: UInt64) {
    high = (milliseconds << 16) | 0x7000 | (randomHigh & 0x0FFF)
    low = 0x8000_0000_0000_0000 | (randomLow & 0x3FFF_FFFF_FFFF_FFFF)
  }

  /// Parses 32 hexadecimal digits with or without dashes, in either case. Nil for anything else.
  package init?(_ text: String) {
    var words: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "-") { continue }
      guard let value = UniqueID.hexValue(byte), digits < 32 else { return nil }
      if digits < 16 { words.0 = words.0 << 4 | value } else { words.1 = words.1 << 4 | value }
      digits += 1
    }
    guard digits == 32 else { return nil }
    self.init(high: words.0, low: words.1)
  }

  private static func hexValue(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x41...0x46: UInt64(byte - 0x41 + 10)
    case 0x61...0x66: UInt64(byte - 0x61 + 10)
    default: nil
    }
  }

  package static func < (left: UniqueID, right: UniqueID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  /// The 16 bytes, most significant first.
  package var bytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * $0)) }
      + (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * $0)) }
  }

  package init?(bytes: some Sequence<UInt8>) {
    var words: (UInt64, UInt64) = (0, 0)
    var count = 0
    for byte in bytes {
      guard count < 16 else { return nil }
      if count < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
      count += 1
    }
    guard count == 16 else { return nil }
    self.init(high: words.0, low: words.1)
  }

  /// Lower-case 8-4-4-4-12 form.
  package var description: String {
    let hex = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if index == 4 || index == 6 || index == 8 || index == 10 { out.append(UInt8(ascii: "-")) }
      out.append(hex[Int(byte >> 4)])
      out.append(hex[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }
}

/// Identity of a pipeline over its whole life, also across renames.
package struct PipelineID: Hashable, Sendable, CustomStringConvertible {
  package let value: UniqueID
  package init(_ value: UniqueID) { self.value = value }
  package var description: String { value.description }
}

/// Identity of a log; a new one is made when the pipeline's storage is cleared.
package struct LogID: Hashable, Sendable, CustomStringConvertible {
  package let value: UniqueID
  package init(_ value: UniqueID) { self.value = value }
  package var description: String { value.description }
}

/// One life of a pipeline, from start to stop or crash: a UUIDv7, so later lives compare greater.
package struct Incarnation: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let value: UniqueID
  package init(_ value: UniqueID) { self.value = value }
  package static func < (left: Incarnation, right: Incarnation) -> Bool { left.value < right.value }
  package var description: String { value.description }
}

/// A door through which records enter one table: a connector or one (table, format options) pair of HTTP
/// ingress.
///
/// Numbered per log, durable, never reused; 0 is never given.
package struct EndpointID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt32
  package init(_ rawValue: UInt32) { self.rawValue = rawValue }
  package static func < (left: EndpointID, right: EndpointID) -> Bool { left.rawValue < right.rawValue }
  package var description: String { String(rawValue) }
}
