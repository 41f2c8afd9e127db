package import DataModel

/// Consolidated deltas in the forms of egress and file outputs: deletes first, each group in the order of the
/// batch.
package struct DeltaEncoder: Sendable {
  package let format: OutputFormat
  private let rows: RowJSONEncoder
  private let types: [ColumnType]

  package init(format: OutputFormat, schema: Schema) {
    self.format = format
    rows = RowJSONEncoder(schema: schema, flavor: .egress)
    types = schema.types
  }

  /// `{"delete":{..}},{"insert":{..}}`: weight n gives n items.
  package func jsonItems(_ batch: ColumnBatch) -> [UInt8] { items(batch, separator: 0x2C, closing: false) }

  /// One item a line, each line closed.
  package func jsonLines(_ batch: ColumnBatch) -> [UInt8] { items(batch, separator: 0x0A, closing: true) }

  private func items(_ batch: ColumnBatch, separator: UInt8, closing: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    eachItem(batch) { row, weight in
      let start = bytes.count
      bytes += Array((weight < 0 ? "{\"delete\":" : "{\"insert\":").utf8)
      rows.appendRow(batch, row: row, to: &bytes)
      bytes += [0x7D, separator]
      let item = Array(bytes[start...])
      for _ in 1..<weight.magnitude { bytes += item }
    }
    if !closing, !bytes.isEmpty { bytes.removeLast() }
    return bytes
  }

  private func eachItem(_ batch: ColumnBatch, _ body: (Int, Int64) -> Void) {
    for row in 0..<batch.count where batch.weights[row] < 0 { body(row, batch.weights[row]) }
    for row in 0..<batch.count where batch.weights[row] > 0 { body(row, batch.weights[row]) }
  }

  /// One record a row, RFC 4180 with line feeds; the last cell is the weight. NULL is an empty cell.
  package func csv(_ batch: ColumnBatch) -> [UInt8] {
    var bytes: [UInt8] = []
    eachItem(batch) { row, weight in
      for index in types.indices {
        appendCell(batch.columns[index], row, types[index], to: &bytes)
        bytes.append(0x2C)
      }
      IntegerText.append(weight, to: &bytes)
      bytes.append(0x0A)
    }
    return bytes
  }

  private func appendCell(_ column: ColumnVector, _ row: Int, _ type: ColumnType, to bytes: inout [UInt8]) {
    guard column.isValid(row) else { return }
    if type == .boolean, case .int64(let values) = column.storage {
      bytes += Array((values[row] == 0 ? "false" : "true").utf8)
      return
    }
    let start = bytes.count
    ValueText.append(column, row: row, as: type, to: &bytes)
    let cell = bytes[start...]
    guard cell.isEmpty || cell.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D })
    else { return }
    var quoted: [UInt8] = [0x22]
    for byte in cell {
      if byte == 0x22 { quoted.append(0x22) }
      quoted.append(byte)
    }
    quoted.append(0x22)
    bytes.replaceSubrange(start..., with: quoted)
  }
}
