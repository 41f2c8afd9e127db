import Platform
import WireTypes
import Workflows

/// Builds graphs in a few words: nodes name each other by slug.
enum GraphFixtures {
  static func uuid(_ slug: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in slug.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let digits = String(hash & 0xFFFF_FFFF_FFFF, radix: 16)
    return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  /// `action` is a native one, or `connector`, `tool`, `agentNode`.
  static func node(
    _ slug: String, _ action: String, _ config: JSONValue = .emptyObject, to children: [String] = [],
    _ extra: KeyValuePairs<String, JSONValue> = [:]
  ) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember("uuid", .string(uuid(slug))), JSONMember("slug", .string(slug)),
      JSONMember("config", config),
      JSONMember("childrenUuids", .array(children.map { .string(uuid($0)) })),
    ]
    switch action {
    case "connector":
      members += [
        JSONMember("kind", "connector"), JSONMember("actionSlug", "enrich"),
        JSONMember("integrationSlug", "clearbit"),
        JSONMember("connectorUuid", "c1"),
      ]
    case "tool": members += [JSONMember("kind", "tool"), JSONMember("toolUuid", "t1")]
    case "agentNode": members += [JSONMember("kind", "agent"), JSONMember("agentUuid", "a1")]
    default: members += [JSONMember("kind", "native"), JSONMember("actionSlug", .string(action))]
    }
    return .object(members + extra.map { JSONMember($0.key, $0.value) })
  }

  static func template(_ text: String) -> JSONValue {
    ["kind": "templateExpression", "expression": .string(text), "instructTo": "none", "fromRecipe": false]
  }

  static func script(_ text: String) -> JSONValue {
    ["kind": "jsExpression", "expression": .string(text), "instructTo": "none", "fromRecipe": false]
  }

  static func variable(_ name: String, _ value: JSONValue, _ type: String = "any") -> JSONValue {
    ["name": .string(name), "type": .string(type), "value": value]
  }

  static func end(_ slug: String = "end", _ variables: [JSONValue] = []) -> JSONValue {
    node(slug, "end", ["variables": .array(variables)])
  }

  static func graph(_ nodes: [JSONValue]) throws -> WorkflowGraph {
    try WorkflowGraph(parsing: .array(nodes))
  }
}

extension JSONValue: ExpressibleByFloatLiteral {
  package init(floatLiteral value: Double) {
    self = value == value.rounded() && abs(value) < 1e15 ? .number("\(Int64(value)).0") : .number("\(value)")
  }
}
