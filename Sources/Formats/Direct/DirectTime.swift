import DataModel

/// Dates and times at fixed places of a string; any other form by way of `EventTime`.
enum DirectTime {
  /// `"YYYY-MM-DD HH:MM:SS[.f][Z]"` with up to 8 digits of a second.
  @inline(__always)
  static func timestamp(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    guard TextKernels.byte(text, at: at) == 0x22 else { return false }
    if let day = date(text, at &+ 1, &block), let (time, end) = time(text, at &+ 9) {
      at = end &+ 1
      let value = day &* EventTime.microsecondsPerDay &+ time
      block.set(column.index, UInt64(bitPattern: value))
      return true
    }
    return other(text, &at, column, &block)
  }

  /// The day number of `YYYY-MM-DD`.
  @inline(__always)
  private static func date(_ text: Span<UInt8>, _ at: Int, _ block: inout RowBlock) -> Int64? {
    let word = TextKernels.word(text, at: at)
    let day = UInt16(truncatingIfNeeded: TextKernels.word(text, at: at &+ 8))
    if word == block.lastDate.yearAndMonth, day == block.lastDate.day { return block.lastDate.number }
    return newDate(word, day, &block)
  }

  @inline(never)
  private static func newDate(_ word: UInt64, _ day: UInt16, _ block: inout RowBlock) -> Int64? {
    let digits = word ^ 0x2D30_302D_3030_3030
    guard (digits &+ 0x7F76_767F_7676_7676 | digits) & 0x8080_8080_8080_8080 == 0 else { return nil }
    let dayDigits = UInt64(day) ^ 0x3030
    guard (dayDigits &+ 0x7676 | dayDigits) & 0x8080 == 0 else { return nil }
    let year = digit(digits, 0) * 1000 + digit(digits, 1) * 100 + digit(digits, 2) * 10 + digit(digits, 3)
    let month = digit(digits, 5) * 10 + digit(digits, 6)
    guard
      let number = EventTime.days(
        year: year, month: month, day: digit(dayDigits, 0) * 10 + digit(dayDigits, 1))
    else { return nil }
    block.lastDate = KnownDate(yearAndMonth: word, day: day, number: number)
    return number
  }

  @inline(__always)
  private static func digit(_ digits: UInt64, _ place: Int) -> Int64 {
    Int64(truncatingIfNeeded: digits &>> UInt64(truncatingIfNeeded: 8 &* place) & 0xF)
  }

  /// Microseconds of `DD HH:MM:SS[.f][Z]"` behind its day, and where the quote stands.
  @inline(__always)
  private static func time(_ text: Span<UInt8>, _ start: Int) -> (Int64, Int)? {
    let word = TextKernels.word(text, at: start)
    let separator = UInt8(truncatingIfNeeded: word &>> 16)
    guard separator == 0x20 || separator | 0x20 == 0x74 else { return nil }
    // The day is checked by now; digits at 3, 4, 6 and 7, a colon at 5.
    let digits = (word ^ 0x3030_3A30_3000_0000) & 0xFFFF_FFFF_FF00_0000
    let tail = TextKernels.word(text, at: start &+ 8)
    let seconds = (tail ^ 0x30_303A) & 0xFF_FFFF
    guard (digits &+ 0x7676_7F76_7600_0000 | digits) & 0x8080_8080_8080_8080 == 0,
      (seconds &+ 0x76_767F | seconds) & 0x80_8080 == 0
    else { return nil }
    let hour = digit(digits, 3) &* 10 &+ digit(digits, 4)
    let minute = digit(digits, 6) &* 10 &+ digit(digits, 7)
    let second = digit(seconds, 1) &* 10 &+ digit(seconds, 2)
    guard hour < 24, minute < 60, second < 60 else { return nil }
    var value = ((hour &* 60 &+ minute) &* 60 &+ second) &* 1_000_000
    var at = start &+ 11
    if UInt8(truncatingIfNeeded: tail &>> 24) == 0x2E {
      let fraction = TextKernels.word(text, at: at &+ 1)
      let count = TextKernels.leadingDigits(fraction)
      guard count > 0 else { return nil }
      let units = Int64(truncatingIfNeeded: TextKernels.number(fraction, digits: count))
      let scaled = units &* Int64(truncatingIfNeeded: TextKernels.powerOfTen(8 &- count))
      value &+= scaled / 100
      at &+= 1 &+ count
    }
    if TextKernels.byte(text, at: at) == 0x5A { at &+= 1 }
    return TextKernels.byte(text, at: at) == 0x22 ? (value, at) : nil
  }

  /// Any text form of a date, time, timestamp or UUID in a string without escapes.
  @inline(never)
  static func other(
    _ text: Span<UInt8>, _ at: inout Int, _ column: DirectColumn, _ block: inout RowBlock
  ) -> Bool {
    if column.kind == .date, let day = date(text, at &+ 1, &block), isQuoted(text, at, content: 10) {
      at &+= 12
      block.set(column.index, UInt64(bitPattern: day))
      return true
    }
    guard let whole = DirectValue.plainString(text, at) else { return false }
    let range = TextScan.trimmed(text, whole)
    at = whole.upperBound &+ 1
    let number: Int64?
    switch column.kind {
    case .date: number = EventTime.parseDate(text, range)
    case .time: number = EventTime.parseTime(text, range)
    case .timestamp: number = EventTime.parseTimestamp(text, range)
    case .uuid:
      guard let bytes = ValueText.uuid(text, range), block.side.count < TextPiece.limit - 16 else { return false }
      let begin = block.side.count
      block.side += bytes
      block.set(column.index, TextPiece.word(begin..<begin + bytes.count, inSide: true))
      return true
    default: number = nil
    }
    guard let number else { return false }
    block.set(column.index, UInt64(bitPattern: number))
    return true
  }

  private static func isQuoted(_ text: Span<UInt8>, _ at: Int, content: Int) -> Bool {
    TextKernels.byte(text, at: at) == 0x22 && TextKernels.byte(text, at: at &+ content &+ 1) == 0x22
  }
}
