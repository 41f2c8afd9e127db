import DataModel

/// Types as written to types of the engine.
enum TypeBinder {
  /// `types` are those of CREATE TYPE.
  static func bind(_ type: SyntaxType, types: [SQLIdentifier: ColumnType] = [:]) throws(SQLFault)
    -> ColumnType
  {
    let result = try bound(type, types)
    guard ExpressionBinder.depth(result) <= ExpressionBinder.depthMax else {
      throw SQLFault(
        .compilation, ExpressionBinder.tooDeep, at: type.range)
    }
    return result
  }

  private static func bound(_ type: SyntaxType, _ types: [SQLIdentifier: ColumnType]) throws(SQLFault)
    -> ColumnType
  {
    switch type.kind {
    case .array(let element): return .array(try bind(element, types: types))
    case .map(let key, let value):
      let keyType = try bind(key, types: types)
      if case .map = keyType { throw SQLFault(.compilation, "MAP keys cannot be of type MAP", at: key.range) }
      return .map(key: keyType, value: try bind(value, types: types))
    case .row(let columns):
      var fields: [RowField] = []
      for column in columns {
        guard !fields.contains(where: { $0.name == column.name.identifier }) else {
          throw SQLFault(
            .compilation, "Field '\(column.name.identifier)' is defined twice", at: column.name.range)
        }
        fields.append(
          RowField(
            name: column.name.identifier, type: try bind(column.type, types: types), nullable: column.nullable
          ))
      }
      return .row(fields)
    case .named(let name, let numbers):
      if let known = types[SQLIdentifier(name)] { return known }
      return try named(name, numbers, type)
    }
  }

  private static func named(_ name: String, _ numbers: [Int], _ type: SyntaxType) throws(SQLFault)
    -> ColumnType
  {
    if let plain = plain[name] {
      // TIME(3), TIMESTAMP(6): the precision is ours alone.
      let takesNumber = plain == .time || plain == .timestamp || plain == .double
      guard numbers.isEmpty || (takesNumber && numbers.count == 1) else { throw parameters(type) }
      return plain
    }
    switch name {
    case "DECIMAL", "NUMERIC", "DEC", "NUMBER": return try decimal(numbers, type)
    case "CHAR", "CHARACTER":
      guard let length = try length(numbers, type) else { return .char(length: 1) }
      return .char(length: length)
    case "VARCHAR", "CHAR VARYING", "CHARACTER VARYING":
      return .varchar(length: try length(numbers, type))
    case "VARBINARY", "BINARY VARYING", "BYTEA":
      return .varbinary(length: try length(numbers, type))
    case "BINARY": return .binary(length: try length(numbers, type) ?? 1)
    default: break
    }
    if name.hasPrefix("INTERVAL "), let interval = interval(String(name.dropFirst(9))) { return interval }
    if isKnown(name) { throw SQLFault.unimplemented("type \(name)", at: type.range) }
    throw SQLFault.validation("Unknown identifier '\(name.lowercased())'", at: type.range)
  }

  private static let plain: [String: ColumnType] = [
    "BOOLEAN": .boolean, "BOOL": .boolean, "TINYINT": .tinyint, "SMALLINT": .smallint, "INT2": .smallint,
    "INT": .integer, "INTEGER": .integer, "INT4": .integer, "SIGNED": .integer, "BIGINT": .bigint,
    "INT8": .bigint,
    "INT64": .bigint, "REAL": .real, "FLOAT4": .real, "FLOAT32": .real, "DOUBLE": .double,
    "DOUBLE PRECISION": .double, "FLOAT": .double, "FLOAT8": .double, "FLOAT64": .double,
    "STRING": .varchar(length: nil), "TEXT": .varchar(length: nil), "DATE": .date, "TIME": .time,
    "TIMESTAMP": .timestamp, "DATETIME": .timestamp, "UUID": .uuid,
    "VARIANT": .variant, "TINYINT UNSIGNED": .unsignedTinyint, "SMALLINT UNSIGNED": .unsignedSmallint,
    "INT UNSIGNED": .unsignedInteger, "INTEGER UNSIGNED": .unsignedInteger,
    "BIGINT UNSIGNED": .unsignedBigint, "INT2 UNSIGNED": .unsignedSmallint,
    "INT4 UNSIGNED": .unsignedInteger, "INT8 UNSIGNED": .unsignedBigint,
  ]

  private static func isKnown(_ name: String) -> Bool {
    name.hasPrefix("INTERVAL") || name.hasSuffix("UNSIGNED") || name.hasSuffix("TIME ZONE")
      || ["GEOMETRY", "TIMESTAMPTZ", "JSON", "BLOB", "ANY"].contains(name)
  }

  private static func interval(_ units: String) -> ColumnType? {
    let singular = units.split(separator: " ").map { $0.hasSuffix("S") ? String($0.dropLast()) : String($0) }
    return IntervalQualifier(rawValue: singular.joined(separator: " ")).map { .interval($0) }
  }

  private static func parameters(_ type: SyntaxType) -> SQLFault {
    SQLFault(.compilation, "Illegal parameters of type", at: type.range)
  }

  private static func decimal(_ numbers: [Int], _ type: SyntaxType) throws(SQLFault) -> ColumnType {
    let precision = numbers.first ?? DecimalTypes.precisionMax
    let scale = numbers.count > 1 ? numbers[1] : 0
    guard (1...DecimalTypes.precisionMax).contains(precision) else {
      throw SQLFault(
        .compilation, "DECIMAL precision \(precision) must be between 1 and \(DecimalTypes.precisionMax)",
        at: type.range)
    }
    guard (0...precision).contains(scale) else {
      throw SQLFault(
        .compilation, "DECIMAL scale \(scale) must be between 0 and \(precision)", at: type.range)
    }
    return .decimal(precision: precision, scale: scale)
  }

  private static func length(_ numbers: [Int], _ type: SyntaxType) throws(SQLFault) -> Int? {
    guard numbers.count <= 1 else { throw parameters(type) }
    if let length = numbers.first, !(1...0x7FFF_FFFF).contains(length) { throw parameters(type) }
    return numbers.first
  }
}
