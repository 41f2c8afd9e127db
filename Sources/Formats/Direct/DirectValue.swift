import DataModel

/// Values of JSON as words of a row block. A reader is false, with the position anywhere, when the value is not
/// in its plain form.
enum DirectValue {
  @inline(__always)
  static func skipBlanks(_ text: Span<UInt8>, _ at: inout Int) {
    if TextKernels.byte(text, at: at) <= 0x20 { JSONTokenizer.skipBlanks(text, &at) }
  }

  @inline(__always)
  static func read(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    switch column.kind {
    case .integer: return integer(text, &at, column, &block)
    case .string: return string(text, &at, column, &block)
    case .timestamp: return DirectTime.timestamp(text, &at, column, &block)
    case .boolean: return boolean(text, &at, column, &block)
    case .double, .real: return floating(text, &at, column, &block)
    case .decimal: return decimal(text, &at, column, &block)
    case .date, .time, .uuid: return DirectTime.other(text, &at, column, &block)
    case .indirect: return false
    }
  }

  /// `null` where the column takes it.
  @inline(never)
  static func null(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    guard column.nullable, TextKernels.word(text, at: at) & 0xFFFF_FFFF == 0x6C6C_756E else { return false }
    at &+= 4
    block.set(column.index, 0)
    return true
  }

  /// Passes the value of an unknown key.
  @inline(never)
  static func pass(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
    do throws(JSONFault) {
      try JSONTokenizer.skipValue(text, &at, depth: 2)
      return true
    } catch {
      return false
    }
  }

  @inline(__always)
  private static func boolean(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    let word = TextKernels.word(text, at: at)
    let isTrue = word & 0xFFFF_FFFF == 0x6575_7274
    guard isTrue || word & 0xFF_FFFF_FFFF == 0x65_736C_6166 else { return false }
    at &+= isTrue ? 4 : 5
    block.set(column.index, isTrue ? 1 : 0)
    return true
  }

  // MARK: Strings

  /// A string: its piece of the text, or of the side buffer when it has escapes.
  @inline(__always)
  private static func string(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    guard let range = plainString(text, at) else { return escaped(text, &at, column, &block) }
    at = range.upperBound &+ 1
    guard range.count <= column.lengthMax, !column.padded else {
      guard let fitting = fitted(text, range, column) else { return false }
      block.set(column.index, TextPiece.word(fitting, inSide: false))
      return true
    }
    block.set(column.index, TextPiece.word(range, inSide: false))
    return true
  }

  /// The content of the string at the position, nil unless it is checked text without escapes.
  @inline(__always)
  static func plainString(_ text: Span<UInt8>, _ position: Int) -> Range<Int>? {
    guard TextKernels.byte(text, at: position) == 0x22 else { return nil }
    let start = position &+ 1
    var at = start
    var high: UInt64 = 0
    var word = TextKernels.word(text, at: at)
    var ends = TextKernels.stringEnds(word)
    while ends == 0 {
      high |= word
      at &+= 8
      word = TextKernels.word(text, at: at)
      ends = TextKernels.stringEnds(word)
    }
    let length = ends.trailingZeroBitCount & ~7
    high |= word & ((1 &<< UInt64(truncatingIfNeeded: length)) &- 1)
    at &+= length &>> 3
    guard TextKernels.byte(text, at: at) == 0x22 else { return nil }
    if high & 0x8080_8080_8080_8080 != 0, UTF8Check.firstInvalid(text, start..<at) != nil { return nil }
    return start..<at
  }

  @inline(never)
  private static func escaped(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    guard TextKernels.byte(text, at: at) == 0x22 else { return false }
    let start = block.side.count
    do throws(JSONFault) {
      let token = try JSONTokenizer.string(text, &at)
      try JSONEscape.append(text, token.range, to: &block.side)
    } catch {
      return false
    }
    let end = block.side.count
    guard end < TextPiece.limit, let fitting = fitted(block.side.span, start..<end, column) else {
      return false
    }
    block.set(column.index, TextPiece.word(fitting, inSide: true))
    return true
  }

  /// A string of limited or fixed length, when it is short enough without counting characters.
  @inline(never)
  private static func fitted(
    _ text: Span<UInt8>, _ whole: Range<Int>, _ column: DirectColumn
  ) -> Range<Int>? {
    var range = whole
    if column.padded {
      while let last = range.last, text[last] == 0x20 { range = range.lowerBound..<last }
    }
    return range.count <= column.lengthMax ? range : nil
  }
}
