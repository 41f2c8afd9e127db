package import DataModel

/// A bordered table in the layout that DataFusion prints: header always, cells to the left, NULL is an empty
/// cell.
///
/// Line breaks within a cell are printed as `\n` and `\r`, so that a row stays one line.
package struct TextTable: Sendable {
  private let types: [ColumnType]
  private let names: [[UInt8]]
  private var widths: [Int]

  package init(fields: [Field]) {
    types = fields.map(\.type)
    names = fields.map { Array($0.name.canonical.utf8) }
    widths = names.map(TextTable.width)
  }

  package mutating func measure(_ batch: ColumnBatch) {
    var cell: [UInt8] = []
    for index in types.indices {
      for row in 0..<batch.count where batch.weights[row] > 0 {
        cell.removeAll(keepingCapacity: true)
        appendCell(batch.columns[index], row, types[index], to: &cell)
        widths[index] = max(widths[index], TextTable.width(cell))
      }
    }
  }

  package var border: [UInt8] {
    if widths.isEmpty { return Array("++\n".utf8) }
    var bytes: [UInt8] = []
    for width in widths {
      bytes.append(0x2B)
      bytes += [UInt8](repeating: 0x2D, count: width + 2)
    }
    return bytes + [0x2B, 0x0A]
  }

  package var header: [UInt8] {
    var bytes = border
    for (index, name) in names.enumerated() { append(name, index, to: &bytes) }
    bytes += names.isEmpty ? [0x7C, 0x7C, 0x0A] : [0x7C, 0x0A]
    return bytes + border
  }

  package func rows(_ batch: ColumnBatch) -> [UInt8] {
    var bytes: [UInt8] = []
    var cell: [UInt8] = []
    for row in 0..<batch.count {
      for index in types.indices {
        cell.removeAll(keepingCapacity: true)
        appendCell(batch.columns[index], row, types[index], to: &cell)
        append(cell, index, to: &bytes)
      }
      bytes += [0x7C, 0x0A]
    }
    return bytes
  }

  private func append(_ cell: [UInt8], _ index: Int, to bytes: inout [UInt8]) {
    bytes += [0x7C, 0x20]
    bytes += cell
    bytes += [UInt8](repeating: 0x20, count: max(0, widths[index] - TextTable.width(cell)) + 1)
  }

  /// Characters of the text, wide ones counted as one.
  private static func width(_ text: [UInt8]) -> Int { text.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } }

  /// Fraction digits up to the next multiple of three.
  private static func padFraction(_ cell: inout [UInt8]) {
    guard let point = cell.lastIndex(of: 0x2E) else { return }
    while (cell.count - point - 1) % 3 != 0 { cell.append(0x30) }
  }

  private func appendCell(_ column: ColumnVector, _ row: Int, _ type: ColumnType, to bytes: inout [UInt8]) {
    guard column.isValid(row) else { return }
    switch column.storage {
    case .int64(let values):
      switch type {
      case .boolean: bytes += Array((values[row] == 0 ? "false" : "true").utf8)
      case .timestamp:
        EventTime.appendTimestamp(values[row], separator: 0x54, to: &bytes)
        TextTable.padFraction(&bytes)
      case .time:
        EventTime.appendTime(values[row], to: &bytes)
        TextTable.padFraction(&bytes)
      default: ValueText.append(values[row], as: type, to: &bytes)
      }
    case .float64(let values):
      let value = values[row]
      if value.isInfinite { bytes += Array((value < 0 ? "-inf" : "inf").utf8) } else {
        ValueText.append(value, as: type, to: &bytes)
      }
    case .int128, .bytes:
      let start = bytes.count
      ValueText.append(column, row: row, as: type, to: &bytes)
      if bytes[start...].contains(where: { $0 == 0x0A || $0 == 0x0D }) {
        let escaped = bytes[start...].flatMap { byte -> [UInt8] in
          byte == 0x0A ? [0x5C, 0x6E] : byte == 0x0D ? [0x5C, 0x72] : [byte]
        }
        bytes.replaceSubrange(start..., with: escaped)
      }
    }
  }
}
