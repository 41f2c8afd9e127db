import DataModel

/// Text in and out of the protocol.
enum Lines {
  /// The lines that follow a command.
  static func read(_ count: String) throws -> [String] {
    guard let count = Int(count), count >= 0 else { throw Refusal(kind: "protocol", "bad count '\(count)'") }
    var lines: [String] = []
    for _ in 0..<count {
      guard let line = readLine() else { throw Refusal(kind: "protocol", "the input ends inside a command") }
      lines.append(line)
    }
    return lines
  }

  static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    let content = Array(text.utf8)
    JSONEscape.appendQuoted(content.span, 0..<content.count, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A row as a JSON array of texts and nulls: every digit is there, whatever the type.
  static func row(_ batch: ColumnBatch, _ row: Int, _ types: [ColumnType]) -> String {
    var bytes: [UInt8] = [UInt8(ascii: "[")]
    for (index, column) in batch.columns.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      if column.isValid(row) {
        var text: [UInt8] = []
        ValueText.append(column, row: row, as: types[index], to: &text)
        JSONEscape.appendQuoted(text.span, 0..<text.count, to: &bytes)
      } else {
        bytes += Array("null".utf8)
      }
    }
    bytes.append(UInt8(ascii: "]"))
    return String(decoding: bytes, as: UTF8.self)
  }
}
