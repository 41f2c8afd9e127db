import DataModel
import SQLFrontend
import WireTypes

/// `program_info`: the schema and the connectors of a compiled program.
enum ProgramInfo {
  static func render(_ program: Program) -> JSONValue {
    let outputs = program.views.filter { $0.kind != .local }
    return [
      "schema": [
        "inputs": .array(program.tables.map(table)), "outputs": .array(outputs.map(view)),
      ],
      "input_connectors": connectors(program.tables.map { ($0.name, $0.connectors) }),
      "output_connectors": connectors(outputs.map { ($0.name, $0.connectors) }),
      "udf_stubs": "",
    ]
  }

  private static func table(_ table: TableDefinition) -> JSONValue {
    relation(table.name, table.schema, materialized: table.materialized, properties: table.properties)
  }

  private static func view(_ view: ViewDefinition) -> JSONValue {
    relation(view.name, view.schema, materialized: view.kind == .materialized, properties: view.properties)
  }

  private static func relation(
    _ name: SQLIdentifier, _ schema: Schema, materialized: Bool, properties: [Property]
  ) -> JSONValue {
    let keys = schema.primaryKey.map { positions in
      JSONValue.array(
        positions.filter(schema.fields.indices.contains).map { .string(schema.fields[$0].name.spelled) })
    }
    return [
      "name": .string(name.spelled), "case_sensitive": .bool(name.caseSensitive),
      "fields": .array(schema.fields.map(field)), "materialized": .bool(materialized),
      "properties": .object(properties.map { JSONMember($0.key, ["value": .string($0.value)]) }),
      "primary_key": keys ?? .null, "foreign_keys": [],
    ]
  }

  private static func field(_ field: Field) -> JSONValue {
    [
      "name": .string(field.name.spelled), "case_sensitive": .bool(field.name.caseSensitive),
      "columntype": columnType(field.type, nullable: field.nullable), "lateness": nil, "default": nil,
      "unused": false, "watermark": nil,
    ]
  }

  private static func columnType(_ type: ColumnType, nullable: Bool) -> JSONValue {
    var precision: JSONValue = .null
    var scale: JSONValue = .null
    switch type {
    case .decimal(let digits, let fraction): (precision, scale) = (.integer(digits), .integer(fraction))
    case .char(let length): precision = .integer(length)
    // -1 is the dialect's word for unbounded.
    case .varchar(let length), .varbinary(let length): precision = .integer(length ?? -1)
    case .binary(let length): precision = .integer(length)
    default: break
    }
    return [
      "type": .string(type.baseName), "nullable": .bool(nullable), "precision": precision, "scale": scale,
      "component": component(type), "key": key(type), "value": value(type), "fields": fields(type),
    ]
  }

  // Elements and values may always be NULL, keys never.

  private static func component(_ type: ColumnType) -> JSONValue {
    if case .array(let element) = type { columnType(element, nullable: true) } else { nil }
  }

  private static func key(_ type: ColumnType) -> JSONValue {
    if case .map(let key, _) = type { columnType(key, nullable: false) } else { nil }
  }

  private static func value(_ type: ColumnType) -> JSONValue {
    if case .map(_, let value) = type { columnType(value, nullable: true) } else { nil }
  }

  private static func fields(_ type: ColumnType) -> JSONValue {
    guard case .row(let fields) = type else { return nil }
    return .array(
      fields.map { field in
        [
          "name": .string(field.name.spelled), "case_sensitive": .bool(field.name.caseSensitive),
          "columntype": columnType(field.type, nullable: field.nullable),
        ]
      })
  }

  // MARK: Connectors

  /// Keyed `relation.connector`; a connector without a name is called for its index among all of the
  /// relation.
  private static func connectors(_ relations: [(SQLIdentifier, String?)]) -> JSONValue {
    var members: [JSONMember] = []
    for (relation, text) in relations {
      guard let text, let list = (try? JSONValue(parsing: text))?.elements else { continue }
      for (index, connector) in list.enumerated() {
        let name = connector["name"]?.stringValue ?? "unnamed-\(index)"
        let config = [JSONMember("stream", .string(relation.canonical))] + (connector.members ?? [])
        members.append(JSONMember("\(relation.canonical).\(name)", .object(config)))
      }
    }
    return .object(members)
  }
}
