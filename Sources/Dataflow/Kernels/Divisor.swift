/// Division by one number for many, as a multiplication (Granlund and Montgomery, with a multiplier of 64 bits
/// since magnitudes of Int64 have 63 bits; -2^63 comes out right too).
struct Divisor {
  private let magnitude: UInt64
  private let multiplier: UInt64
  private let shift: UInt64
  /// All ones for a negative divisor.
  private let sign: Int64

  /// Nil for 0, 1 and -1.
  init?(_ divisor: Int64) {
    magnitude = divisor.magnitude
    guard magnitude >= 2 else { return nil }
    sign = divisor >> 63
    let bits = UInt64(64 - (magnitude - 1).leadingZeroBitCount)
    let numerator = UInt128(1) << UInt128(63 + bits) + UInt128(magnitude) - 1
    multiplier = UInt64(truncatingIfNeeded: numerator / UInt128(magnitude))
    shift = bits - 1
  }

  @inline(__always)
  private func split(_ value: Int64) -> (quotient: UInt64, rest: UInt64, sign: Int64) {
    let sign = value &>> 63
    let positive = UInt64(bitPattern: (value ^ sign) &- sign)
    let quotient = positive.multipliedFullWidth(by: multiplier).high &>> shift
    return (quotient, positive &- quotient &* magnitude, sign)
  }

  @inline(__always)
  func quotient(_ value: Int64) -> Int64 {
    let parts = split(value)
    let sign = parts.sign ^ self.sign
    return (Int64(bitPattern: parts.quotient) ^ sign) &- sign
  }

  /// Has the sign of the dividend.
  @inline(__always)
  func remainder(_ value: Int64) -> Int64 {
    let parts = split(value)
    return (Int64(bitPattern: parts.rest) ^ parts.sign) &- parts.sign
  }
}
