import DataModel

/// Dates and times at fixed places of a string; any other form by way of `EventTime`.
extension RecordKernel {
  /// `"YYYY-MM-DD HH:MM:SS[.f][Z]"` with up to 8 digits of a second, else any form.
  @inline(__always)
  func timestamp(_ quote: Int, _ column: Int, _ row: Int, _ block: inout RowBlock) -> Int {
    let tail = word(quote &+ 9)
    let day = date(word(quote &+ 1), tail, &block)
    guard day != RecordKernel.noDate else { return otherText(quote, column, row, &block) }
    var time: Int64 = 0
    let end = self.time(quote &+ 9, tail, &time)
    guard end >= 0 else { return otherText(quote, column, row, &block) }
    cells.set(column, row, UInt64(bitPattern: day &* 86_400_000_000 &+ time))
    return end
  }

  private static let noDate = Int64.min

  /// The day number of `YYYY-MM-`, then `DD` and anything.
  @inline(__always)
  private func date(_ word: UInt64, _ tail: UInt64, _ block: inout RowBlock) -> Int64 {
    let day = UInt16(truncatingIfNeeded: tail)
    if word == block.lastDate.yearAndMonth, day == block.lastDate.day { return block.lastDate.number }
    return newDate(word, day, &block)
  }

  @inline(never)
  private func newDate(_ word: UInt64, _ day: UInt16, _ block: inout RowBlock) -> Int64 {
    let digits = word ^ 0x2D30_302D_3030_3030
    guard (digits &+ 0x7F76_767F_7676_7676 | digits) & 0x8080_8080_8080_8080 == 0 else {
      return RecordKernel.noDate
    }
    let dayDigits = UInt64(day) ^ 0x3030
    guard (dayDigits &+ 0x7676 | dayDigits) & 0x8080 == 0 else { return RecordKernel.noDate }
    let year = digit(digits, 0) * 1000 + digit(digits, 1) * 100 + digit(digits, 2) * 10 + digit(digits, 3)
    let month = digit(digits, 5) * 10 + digit(digits, 6)
    guard
      let number = EventTime.days(
        year: year, month: month, day: digit(dayDigits, 0) * 10 + digit(dayDigits, 1))
    else { return RecordKernel.noDate }
    block.lastDate = KnownDate(yearAndMonth: word, day: day, number: number)
    return number
  }

  @inline(__always)
  private func digit(_ digits: UInt64, _ place: Int) -> Int64 {
    Int64(truncatingIfNeeded: digits &>> UInt64(truncatingIfNeeded: 8 &* place) & 0xF)
  }

  /// Microseconds of `DD HH:MM:SS[.f][Z]"` behind its day, which is checked by now; `word` stands at `start`.
  /// Returns the position behind the quote.
  @inline(__always)
  private func time(_ start: Int, _ word: UInt64, _ value: inout Int64) -> Int {
    let separator = UInt8(truncatingIfNeeded: word &>> 16)
    guard separator == 0x20 || separator | 0x20 == 0x74 else { return RecordKernel.notPlain }
    // Digits at 3, 4, 6 and 7, a colon at 5.
    let digits = (word ^ 0x3030_3A30_3000_0000) & 0xFFFF_FFFF_FF00_0000
    let tail = self.word(start &+ 8)
    let seconds = (tail ^ 0x30_303A) & 0xFF_FFFF
    let wrong =
      (digits &+ 0x7676_7F76_7600_0000 | digits) & 0x8080_8080_8080_8080
      | (seconds &+ 0x76_767F | seconds) & 0x80_8080
    let hour = digit(digits, 3) &* 10 &+ digit(digits, 4)
    let minute = digit(digits, 6) &* 10 &+ digit(digits, 7)
    let second = digit(seconds, 1) &* 10 &+ digit(seconds, 2)
    guard wrong == 0, hour < 24, minute < 60, second < 60 else { return RecordKernel.notPlain }
    value = ((hour &* 60 &+ minute) &* 60 &+ second) &* 1_000_000
    var at = start &+ 11
    if UInt8(truncatingIfNeeded: tail &>> 24) == 0x2E {
      let fraction = self.word(at &+ 1)
      let count = TextKernels.leadingDigits(fraction)
      guard count > 0 else { return RecordKernel.notPlain }
      let units = Int64(truncatingIfNeeded: TextKernels.number(fraction, digits: count))
      value &+= units &* Int64(truncatingIfNeeded: TextKernels.powerOfTen(8 &- count)) / 100
      at &+= 1 &+ count
    }
    if byte(at) == 0x5A { at &+= 1 }
    return byte(at) == 0x22 ? at &+ 1 : RecordKernel.notPlain
  }

  /// Any text form of a date, time, timestamp or UUID in a string without escapes.
  @inline(never)
  func otherText(_ quote: Int, _ column: Int, _ row: Int, _ block: inout RowBlock) -> Int {
    let kind = unsafe columns[column].kind
    if kind == .date, byte(quote &+ 11) == 0x22 {
      let day = date(word(quote &+ 1), word(quote &+ 9), &block)
      if day != RecordKernel.noDate {
        cells.set(column, row, UInt64(bitPattern: day))
        return quote &+ 12
      }
    }
    let end = stringEnd(quote &+ 1)
    guard end >= 0 else { return RecordKernel.notPlain }
    let number: Int64? = withText { text in
      let range = TextScan.trimmed(text, quote + 1..<end)
      switch kind {
      case .date: return EventTime.parseDate(text, range)
      case .time: return EventTime.parseTime(text, range)
      case .timestamp: return EventTime.parseTimestamp(text, range)
      case .uuid: return ValueText.uuid(text, range).flatMap { block.appendSide($0) }
      default: return nil
      }
    }
    guard let number else { return RecordKernel.notPlain }
    cells.set(column, row, UInt64(bitPattern: number))
    return end &+ 1
  }
}
