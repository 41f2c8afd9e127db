package import DataModel
import Formats

/// Encodes the answer of an ad-hoc query: `begin`, then `rows` for each batch, then `end`.
package struct QueryEncoder: Sendable {
  package enum Encoding: String, Sendable {
    case text, json
    case arrowIPC = "arrow_ipc"

    package var contentType: String {
      switch self {
      case .text: "text/plain"
      case .json: "application/json"
      case .arrowIPC: "application/vnd.apache.arrow.stream"
      }
    }
  }

  package let encoding: Encoding
  private let fields: [Field]
  private let jsonRows: RowJSONEncoder
  private let arrow: ArrowStream
  private var table: TextTable

  package init(encoding: Encoding, fields: [Field]) {
    self.encoding = encoding
    self.fields = fields
    jsonRows = RowJSONEncoder(schema: Schema(fields: fields), flavor: .adhoc)
    arrow = ArrowStream(fields: fields)
    table = TextTable(fields: fields)
  }

  /// What stands before the rows. `batches` is the whole answer: a text table must know its widths.
  package mutating func begin(_ batches: [ColumnBatch]) -> [UInt8] {
    switch encoding {
    case .text:
      for batch in batches { table.measure(batch) }
      return table.header
    case .json: return []
    case .arrowIPC: return arrow.schemaMessage
    }
  }

  package mutating func rows(_ batch: ColumnBatch) -> [UInt8] {
    let batch = QueryEncoder.expanded(batch)
    switch encoding {
    case .text: return table.rows(batch)
    case .json:
      var bytes: [UInt8] = []
      for row in 0..<batch.count {
        jsonRows.appendRow(batch, row: row, to: &bytes)
        bytes.append(0x0A)
      }
      return bytes
    case .arrowIPC: return arrow.recordBatch(batch)
    }
  }

  package mutating func end() -> [UInt8] {
    switch encoding {
    case .text: table.border
    case .json: []
    case .arrowIPC: ArrowStream.endOfStream
    }
  }

  /// Told in the middle of an answer. An Arrow stream has no place for it: it just ends without its end
  /// marker.
  package func errorLine(_ message: String) -> [UInt8] {
    switch encoding {
    case .text: return Array("ERROR: \(message)\n".utf8)
    case .json:
      var bytes = Array("{\"error\":".utf8)
      let text = Array(message.utf8)
      JSONEscape.appendQuoted(text.span, 0..<text.count, to: &bytes)
      return bytes + [0x7D, 0x0A]
    case .arrowIPC: return []
    }
  }

  /// Each row as often as its weight says; rows without presence are left out.
  private static func expanded(_ batch: ColumnBatch) -> ColumnBatch {
    if batch.weights.allSatisfy({ $0 == 1 }) { return batch }
    var indices: [Int32] = []
    for row in batch.weights.indices where batch.weights[row] > 0 {
      for _ in 0..<batch.weights[row] { indices.append(Int32(row)) }
    }
    return batch.gather(indices)
  }
}
