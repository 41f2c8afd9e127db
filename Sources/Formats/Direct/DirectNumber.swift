import DataModel

/// A JSON number without exponent, of at most 18 digits.
struct PlainNumber {
  var negative = false
  var mantissa: UInt64 = 0
  /// Digits behind the point.
  var fraction = 0

  /// The digits from `at` on; false beyond 18 of them. `count` grows by their number.
  @inline(__always)
  mutating func digits(_ text: Span<UInt8>, _ at: inout Int, _ count: inout Int) -> Bool {
    while true {
      let word = TextKernels.word(text, at: at)
      let found = TextKernels.leadingDigits(word)
      guard found > 0 else { return true }
      count &+= found
      guard count <= 18 else { return false }
      mantissa = mantissa &* TextKernels.powerOfTen(found) &+ TextKernels.number(word, digits: found)
      at &+= found
      if found < 8 { return true }
    }
  }

  /// Nil, with the position anywhere, when there is no such number. `lenient` allows leading zeros, as texts do.
  @inline(__always)
  static func read(_ text: Span<UInt8>, _ at: inout Int, lenient: Bool) -> PlainNumber? {
    var number = PlainNumber()
    if TextKernels.byte(text, at: at) == 0x2D {
      number.negative = true
      at &+= 1
    }
    let first = at
    var count = 0
    guard number.digits(text, &at, &count), count > 0 else { return nil }
    guard count == 1 || lenient || TextKernels.byte(text, at: first) != 0x30 else { return nil }
    if TextKernels.byte(text, at: at) == 0x2E {
      at &+= 1
      let whole = count
      guard number.digits(text, &at, &count), count > whole else { return nil }
      number.fraction = count &- whole
    }
    return TextKernels.byte(text, at: at) | 0x20 == 0x65 ? nil : number
  }
}

extension DirectValue {
  @inline(__always)
  static func integer(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    var number = PlainNumber()
    let negative = TextKernels.byte(text, at: at) == 0x2D
    if negative { at &+= 1 }
    let first = at
    var count = 0
    guard number.digits(text, &at, &count), count > 0 else { return false }
    guard count == 1 || TextKernels.byte(text, at: first) != 0x30 else { return false }
    let magnitude = Int64(truncatingIfNeeded: number.mantissa)
    let value = negative ? 0 &- magnitude : magnitude
    guard value >= column.low, value <= column.high else { return false }
    block.set(column.index, UInt64(bitPattern: value))
    return true
  }

  /// A number of digits that a Double (or Float) holds exactly, over or times a power of ten that it holds
  /// exactly: the quotient is correctly rounded. Any other number goes to `NumberText`.
  @inline(__always)
  static func floating(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    let start = at
    let byte = TextKernels.byte(text, at: at)
    guard byte == 0x2D || TextScan.isDigit(byte) else { return false }
    if let number = PlainNumber.read(text, &at, lenient: false) {
      if column.kind == .double, number.mantissa <= 1 << 53 {
        let value = Double(number.mantissa) / Double(TextKernels.powerOfTen(number.fraction))
        block.set(column.index, (number.negative ? -value : value).bitPattern)
        return true
      }
      if column.kind == .real, number.mantissa <= 1 << 24, number.fraction <= 10 {
        let value = Float(number.mantissa) / Float(TextKernels.powerOfTen(number.fraction))
        block.set(column.index, Double(number.negative ? -value : value).bitPattern)
        return true
      }
    }
    at = start
    return anyFloating(text, &at, column, &block)
  }

  @inline(never)
  private static func anyFloating(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    guard let range = try? JSONTokenizer.number(text, &at) else { return false }
    do throws(TextFailure) {
      let value =
        column.kind == .real ? try NumberText.real(text, range) : try NumberText.double(text, range)
      block.set(column.index, value.bitPattern)
      return true
    } catch {
      return false
    }
  }

  /// A decimal of at most 18 digits, as a number or a text, that needs no rounding.
  @inline(__always)
  static func decimal(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    let quoted = TextKernels.byte(text, at: at) == 0x22
    if quoted { at &+= 1 }
    guard let number = PlainNumber.read(text, &at, lenient: quoted), number.fraction <= column.scale,
      column.scale &- number.fraction <= 18, !quoted || TextKernels.byte(text, at: at) == 0x22
    else { return false }
    if quoted { at &+= 1 }
    let power = TextKernels.powerOfTen(column.scale &- number.fraction)
    let (magnitude, overflow) = number.mantissa.multipliedReportingOverflow(by: power)
    guard !overflow, magnitude < column.limit else { return false }
    let value = Int64(truncatingIfNeeded: magnitude)
    block.set(column.index, UInt64(bitPattern: number.negative ? 0 &- value : value))
    return true
  }
}
