import DataModel

/// Finds the line end that closes one CSV record over any number of chunks, each byte looked at once.
struct CSVBoundary: Sendable {
  private enum State: Sendable { case fieldStart, plain, quoted, quoteInQuoted }
  private var state = State.fieldStart

  /// Index behind the record's line feed, or nil when it goes on.
  mutating func scan(_ text: Span<UInt8>, from start: Int) -> Int? {
    var position = start
    while position < text.count {
      let byte = text[position]
      position += 1
      switch (state, byte) {
      case (.quoted, 0x22): state = .quoteInQuoted
      case (.quoted, _): break
      case (.fieldStart, 0x22), (.quoteInQuoted, 0x22): state = .quoted
      case (_, 0x0A): return position
      case (_, 0x2C): state = .fieldStart
      default: state = .plain
      }
    }
    return nil
  }
}
