import DataModel

/// A number without exponent, of at most 18 digits.
struct PlainNumber {
  var negative = false
  var mantissa: UInt64 = 0
  /// Digits behind the point.
  var fraction = 0
  /// Where it ends.
  var end = 0
}

extension RecordKernel {
  /// An integer of at most 18 digits.
  @inline(__always)
  func integer(_ start: Int, _ first: UInt64, _ column: Int, _ row: Int) -> Int {
    var at = start
    var word = first
    let negative = UInt8(truncatingIfNeeded: word) == 0x2D
    if negative {
      at &+= 1
      word = self.word(at)
    }
    let count = TextKernels.leadingDigits(word)
    guard count > 0 else { return RecordKernel.notPlain }
    var magnitude = TextKernels.number(word, digits: count)
    let leadingZero = UInt8(truncatingIfNeeded: word) == 0x30 && count > 1
    at &+= count
    if count == 8 {
      var digits = 8
      guard more(&at, &magnitude, &digits) else { return RecordKernel.notPlain }
    }
    let unsigned = Int64(truncatingIfNeeded: magnitude)
    let value = negative ? 0 &- unsigned : unsigned
    let (low, high) = unsafe (columns[column].low, columns[column].high)
    guard !leadingZero, value >= low, value <= high else { return RecordKernel.notPlain }
    cells.set(column, row, UInt64(bitPattern: value))
    return at
  }

  /// The digits from `at` on behind those of `mantissa`; false beyond 18 of them. `count` grows by their number.
  @inline(__always)
  private func more(_ at: inout Int, _ mantissa: inout UInt64, _ count: inout Int) -> Bool {
    while true {
      let word = self.word(at)
      let found = TextKernels.leadingDigits(word)
      guard found > 0 else { return true }
      count &+= found
      guard count <= 18 else { return false }
      mantissa = mantissa &* TextKernels.powerOfTen(found) &+ TextKernels.number(word, digits: found)
      at &+= found
      if found < 8 { return true }
    }
  }

  /// `lenient` allows leading zeros, as texts do.
  @inline(__always)
  private func plainNumber(_ start: Int, lenient: Bool) -> PlainNumber? {
    var number = PlainNumber()
    var at = start
    number.negative = byte(at) == 0x2D
    if number.negative { at &+= 1 }
    let first = at
    var count = 0
    guard more(&at, &number.mantissa, &count), count > 0 else { return nil }
    guard count == 1 || lenient || byte(first) != 0x30 else { return nil }
    if byte(at) == 0x2E {
      at &+= 1
      let whole = count
      guard more(&at, &number.mantissa, &count), count > whole else { return nil }
      number.fraction = count &- whole
    }
    number.end = at
    return byte(at) | 0x20 == 0x65 ? nil : number
  }

  /// A number of digits that a Double (or Float) holds exactly, over a power of ten that it holds exactly: the
  /// quotient is correctly rounded. Any other number goes to `NumberText`.
  @inline(__always)
  func floating(_ at: Int, _ word: UInt64, _ column: Int, _ row: Int) -> Int {
    let first = UInt8(truncatingIfNeeded: word)
    guard first == 0x2D || TextScan.isDigit(first) else { return RecordKernel.notPlain }
    let isDouble = unsafe columns[column].kind == .double
    guard let number = plainNumber(at, lenient: false) else { return anyFloating(at, column, row) }
    if isDouble, number.mantissa <= 1 << 53 {
      let value = Double(number.mantissa) / Double(TextKernels.powerOfTen(number.fraction))
      cells.set(column, row, (number.negative ? -value : value).bitPattern)
      return number.end
    }
    if !isDouble, number.mantissa <= 1 << 24, number.fraction <= 10 {
      let value = Float(number.mantissa) / Float(TextKernels.powerOfTen(number.fraction))
      cells.set(column, row, Double(number.negative ? -value : value).bitPattern)
      return number.end
    }
    return anyFloating(at, column, row)
  }

  @inline(never)
  private func anyFloating(_ start: Int, _ column: Int, _ row: Int) -> Int {
    withText { text in
      var at = start
      guard let range = try? JSONTokenizer.number(text, &at) else { return RecordKernel.notPlain }
      do throws(TextFailure) {
        let isReal = unsafe columns[column].kind == .real
        let value = isReal ? try NumberText.real(text, range) : try NumberText.double(text, range)
        cells.set(column, row, value.bitPattern)
        return at
      } catch {
        return RecordKernel.notPlain
      }
    }
  }

  /// A decimal of at most 18 digits, as a number or a text, that needs no rounding.
  @inline(__always)
  func decimal(_ start: Int, _ word: UInt64, _ column: Int, _ row: Int) -> Int {
    let quoted = UInt8(truncatingIfNeeded: word) == 0x22
    let scale = unsafe columns[column].scale
    guard let number = plainNumber(quoted ? start &+ 1 : start, lenient: quoted), number.fraction <= scale,
      scale &- number.fraction <= 18, !quoted || byte(number.end) == 0x22
    else { return RecordKernel.notPlain }
    let power = TextKernels.powerOfTen(scale &- number.fraction)
    let (magnitude, overflow) = number.mantissa.multipliedReportingOverflow(by: power)
    let limit = unsafe columns[column].limit
    guard !overflow, magnitude < limit else { return RecordKernel.notPlain }
    let value = Int64(truncatingIfNeeded: magnitude)
    cells.set(column, row, UInt64(bitPattern: number.negative ? 0 &- value : value))
    return quoted ? number.end &+ 1 : number.end
  }
}
