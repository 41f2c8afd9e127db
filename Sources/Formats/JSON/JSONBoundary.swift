import DataModel

/// Finds the end of one JSON value over any number of chunks, each byte looked at once.
///
/// It sees strings and brackets only; a bracket that does not match ends the value too, and the decoder then
/// refuses it.
struct JSONBoundary: Sendable {
  private enum State: Sendable { case start, scalar, structure, string, escape, scalarString, scalarEscape }

  private var state = State.start
  private var nesting = JSONNesting()

  /// Index behind the value's last byte in `text`, or nil when it goes on.
  mutating func scan(_ text: Span<UInt8>, from start: Int) -> Int? {
    var position = start
    while position < text.count {
      let byte = text[position]
      switch state {
      case .string, .scalarString: scanString(byte)
      case .escape: state = .string
      case .scalarEscape: state = .scalarString
      case .scalar where JSONTokenizer.endsToken(byte): return position
      case .scalar: break
      case .start, .structure:
        if structural(byte, position) { return position + 1 }
      }
      if state == .start { return position + 1 }
      position += 1
    }
    return nil
  }

  /// A top-level string falls back to `.start` when it closes.
  private mutating func scanString(_ byte: UInt8) {
    switch (byte, state) {
    case (0x22, .string): state = .structure
    case (0x22, _): state = .start
    case (0x5C, .string): state = .escape
    case (0x5C, _): state = .scalarEscape
    default: break
    }
  }

  /// True when the value ends with this byte.
  private mutating func structural(_ byte: UInt8, _ position: Int) -> Bool {
    let outermost = state == .start
    switch byte {
    case 0x22: state = outermost ? .scalarString : .string
    case 0x7B, 0x5B:
      state = .structure
      do throws(JSONFault) { try nesting.open(object: byte == 0x7B, at: position) } catch { return true }
    case 0x7D, 0x5D:
      guard !outermost, nesting.inObject == (byte == 0x7D) else { return true }
      nesting.close()
      return nesting.isEmpty
    default: if outermost { state = .scalar }
    }
    return false
  }
}
