import DataModel

extension RecordKernel {
  /// The value of a column, which `start` stands before.
  @inline(__always)
  func value(_ at: Int, _ start: UInt64, _ column: Int, _ row: Int, _ block: inout RowBlock) -> Int {
    switch unsafe columns[column].kind {
    case .integer: return integer(at, start, column, row)
    case .string:
      guard UInt8(truncatingIfNeeded: start) == 0x22 else { return RecordKernel.notPlain }
      return string(at, column, row, &block)
    case .timestamp:
      guard UInt8(truncatingIfNeeded: start) == 0x22 else { return RecordKernel.notPlain }
      return timestamp(at, column, row, &block)
    case .boolean:
      let isTrue = start & 0xFFFF_FFFF == 0x6575_7274
      guard isTrue || start & 0xFF_FFFF_FFFF == 0x65_736C_6166 else { return RecordKernel.notPlain }
      cells.set(column, row, isTrue ? 1 : 0)
      return at &+ (isTrue ? 4 : 5)
    case .double, .real: return floating(at, start, column, row)
    case .decimal: return decimal(at, start, column, row)
    case .date, .time, .uuid:
      guard UInt8(truncatingIfNeeded: start) == 0x22 else { return RecordKernel.notPlain }
      return otherText(at, column, row, &block)
    case .indirect: return RecordKernel.notPlain
    }
  }

  /// `null` where the column takes it.
  @inline(never)
  func null(_ at: Int, _ word: UInt64, _ column: Int, _ row: Int) -> Int {
    guard unsafe columns[column].nullable, word & 0xFFFF_FFFF == 0x6C6C_756E else { return RecordKernel.notPlain }
    cells.set(column, row, 0)
    return at &+ 4
  }

  /// Passes the value of an unknown key.
  @inline(never)
  func pass(_ start: Int) -> Int {
    withText { text in
      var at = start
      do throws(JSONFault) {
        try JSONTokenizer.skipValue(text, &at, depth: 2)
        return at
      } catch {
        return RecordKernel.notPlain
      }
    }
  }

  // MARK: Strings

  /// The string whose quote is at `quote`.
  @inline(__always)
  private func string(_ quote: Int, _ column: Int, _ row: Int, _ block: inout RowBlock) -> Int {
    let end = stringEnd(quote &+ 1)
    guard end >= 0 else { return escaped(quote, column, row, &block) }
    let length = end &- quote &- 1
    guard unsafe length <= columns[column].plainLengthMax else { return fitted(quote, end, column, row) }
    cells.set(column, row, TextPiece.word(start: quote &+ 1, length: length))
    return end &+ 1
  }

  /// Where the closing quote of a string of checked text without escapes is, else `notPlain`.
  @inline(__always)
  func stringEnd(_ start: Int) -> Int {
    var at = start
    var passed: UInt64 = 0
    while true {
      let (first, second) = words(at)
      let firstEnds = TextKernels.stringEnds(first)
      let secondEnds = TextKernels.stringEnds(second)
      passed |= first | second
      if firstEnds | secondEnds != 0 {
        at &+=
          firstEnds != 0
          ? firstEnds.trailingZeroBitCount &>> 3 : 8 &+ secondEnds.trailingZeroBitCount &>> 3
        break
      }
      at &+= 16
    }
    guard byte(at) == 0x22 else { return RecordKernel.notPlain }
    // Bytes behind the string may be among those passed: then it is checked in vain.
    return passed & 0x8080_8080_8080_8080 == 0 || isValid(start, at) ? at : RecordKernel.notPlain
  }

  @inline(never)
  private func isValid(_ start: Int, _ end: Int) -> Bool {
    withText { UTF8Check.firstInvalid($0, start..<end) == nil }
  }

  /// A string with escapes: its content goes to the side buffer.
  @inline(never)
  private func escaped(_ quote: Int, _ column: Int, _ row: Int, _ block: inout RowBlock) -> Int {
    var side = block.takeSide()
    let start = side.count
    let end = withText { text in
      var at = quote
      do throws(JSONFault) {
        let token = try JSONTokenizer.string(text, &at)
        try JSONEscape.append(text, token.range, to: &side)
        return at
      } catch {
        return RecordKernel.notPlain
      }
    }
    if end >= 0, side.count < TextPiece.limit,
      let range = unsafe columns[column].fit(side.span, start..<side.count)
    {
      cells.set(column, row, TextPiece.word(range, inSide: true))
      block.giveSide(side)
      return end
    }
    block.giveSide(side)
    return RecordKernel.notPlain
  }

  /// A string of limited or fixed length, when it is short enough without counting characters.
  @inline(never)
  private func fitted(_ quote: Int, _ end: Int, _ column: Int, _ row: Int) -> Int {
    guard let range = withText({ unsafe columns[column].fit($0, quote + 1..<end) }) else {
      return RecordKernel.notPlain
    }
    cells.set(column, row, TextPiece.word(range, inSide: false))
    return end &+ 1
  }
}
