/// Bytes of VARIANT values: a code for the type, then the value as an item's value without its tag.
///
/// Equal bytes are equal values of one type; values order by type first. Strings and arrays lie as they are:
/// whoever nests a VARIANT escapes it as a whole.
package enum VariantCodec {
  /// A type code, in the order in which values of different types sort.
  package enum Code: UInt8, Sendable {
    /// The JSON null, which is a value.
    case null = 1
    case boolean, tinyint, smallint, integer, bigint
    case unsignedTinyint, unsignedSmallint, unsignedInteger, unsignedBigint
    case real, double
    /// The scale in one byte, then the unscaled value.
    case decimal
    case string, binary, date, time, timestamp
    /// The qualifier in one byte, then the number.
    case interval
    case uuid
    /// An ARRAY of VARIANT.
    case array
    /// A MAP from VARIANT to VARIANT.
    case map
  }

  package static let null: [UInt8] = [Code.null.rawValue]

  /// Code of a type that is no container; nil for containers and NULL.
  package static func code(_ type: ColumnType) -> Code? {
    switch type {
    case .boolean: .boolean
    case .tinyint: .tinyint
    case .smallint: .smallint
    case .integer: .integer
    case .bigint: .bigint
    case .unsignedTinyint: .unsignedTinyint
    case .unsignedSmallint: .unsignedSmallint
    case .unsignedInteger: .unsignedInteger
    case .unsignedBigint: .unsignedBigint
    case .real: .real
    case .double: .double
    case .decimal: .decimal
    case .char, .varchar: .string
    case .binary, .varbinary: .binary
    case .date: .date
    case .time: .time
    case .timestamp: .timestamp
    case .interval: .interval
    case .uuid: .uuid
    case .array, .map, .row, .variant, .null: nil
    }
  }

  /// A scalar of `type` as a VARIANT behind `bytes`; NULL of SQL is the JSON null here.
  package static func append(_ value: Value, as type: ColumnType, to bytes: inout [UInt8]) {
    guard let code = code(type), !value.isNull else { return bytes.append(Code.null.rawValue) }
    bytes.append(code.rawValue)
    if case .decimal(_, let scale) = type { bytes.append(UInt8(clamping: scale)) }
    if case .interval(let qualifier) = type {
      bytes.append(UInt8(clamping: IntervalQualifier.allCases.firstIndex(of: qualifier) ?? 0))
    }
    if case .bytes(let content) = value { return bytes.append(contentsOf: content) }
    var item: [UInt8] = []
    NestedCodec.append(value, to: &item)
    bytes += item.dropFirst()
  }

  /// The scalar that a VARIANT holds and its type; nil for containers and for bytes that no writer made.
  package static func scalar(_ source: Span<UInt8>, _ range: Range<Int>) -> (value: Value, type: ColumnType)?
  {
    guard let first = range.first, let code = Code(rawValue: source[first]) else { return nil }
    var rest = first + 1..<range.upperBound
    switch code {
    case .null: return (.null, .variant)
    case .array, .map: return nil
    case .decimal:
      guard rest.count == 17 else { return nil }
      let scale = Int(source[rest.lowerBound])
      rest = rest.lowerBound + 1..<rest.upperBound
      return (.int128(NestedCodec.int128(source, rest)), .decimal(precision: 38, scale: min(scale, 38)))
    case .interval:
      guard rest.count == 9, Int(source[rest.lowerBound]) < IntervalQualifier.allCases.count else {
        return nil
      }
      let qualifier = IntervalQualifier.allCases[Int(source[rest.lowerBound])]
      rest = rest.lowerBound + 1..<rest.upperBound
      return (.int64(NestedCodec.int64(source, rest)), .interval(qualifier))
    default: break
    }
    guard let type = type(code) else { return nil }
    switch type.physical {
    case .int64: return (.int64(NestedCodec.int64(source, rest)), type)
    case .float64: return (.float64(NestedCodec.double(source, rest)), type)
    case .int128: return (.int128(NestedCodec.int128(source, rest)), type)
    case .bytes:
      var bytes: [UInt8] = []
      ByteKernels.append(source, rest, to: &bytes)
      return (.bytes(bytes), type)
    }
  }

  private static func type(_ code: Code) -> ColumnType? {
    switch code {
    case .boolean: .boolean
    case .tinyint: .tinyint
    case .smallint: .smallint
    case .integer: .integer
    case .bigint: .bigint
    case .unsignedTinyint: .unsignedTinyint
    case .unsignedSmallint: .unsignedSmallint
    case .unsignedInteger: .unsignedInteger
    case .unsignedBigint: .unsignedBigint
    case .real: .real
    case .double: .double
    case .string: .varchar(length: nil)
    case .binary: .varbinary(length: nil)
    case .date: .date
    case .time: .time
    case .timestamp: .timestamp
    case .uuid: .uuid
    case .null, .decimal, .interval, .array, .map: nil
    }
  }

  package static func code(_ source: Span<UInt8>, _ range: Range<Int>) -> Code? {
    range.first.flatMap { Code(rawValue: source[$0]) }
  }

  /// What TYPEOF tells.
  package static func typeName(_ source: Span<UInt8>, _ range: Range<Int>) -> String {
    switch code(source, range) {
    case .none, .null?: "VARIANT"
    case .decimal?: "DECIMAL"
    case .interval?: "INTERVAL"
    case .array?: "ARRAY"
    case .map?: "MAP"
    case .some(let code): type(code)?.baseName ?? "VARIANT"
    }
  }
}
