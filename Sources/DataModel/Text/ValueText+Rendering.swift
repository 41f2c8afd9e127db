extension ValueText {
  /// SQL text form: `2024-01-31 10:00:00.5`, `TRUE`, decimals with all digits, binary as hexadecimal digits,
  /// `NULL`.
  package static func render(_ value: Value, as type: ColumnType) -> String {
    var bytes: [UInt8] = []
    switch value {
    case .null: return "NULL"
    case .int64(let number): append(number, as: type, to: &bytes)
    case .float64(let number): append(number, as: type, to: &bytes)
    case .int128(let number): append(number, as: type, to: &bytes)
    case .bytes(let content): append(content.span, 0..<content.count, as: type, to: &bytes)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The same form behind `bytes`; nothing for NULL.
  package static func append(_ column: ColumnVector, row: Int, as type: ColumnType, to bytes: inout [UInt8]) {
    guard column.isValid(row) else { return }
    switch column.storage {
    case .int64(let values): append(values[row], as: type, to: &bytes)
    case .float64(let values): append(values[row], as: type, to: &bytes)
    case .int128(let values): append(values[row], as: type, to: &bytes)
    case .bytes(let values): append(values.bytes.span, values.range(row), as: type, to: &bytes)
    }
  }

  package static func append(_ value: Int64, as type: ColumnType, to bytes: inout [UInt8]) {
    switch type {
    case .boolean: bytes += value == 0 ? Array("FALSE".utf8) : Array("TRUE".utf8)
    case .date: EventTime.appendDate(value, to: &bytes)
    case .time: EventTime.appendTime(value, to: &bytes)
    case .timestamp: EventTime.appendTimestamp(value, to: &bytes)
    case .interval(let qualifier): IntervalText.append(value, as: qualifier, to: &bytes)
    default: IntegerText.append(value, to: &bytes)
    }
  }

  /// Shortest digits that read back as the same number; `NaN`, `Infinity`, `-Infinity`.
  package static func append(_ value: Double, as type: ColumnType, to bytes: inout [UInt8]) {
    if value.isNaN {
      bytes += Array("NaN".utf8)
    } else if value.isInfinite {
      bytes += Array((value < 0 ? "-Infinity" : "Infinity").utf8)
    } else if type == .real {
      bytes += Array(Float(value).description.utf8)
    } else {
      bytes += Array(value.description.utf8)
    }
  }

  package static func append(_ value: Int128, as type: ColumnType, to bytes: inout [UInt8]) {
    guard case .decimal(_, let scale) = type else {
      return DecimalArithmetic.append(value, scale: 0, to: &bytes)
    }
    DecimalArithmetic.append(value, scale: scale, to: &bytes)
  }

  package static func append(
    _ source: Span<UInt8>, _ range: Range<Int>, as type: ColumnType, to bytes: inout [UInt8]
  ) {
    let digits = Array("0123456789abcdef".utf8)
    switch type {
    case .uuid, .varbinary, .binary:
      for (index, position) in range.enumerated() {
        if type == .uuid, [4, 6, 8, 10].contains(index) { bytes.append(0x2D) }
        bytes.append(digits[Int(source[position] >> 4)])
        bytes.append(digits[Int(source[position] & 15)])
      }
    case .array, .map, .row, .variant: NestedText.append(source, range, as: type, to: &bytes)
    default: ByteKernels.append(source, range, to: &bytes)
    }
  }
}
