/// The text of a program with its lines, for turning byte ranges into places and snippets.
struct SourceText: Sendable {
  let bytes: [UInt8]
  private let lineStarts: [Int]

  init(_ text: String) {
    let bytes = Array(text.utf8)
    self.bytes = bytes
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
    lineStarts = starts
  }

  func diagnostic(_ fault: SQLFault, isWarning: Bool = false) -> SQLDiagnostic {
    let place = place(of: fault.range)
    return SQLDiagnostic(
      range: place, isWarning: isWarning, errorType: fault.kind.rawValue, message: fault.message,
      snippet: snippet(of: place, at: min(max(Int(fault.range.start), 0), bytes.count)))
  }

  func place(of range: TextRange) -> SourceRange {
    let start = min(max(Int(range.start), 0), bytes.count)
    var last = max(start, min(Int(range.end), bytes.count) - 1)
    while last > start, bytes[last] & 0xC0 == 0x80 { last -= 1 }
    let startLine = line(of: start)
    let endLine = line(of: last)
    return SourceRange(
      startLine: startLine + 1, startColumn: column(of: start, line: startLine),
      endLine: endLine + 1, endColumn: column(of: last, line: endLine))
  }

  /// The text of a range, for messages; cut after 200 bytes.
  func text(_ range: TextRange) -> String {
    let start = min(max(Int(range.start), 0), bytes.count)
    let end = min(max(start, Int(range.end)), bytes.count)
    guard end - start > 200 else { return String(decoding: bytes[start..<end], as: UTF8.self) }
    return String(decoding: bytes[start..<(start + 200)], as: UTF8.self) + "..."
  }

  private func line(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    return low
  }

  private func column(of offset: Int, line: Int) -> Int {
    1 + bytes[lineStarts[line]..<max(offset, lineStarts[line])].count { $0 & 0xC0 != 0x80 }
  }

  /// The first line of the place with its number, and carets below; long lines are cut around the place.
  private func snippet(of place: SourceRange, at offset: Int) -> String {
    let number = String(place.startLine)
    let prefix = String(repeating: " ", count: max(0, 5 - number.count)) + number + "|"
    let (before, after) = window(line: place.startLine - 1, around: offset)
    let wanted = place.endLine == place.startLine ? place.endColumn - place.startColumn + 1 : after.count
    let width = max(1, min(wanted, after.count))
    var text = ""
    text.unicodeScalars.append(contentsOf: before + after)
    let margin = String(repeating: " ", count: prefix.count + before.count)
    return prefix + text + "\n" + margin + String(repeating: "^", count: width)
  }

  /// What of a line stands before and from an offset, at most some hundred bytes of each.
  private func window(line: Int, around offset: Int) -> (before: [UnicodeScalar], after: [UnicodeScalar]) {
    var end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
    if end > lineStarts[line], bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    let isLong = end - lineStarts[line] > 800
    var from = lineStarts[line]
    if isLong, offset - 200 > from {
      from = offset - 200
      while from < offset, bytes[from] & 0xC0 == 0x80 { from += 1 }
    }
    var to = end
    if isLong, offset + 300 < to {
      to = offset + 300
      while to > offset, bytes[to] & 0xC0 == 0x80 { to -= 1 }
    }
    let middle = min(offset, end)
    let scalars = { (range: Range<Int>) in Array(String(decoding: bytes[range], as: UTF8.self).unicodeScalars)
    }
    return (scalars(min(from, middle)..<middle), scalars(middle..<max(middle, to)))
  }
}
