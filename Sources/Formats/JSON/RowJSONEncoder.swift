package import DataModel

/// Rows as JSON objects keyed by column name.
///
/// Decimals are numbers with all digits, NaN and infinities null, binary strings arrays of byte numbers.
package struct RowJSONEncoder: Sendable {
  package enum Flavor: Hashable, Sendable {
    /// Egress and file outputs: a blank between date and time.
    case egress
    /// Ad-hoc queries: a T there, fractions of 3, 6 or 9 digits.
    case adhoc
  }

  private let types: [ColumnType]
  /// What stands before each value: brace or comma, quoted name, colon.
  private let prefixes: [[UInt8]]
  private let flavor: Flavor

  package init(schema: Schema, flavor: Flavor) {
    types = schema.types
    self.flavor = flavor
    prefixes = schema.fields.enumerated().map { index, field in
      var bytes: [UInt8] = [index == 0 ? 0x7B : 0x2C]
      let name = Array(field.name.canonical.utf8)
      JSONEscape.appendQuoted(name.span, 0..<name.count, to: &bytes)
      bytes.append(0x3A)
      return bytes
    }
  }

  /// One object without a line end. The batch has the schema's columns.
  package func appendRow(_ batch: ColumnBatch, row: Int, to bytes: inout [UInt8]) {
    if prefixes.isEmpty { bytes.append(0x7B) }
    for index in prefixes.indices {
      bytes += prefixes[index]
      appendValue(batch.columns[index], row, types[index], to: &bytes)
    }
    bytes.append(0x7D)
  }

  private func appendValue(_ column: ColumnVector, _ row: Int, _ type: ColumnType, to bytes: inout [UInt8]) {
    guard column.isValid(row) else { return bytes.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C]) }
    switch column.storage {
    case .int64(let values): append(values[row], type, to: &bytes)
    case .float64(let values):
      if values[row].isFinite {
        ValueText.append(values[row], as: type, to: &bytes)
      } else {
        bytes += [0x6E, 0x75, 0x6C, 0x6C]
      }
    case .int128(let values): ValueText.append(values[row], as: type, to: &bytes)
    case .bytes(let values): append(values.bytes.span, values.range(row), type, to: &bytes)
    }
  }

  private func append(_ value: Int64, _ type: ColumnType, to bytes: inout [UInt8]) {
    switch type {
    case .boolean: bytes += value == 0 ? [0x66, 0x61, 0x6C, 0x73, 0x65] : [0x74, 0x72, 0x75, 0x65]
    case .date, .time, .timestamp, .interval:
      bytes.append(0x22)
      let start = bytes.count
      if type == .timestamp, flavor == .adhoc {
        EventTime.appendTimestamp(value, separator: 0x54, to: &bytes)
      } else {
        ValueText.append(value, as: type, to: &bytes)
      }
      if flavor == .adhoc, type != .date { Self.padFraction(&bytes, from: start) }
      bytes.append(0x22)
    default: IntegerText.append(value, to: &bytes)
    }
  }

  /// Fraction digits up to the next multiple of three.
  private static func padFraction(_ bytes: inout [UInt8], from start: Int) {
    guard let point = bytes[start...].lastIndex(of: 0x2E) else { return }
    while (bytes.count - point - 1) % 3 != 0 { bytes.append(0x30) }
  }

  private func append(_ source: Span<UInt8>, _ range: Range<Int>, _ type: ColumnType, to bytes: inout [UInt8])
  {
    switch type {
    case .variant where flavor == .adhoc:
      var text: [UInt8] = []
      NestedJSON.append(source, range, as: type, to: &text)
      JSONEscape.appendQuoted(text.span, 0..<text.count, to: &bytes)
    case .array, .map, .row, .variant: NestedJSON.append(source, range, as: type, to: &bytes)
    case .varbinary, .binary:
      bytes.append(0x5B)
      for position in range {
        if position > range.lowerBound { bytes.append(0x2C) }
        IntegerText.append(magnitude: UInt64(source[position]), to: &bytes)
      }
      bytes.append(0x5D)
    case .uuid:
      bytes.append(0x22)
      ValueText.append(source, range, as: type, to: &bytes)
      bytes.append(0x22)
    default: JSONEscape.appendQuoted(source, range, to: &bytes)
    }
  }
}
