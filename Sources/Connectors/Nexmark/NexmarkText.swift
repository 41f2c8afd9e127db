package import DataModel

/// Rows as text: JSON objects or CSV records, one a line; keys keep their case, times have a blank in the
/// middle.
package struct NexmarkText: Sendable {
  package enum Format: String, Sendable, CaseIterable { case ndjson, csv }

  private let isTime: [Bool]
  /// What stands before each value, and the line's end.
  private let before: [[UInt8]]
  private let end: [UInt8]
  /// Around texts and times: a quote in JSON. No value needs quoting in CSV.
  private let quote: [UInt8]

  package init(_ format: Format, _ table: NexmarkTable) {
    let fields = table.schema.fields
    isTime = fields.map { $0.type == .timestamp }
    switch format {
    case .ndjson:
      before = fields.enumerated().map { Array("\($0 == 0 ? "{" : ",")\"\($1.name.spelled)\":".utf8) }
      end = Array("}\n".utf8)
      quote = Array("\"".utf8)
    case .csv:
      before = fields.indices.map { $0 == 0 ? [] : Array(",".utf8) }
      end = Array("\n".utf8)
      quote = []
    }
  }

  /// Columns of the table's schema.
  package func append(_ columns: [ColumnVector], rows: Range<Int>, to bytes: inout [UInt8]) {
    for row in rows {
      for (index, column) in columns.enumerated() {
        bytes += before[index]
        switch column.storage {
        case .int64(let values) where !isTime[index]: IntegerText.append(values[row], to: &bytes)
        case .int64(let values):
          bytes += quote
          EventTime.appendTimestamp(values[row], to: &bytes)
          bytes += quote
        case .bytes(let values):
          bytes += quote
          bytes += values.bytes[values.range(row)]
          bytes += quote
        case .float64, .int128: preconditionFailure("Nexmark has numbers, times and texts")
        }
      }
      bytes += end
    }
  }
}
