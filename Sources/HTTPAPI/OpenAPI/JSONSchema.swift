import WireTypes

/// A JSON Schema of 2020-12, which is what OpenAPI 3.1 takes.
struct JSONSchema: Sendable {
  private(set) var members: [JSONMember]

  init(_ members: [JSONMember]) { self.members = members }

  var json: JSONValue { .object(members) }

  private static func of(_ type: String, _ more: [JSONMember] = []) -> JSONSchema {
    JSONSchema([JSONMember("type", .string(type))] + more)
  }
}

// MARK: Values

extension JSONSchema {
  static let any = JSONSchema([])
  static let null = of("null")
  static let flag = of("boolean")
  static let text = of("string")
  static let number = of("number")
  static let integer = of("integer")
  /// An unsigned counter.
  static let count = integer(from: 0)
  static let time = text(format: "date-time")
  static let uuid = text(format: "uuid")
  /// Bytes of a body that is not JSON.
  static let bytes = JSONSchema([])

  static func integer(from least: Int64, to most: Int64? = nil) -> JSONSchema {
    var members = [JSONMember("minimum", .integer(least))]
    if let most { members.append(JSONMember("maximum", .integer(most))) }
    return of("integer", members)
  }

  static func text(format: String) -> JSONSchema { of("string", [JSONMember("format", .string(format))]) }

  static func text(pattern: String) -> JSONSchema { of("string", [JSONMember("pattern", .string(pattern))]) }

  static func text(_ lengths: ClosedRange<Int>, pattern: String? = nil) -> JSONSchema {
    var members = [
      JSONMember("minLength", .integer(lengths.lowerBound)),
      JSONMember("maxLength", .integer(lengths.upperBound)),
    ]
    if let pattern { members.append(JSONMember("pattern", .string(pattern))) }
    return of("string", members)
  }

  static func choice(_ values: [String]) -> JSONSchema {
    of("string", [JSONMember("enum", .array(values.map { .string($0) }))])
  }

  static func choice(flag: Bool) -> JSONSchema { of("boolean", [JSONMember("const", .bool(flag))]) }

  static func choice(_ values: String...) -> JSONSchema { choice(values) }
}

// MARK: Compositions

extension JSONSchema {
  static func list(_ element: JSONSchema) -> JSONSchema { of("array", [JSONMember("items", element.json)]) }

  static func list(_ element: JSONSchema, _ counts: ClosedRange<Int>) -> JSONSchema {
    of(
      "array",
      [
        JSONMember("items", element.json), JSONMember("minItems", .integer(counts.lowerBound)),
        JSONMember("maxItems", .integer(counts.upperBound)),
      ])
  }

  static func map(_ value: JSONSchema) -> JSONSchema {
    of("object", [JSONMember("additionalProperties", value.json)])
  }

  /// Members that are always there, members that may be, and no others unless the object is open.
  static func object(
    _ required: KeyValuePairs<String, JSONSchema>, optional: KeyValuePairs<String, JSONSchema> = [:],
    isOpen: Bool = false
  ) -> JSONSchema {
    object(required.map { ($0.key, $0.value) }, optional: optional.map { ($0.key, $0.value) }, isOpen: isOpen)
  }

  static func object(
    _ required: [(String, JSONSchema)], optional: [(String, JSONSchema)] = [], isOpen: Bool = false
  ) -> JSONSchema {
    let properties = (required + optional).map { JSONMember($0.0, $0.1.json) }
    var members = [JSONMember("properties", .object(properties))]
    if !required.isEmpty { members.append(JSONMember("required", .array(required.map { .string($0.0) }))) }
    if !isOpen { members.append(JSONMember("additionalProperties", false)) }
    return of("object", members)
  }

  static func either(_ schemas: JSONSchema...) -> JSONSchema {
    JSONSchema([JSONMember("anyOf", .array(schemas.map(\.json)))])
  }

  /// A schema of the document's components.
  static func ref(_ name: String) -> JSONSchema {
    JSONSchema([JSONMember("$ref", .string("#/components/schemas/\(name)"))])
  }

  /// Both the schema and what `more` says of some members.
  static func ref(_ name: String, and more: JSONSchema) -> JSONSchema {
    JSONSchema([JSONMember("allOf", .array([ref(name).json, more.json]))])
  }

  var orNull: JSONSchema {
    guard let at = members.firstIndex(where: { $0.name == "type" }), let type = members[at].value.stringValue
    else {
      return .either(self, .null)
    }
    var copy = self
    copy.members[at].value = [.string(type), "null"]
    if let at = copy.members.firstIndex(where: { $0.name == "enum" }), let values = members[at].value.elements
    {
      copy.members[at].value = .array(values + [.null])
    }
    return copy
  }

  func with(_ name: String, _ value: JSONValue) -> JSONSchema {
    JSONSchema(members + [JSONMember(name, value)])
  }

  /// The same, with words for people.
  func said(_ meaning: String) -> JSONSchema { with("description", .string(meaning)) }

  func byDefault(_ value: JSONValue) -> JSONSchema { with("default", value) }
}
