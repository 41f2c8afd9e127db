import DataModel

/// Exact arithmetic of two DECIMALs with scales of their own into a DECIMAL of the call's type; rounds half
/// away from
/// zero where digits are lost.
struct DecimalShape: Sendable {
  private let function: ScalarFunction
  private let left: Int
  private let right: Int
  private let scale: Int
  /// Greatest magnitude of the result.
  private let limit: Int128

  init(_ function: ScalarFunction, _ arguments: [ColumnType], _ result: ColumnType) {
    self.function = function
    left = Self.scale(arguments[0])
    right = Self.scale(arguments[1])
    scale = Self.scale(result)
    var precision = DecimalArithmetic.digitsMax
    if case .decimal(let digits, _) = result { precision = min(max(digits, 0), precision) }
    limit = DecimalArithmetic.powersOfTen[precision] - 1
  }

  static func scale(_ type: ColumnType) -> Int {
    if case .decimal(_, let scale) = type { min(max(scale, 0), DecimalArithmetic.digitsMax) } else { 0 }
  }

  func evaluate(_ operands: Operands) throws(EvaluationError) -> [Int128] {
    let a = operands.int128(0)
    let b = operands.int128(1)
    let limit = limit
    var failed = false
    let values: [Int128]
    switch function {
    case .add where left == scale && right == scale:
      values = Lanes.map(a, b, operands.count) { x, y in
        let (value, overflow) = x.addingReportingOverflow(y)
        failed = failed || overflow || value > limit || value < -limit
        return value
      }
    case .subtract where left == scale && right == scale:
      values = Lanes.map(a, b, operands.count) { x, y in
        let (value, overflow) = x.subtractingReportingOverflow(y)
        failed = failed || overflow || value > limit || value < -limit
        return value
      }
    case .multiply where left + right == scale:
      values = Lanes.map(a, b, operands.count) { x, y in
        let (value, overflow) = Self.product(x, y)
        failed = failed || overflow || value > limit || value < -limit
        return value
      }
    default:
      values = Lanes.map(a, b, operands.count) { x, y in
        guard let value = checked(x, y) else {
          failed = true
          return 0
        }
        return value
      }
    }
    if failed { try find(operands, a, b) }
    return values
  }

  /// One multiplication when both factors have 64 bits.
  @inline(__always)
  private static func product(_ x: Int128, _ y: Int128) -> (Int128, Bool) {
    let small = Int64(truncatingIfNeeded: x)
    let factor = Int64(truncatingIfNeeded: y)
    if Int128(small) == x, Int128(factor) == y { return (Int128(small) &* Int128(factor), false) }
    return x.multipliedReportingOverflow(by: y)
  }

  private func find(_ operands: Operands, _ a: Lane<Int128>, _ b: Lane<Int128>) throws(EvaluationError) {
    for row in 0..<operands.count where operands.isValid(row) && checked(a[row], b[row]) == nil {
      let byZero = b[row] == 0 && (function == .divide || function == .modulo)
      throw ArithmeticFault.error(
        function, DecimalArithmetic.render(a[row], scale: left),
        DecimalArithmetic.render(b[row], scale: right),
        byZero: byZero)
    }
  }

  /// Nil when it overflows or divides by zero.
  private func checked(_ x: Int128, _ y: Int128) -> Int128? {
    let value: Int128?
    switch function {
    case .add, .subtract: value = sum(x, y)
    case .multiply: value = WideArithmetic.product(x, y, shift: scale - left - right)
    case .divide: value = y == 0 ? nil : WideArithmetic.quotient(x, y, shift: scale - left + right)
    default: value = y == 0 ? nil : remainder(x, y)
    }
    guard let value, value <= limit, value >= -limit else { return nil }
    return value
  }

  private func sum(_ x: Int128, _ y: Int128) -> Int128? {
    let common = max(left, right)
    guard let a = WideArithmetic.scaled(x, common - left), let b = WideArithmetic.scaled(y, common - right)
    else {
      return nil
    }
    let (value, overflow) =
      function == .add ? a.addingReportingOverflow(b) : a.subtractingReportingOverflow(b)
    return overflow ? nil : WideArithmetic.scaled(value, scale - common)
  }

  private func remainder(_ x: Int128, _ y: Int128) -> Int128? {
    let common = max(left, right)
    guard let a = WideArithmetic.scaled(x, common - left), let b = WideArithmetic.scaled(y, common - right)
    else {
      return nil
    }
    return b == -1 ? 0 : WideArithmetic.scaled(a % b, scale - common)
  }
}

/// Int128 arithmetic with a power of ten, over 256 bits in between; nil on overflow of the result.
enum WideArithmetic {
  /// `value * 10^shift`; a negative shift rounds half away from zero.
  static func scaled(_ value: Int128, _ shift: Int) -> Int128? {
    if shift == 0 { return value }
    if shift < 0 { return shifted(value.magnitude, down: -shift, negative: value < 0) }
    guard shift <= DecimalArithmetic.digitsMax else { return value == 0 ? 0 : nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: DecimalArithmetic.powersOfTen[shift])
    return overflow ? nil : product
  }

  /// `x * y * 10^shift`.
  static func product(_ x: Int128, _ y: Int128, shift: Int) -> Int128? {
    let negative = (x < 0) != (y < 0)
    let (high, low) = x.magnitude.multipliedFullWidth(by: y.magnitude)
    if shift >= 0 {
      guard high == 0, let value = signed(low, negative) else { return nil }
      return scaled(value, shift)
    }
    guard -shift <= DecimalArithmetic.digitsMax else { return nil }
    let divisor = DecimalArithmetic.powersOfTen[-shift].magnitude
    guard high < divisor else { return nil }
    let (quotient, remainder) = divisor.dividingFullWidth((high, low))
    return signed(quotient, roundingUp: remainder >= divisor - remainder, negative)
  }

  /// `x / y * 10^shift`; `y` is not 0.
  static func quotient(_ x: Int128, _ y: Int128, shift: Int) -> Int128? {
    let negative = (x < 0) != (y < 0)
    let divisor = y.magnitude
    var (quotient, remainder) = x.magnitude.quotientAndRemainder(dividingBy: divisor)
    if shift < 0 { return shifted(quotient, down: -shift, negative: negative) }
    var left = shift
    while left > 0 {
      let digits = min(left, DecimalArithmetic.digitsMax)
      let power = DecimalArithmetic.powersOfTen[digits].magnitude
      let (product, overflow) = quotient.multipliedReportingOverflow(by: power)
      let (next, rest) = divisor.dividingFullWidth(remainder.multipliedFullWidth(by: power))
      let (sum, carry) = product.addingReportingOverflow(next)
      if overflow || carry { return nil }
      quotient = sum
      remainder = rest
      left -= digits
    }
    return signed(quotient, roundingUp: remainder >= divisor - remainder, negative)
  }

  private static func shifted(_ magnitude: UInt128, down digits: Int, negative: Bool) -> Int128? {
    guard digits <= DecimalArithmetic.digitsMax else { return 0 }
    let divisor = DecimalArithmetic.powersOfTen[digits].magnitude
    let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: divisor)
    return signed(quotient, roundingUp: remainder >= divisor - remainder, negative)
  }

  private static func signed(_ magnitude: UInt128, roundingUp: Bool = false, _ negative: Bool) -> Int128? {
    let (sum, overflow) = magnitude.addingReportingOverflow(roundingUp ? 1 : 0)
    guard !overflow, let value = Int128(exactly: sum) else { return nil }
    return negative ? -value : value
  }
}
