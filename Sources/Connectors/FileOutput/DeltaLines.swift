import ConnectorKit
import DataModel
import Formats

/// The `format` of an output connector: deltas as the bytes of a file.
struct DeltaLines: Sendable {
  private let encoder: DeltaEncoder
  /// JSON items of a delta as one array a line instead of one item a line.
  private let array: Bool
  private let schema: Schema

  /// Without a format: JSON. Errors: fatal, naming the format or the setting.
  init(_ format: ConnectorConfiguration.Part?, schema: Schema) throws(ConnectorError) {
    let name = format?.name ?? OutputFormat.json.rawValue
    guard let kind = OutputFormat(rawValue: name) else {
      throw ConnectorError(.fatal, "format '\(name)' is not supported; supported are json, csv")
    }
    let settings = try ConnectorSettings(format?.config ?? .null, at: "format")
    try settings.onlyKnown(["buffer_size_records"] + (kind == .json ? ["update_format", "array"] : []))
    let updates = try settings.string("update_format") ?? "insert_delete"
    guard updates == "insert_delete" else {
      throw ConnectorError(.fatal, "format: update_format '\(updates)' is not supported; supported is insert_delete")
    }
    array = try settings.boolean("array") ?? false
    self.schema = schema
    encoder = DeltaEncoder(format: kind, schema: schema)
  }

  /// Visits the lines of a delta piece by piece: a row of great weight is many lines. A delta written as arrays
  /// is one array a piece.
  func forEachPiece<E: Error>(_ rows: ColumnBatch, _ visit: ([UInt8]) throws(E) -> Void) throws(E) {
    var slices = DeltaSlices(rows, schema: schema, format: encoder.format)
    while let slice = slices.nextSlice(budget: DeltaLines.pieceBytes) {
      let bytes = encode(slice)
      if !bytes.isEmpty { try visit(bytes) }
    }
  }

  private static let pieceBytes = 1 << 20

  /// Empty for a delta without rows.
  func encode(_ rows: ColumnBatch) -> [UInt8] {
    guard encoder.format == .json else { return encoder.csv(rows) }
    guard array else { return encoder.jsonLines(rows) }
    let items = encoder.jsonItems(rows)
    return items.isEmpty ? [] : [0x5B] + items + [0x5D, 0x0A]
  }
}
