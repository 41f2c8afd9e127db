/// Integers as decimal digits, straight into a byte buffer.
package enum IntegerText {
  package static func append(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(0x2D) }
    append(magnitude: value.magnitude, to: &bytes)
  }

  package static func append(magnitude: UInt64, to bytes: inout [UInt8]) {
    let start = bytes.count
    var rest = magnitude
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      bytes.append(0x30 &+ UInt8(truncatingIfNeeded: digit))
      rest = quotient
    } while rest != 0
    bytes[start...].reverse()
  }

  /// `value` with leading zeros up to `width` digits.
  package static func append(_ value: Int64, width: Int, to bytes: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<max(width, 1) { divisor *= 10 }
    var rest = value
    while divisor > 0 {
      bytes.append(0x30 &+ UInt8(truncatingIfNeeded: (rest / divisor) % 10))
      rest %= divisor
      divisor /= 10
    }
  }
}
