/// SQL type of a column or expression.
package enum ColumnType: Hashable, Sendable {
  case boolean
  case tinyint, smallint, integer, bigint
  case real, double
  /// Exact decimal: 1...38 digits, of which `scale` lie behind the point.
  case decimal(precision: Int, scale: Int)
  /// Fixed length in characters; stored without padding.
  case char(length: Int)
  /// Maximal length in characters; nil is unbounded.
  case varchar(length: Int?)
  /// Maximal length in bytes; nil is unbounded.
  case varbinary(length: Int?)
  case date, time, timestamp
  case uuid
  /// Type of a bare NULL before coercion; stored as an int64 column without valid rows.
  case null

  /// How values of the type lie in memory.
  package var physical: PhysicalType {
    switch self {
    case .boolean, .tinyint, .smallint, .integer, .bigint, .date, .time, .timestamp, .null: .int64
    case .real, .double: .float64
    case .decimal: .int128
    case .char, .varchar, .varbinary, .uuid: .bytes
    }
  }

  package var isInteger: Bool {
    switch self {
    case .tinyint, .smallint, .integer, .bigint: true
    default: false
    }
  }

  package var isNumeric: Bool {
    switch self {
    case .tinyint, .smallint, .integer, .bigint, .real, .double, .decimal: true
    default: false
    }
  }

  package var isString: Bool {
    switch self {
    case .char, .varchar: true
    default: false
    }
  }

  /// Bounds of an integer type; nil for every other type.
  package var integerBounds: ClosedRange<Int64>? {
    switch self {
    case .tinyint: -128...127
    case .smallint: -32_768...32_767
    case .integer: -2_147_483_648...2_147_483_647
    case .bigint: Int64.min...Int64.max
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
    case .varbinary: "VARBINARY"
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
///   TIMESTAMP (microseconds since 1970-01-01).
/// - `float64`: REAL (a Double that is exactly a Float) and DOUBLE.
/// - `int128`: the unscaled value of a DECIMAL.
/// - `bytes`: UTF-8 text, binary strings, the 16 bytes of a UUID.
@usableFromInline package enum PhysicalType: UInt8, Hashable, Sendable {
  case int64 = 1
  case float64 = 2
  case int128 = 3
  case bytes = 4
}
