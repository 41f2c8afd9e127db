/// SQL type of a column or expression.
package indirect enum ColumnType: Hashable, Sendable {
  case boolean
  case tinyint, smallint, integer, bigint
  /// The wide one is stored as an int128, the others as int64.
  case unsignedTinyint, unsignedSmallint, unsignedInteger, unsignedBigint
  case real, double
  /// Exact decimal: 1...38 digits, of which `scale` lie behind the point.
  case decimal(precision: Int, scale: Int)
  /// Fixed length in characters; stored without padding.
  case char(length: Int)
  /// Maximal length in characters; nil is unbounded.
  case varchar(length: Int?)
  /// Maximal length in bytes; nil is unbounded.
  case varbinary(length: Int?)
  /// Fixed length in bytes, filled up with zero bytes.
  case binary(length: Int)
  case date, time, timestamp
  /// Months of a long interval, microseconds of a short one.
  case interval(IntervalQualifier)
  case uuid
  /// Elements may be NULL.
  case array(ColumnType)
  /// Keys are never NULL, values may be; entries lie in the order of the keys.
  case map(key: ColumnType, value: ColumnType)
  case row([RowField])
  /// Any other value together with its type.
  case variant
  /// Type of a bare NULL before coercion; stored as an int64 column without valid rows.
  case null

  /// How values of the type lie in memory.
  package var physical: PhysicalType {
    switch self {
    case .boolean, .tinyint, .smallint, .integer, .bigint, .date, .time, .timestamp, .interval, .null,
      .unsignedTinyint, .unsignedSmallint, .unsignedInteger:
      .int64
    case .real, .double: .float64
    case .decimal, .unsignedBigint: .int128
    case .char, .varchar, .varbinary, .binary, .uuid, .array, .map, .row, .variant: .bytes
    }
  }

  package var isInteger: Bool { integerBounds != nil || self == .unsignedBigint }

  package var isUnsigned: Bool {
    switch self {
    case .unsignedTinyint, .unsignedSmallint, .unsignedInteger, .unsignedBigint: true
    default: false
    }
  }

  package var isNumeric: Bool {
    switch self {
    case .real, .double, .decimal: true
    default: isInteger
    }
  }

  package var isString: Bool {
    switch self {
    case .char, .varchar: true
    default: false
    }
  }

  package var isBinary: Bool {
    switch self {
    case .binary, .varbinary: true
    default: false
    }
  }

  package var isNested: Bool {
    switch self {
    case .array, .map, .row, .variant: true
    default: false
    }
  }

  /// Bounds of an integer type that is stored as int64; nil for every other type.
  package var integerBounds: ClosedRange<Int64>? {
    switch self {
    case .tinyint: -128...127
    case .smallint: -32_768...32_767
    case .integer: -2_147_483_648...2_147_483_647
    case .bigint: Int64.min...Int64.max
    case .unsignedTinyint: 0...255
    case .unsignedSmallint: 0...65_535
    case .unsignedInteger: 0...4_294_967_295
    default: nil
    }
  }

  /// Name as error messages and EXPLAIN print it, with parameters: `DECIMAL(10, 2)`.
  package var description: String {
    switch self {
    case .decimal(let precision, let scale): "DECIMAL(\(precision), \(scale))"
    case .char(let length): "CHAR(\(length))"
    case .varchar(.some(let length)): "VARCHAR(\(length))"
    case .varbinary(.some(let length)): "VARBINARY(\(length))"
    case .binary(let length): "BINARY(\(length))"
    case .interval(let qualifier): "INTERVAL \(qualifier.rawValue)"
    case .array(let element): "\(element.description) ARRAY"
    case .map(let key, let value): "(\(key.description), \(value.description)) MAP"
    case .row(let fields):
      "RecordType(\(fields.map { "\($0.type.description) \($0.name.spelled)" }.joined(separator: ", ")))"
    default: baseName
    }
  }

  /// Name without parameters, as `program_info` reports it in `columntype.type`.
  package var baseName: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .tinyint: "TINYINT"
    case .smallint: "SMALLINT"
    case .integer: "INTEGER"
    case .bigint: "BIGINT"
    case .real: "REAL"
    case .double: "DOUBLE"
    case .decimal: "DECIMAL"
    case .char: "CHAR"
    case .varchar: "VARCHAR"
    case .unsignedTinyint: "TINYINT UNSIGNED"
    case .unsignedSmallint: "SMALLINT UNSIGNED"
    case .unsignedInteger: "INTEGER UNSIGNED"
    case .unsignedBigint: "BIGINT UNSIGNED"
    case .varbinary: "VARBINARY"
    case .binary: "BINARY"
    case .interval: "INTERVAL"
    case .array: "ARRAY"
    case .map: "MAP"
    case .row: "STRUCT"
    case .variant: "VARIANT"
    case .date: "DATE"
    case .time: "TIME"
    case .timestamp: "TIMESTAMP"
    case .uuid: "UUID"
    case .null: "NULL"
    }
  }
}

/// Memory layout of a column.
///
/// - `int64`: booleans (0, 1), integers, DATE (days since 1970-01-01), TIME (nanoseconds since midnight),
///   TIMESTAMP (microseconds since 1970-01-01), INTERVAL (months or microseconds).
/// - `float64`: REAL (a Double that is exactly a Float) and DOUBLE.
/// - `int128`: the unscaled value of a DECIMAL, a BIGINT UNSIGNED.
/// - `bytes`: UTF-8 text, binary strings, the 16 bytes of a UUID; ARRAY, MAP, ROW and VARIANT in the form of
///   `NestedCodec`.
@usableFromInline package enum PhysicalType: UInt8, Hashable, Sendable {
  case int64 = 1
  case float64 = 2
  case int128 = 3
  case bytes = 4
}
