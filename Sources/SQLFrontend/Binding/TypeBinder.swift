import DataModel

/// Types as written to types of the engine.
enum TypeBinder {
  static func bind(_ type: SyntaxType) throws(SQLFault) -> ColumnType {
    guard case .named(let name, let numbers) = type.kind else {
      throw SQLFault.unimplemented(construct(type.kind), at: type.range)
    }
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
    default: break
    }
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
  ]

  private static func isKnown(_ name: String) -> Bool {
    name.hasPrefix("INTERVAL") || name.hasSuffix("UNSIGNED") || name.hasSuffix("TIME ZONE")
      || ["VARIANT", "BINARY", "GEOMETRY", "TIMESTAMPTZ", "JSON", "BLOB", "ANY"].contains(name)
  }

  private static func construct(_ kind: SyntaxTypeKind) -> String {
    switch kind {
    case .named(let name, _): "type \(name)"
    case .array: "ARRAY type"
    case .map: "MAP type"
    case .row: "ROW type"
    }
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
