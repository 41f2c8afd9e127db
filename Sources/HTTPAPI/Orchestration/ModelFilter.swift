import WireTypes

/// A choice of records of a model, as SQL: `{"conjonction", "groups": [{"conjonction", "conditions": […]}]}`. The
/// dialect spells the word so.
struct ModelFilter {
  let condition: String

  private static let conditionsMax = 200

  init(_ json: JSONValue?, of model: ProjectModel) throws(OrchestrationFailure) {
    guard let json, let groups = json["groups"]?.elements else {
      throw .invalid("'data.filter' must be {conjonction, groups}")
    }
    let outer = try ModelFilter.conjonction(json)
    var count = 0
    var parts: [String] = []
    for group in groups {
      guard let conditions = group["conditions"]?.elements else {
        throw .invalid("a group of 'data.filter' must be {conjonction, conditions}")
      }
      let inner = try ModelFilter.conjonction(group)
      count += conditions.count
      guard count <= ModelFilter.conditionsMax else {
        throw .invalid("'data.filter' has more than \(ModelFilter.conditionsMax) conditions")
      }
      var texts: [String] = []
      for condition in conditions { texts.append(try ModelFilter.text(condition, model)) }
      if !texts.isEmpty { parts.append("(" + texts.joined(separator: " \(inner) ") + ")") }
    }
    condition = parts.isEmpty ? "TRUE" : parts.joined(separator: " \(outer) ")
  }

  private static func conjonction(_ json: JSONValue) throws(OrchestrationFailure) -> String {
    switch json["conjonction"]?.stringValue {
    case "and": return "AND"
    case "or": return "OR"
    default: throw .invalid("'conjonction' must be and or or")
    }
  }

  private static func text(_ json: JSONValue, _ model: ProjectModel) throws(OrchestrationFailure) -> String {
    guard let kind = json["kind"]?.stringValue, let slug = json["columnSlug"]?.stringValue,
      let name = json["operator"]?.stringValue
    else { throw .invalid("a condition must be {kind, columnSlug, operator, …}") }
    let column = try model.column(slug)
    switch name {
    case "isNull": return "\(column) IS NULL"
    case "isNotNull": return "\(column) IS NOT NULL"
    case "isEmpty" where kind == "string": return "(\(column) IS NULL OR \(column) = '')"
    case "isNotEmpty" where kind == "string": return "(\(column) IS NOT NULL AND \(column) <> '')"
    case "isTrue" where kind == "boolean": return "\(column) IS TRUE"
    case "isFalse" where kind == "boolean": return "\(column) IS FALSE"
    case "is", "isNot":
      let list = try values(json, kind).joined(separator: ", ")
      return name == "is" ? "\(column) IN (\(list))" : "(\(column) IS NULL OR \(column) NOT IN (\(list)))"
    case "contains", "doesNotContain":
      guard kind == "string" else { break }
      let found = try values(json, kind).map { "POSITION(\($0) IN \(column)) > 0" }.joined(separator: " OR ")
      return name == "contains" ? "(\(found))" : "(\(column) IS NULL OR NOT (\(found)))"
    case "greaterThan", "greaterThanOrEqual", "lowerThan", "lowerThanOrEqual":
      guard kind == "number", let value = try values(json, kind).first else { break }
      let signs = [
        "greaterThan": ">", "greaterThanOrEqual": ">=", "lowerThan": "<", "lowerThanOrEqual": "<=",
      ]
      return "\(column) \(signs[name] ?? ">") \(value)"
    default: break
    }
    throw .invalid("conditions of kind '\(kind)' have no operator '\(name)' here")
  }

  /// Literals of SQL, at least one.
  private static func values(_ json: JSONValue, _ kind: String) throws(OrchestrationFailure) -> [String] {
    let given = json["values"]?.elements ?? json["value"].map { [$0] } ?? []
    var texts: [String] = []
    for value in given {
      switch (kind, value) {
      case ("string", .string(let text)): texts.append(QuotedText.literal(text))
      case ("number", .number(let text)): texts.append(text)
      case ("boolean", .bool(let flag)): texts.append(flag ? "TRUE" : "FALSE")
      default: throw .invalid("a value of a condition of kind '\(kind)' is not: \(value.kind)")
      }
    }
    guard !texts.isEmpty, texts.count <= conditionsMax else {
      throw .invalid("a condition needs 1 to \(conditionsMax) values")
    }
    return texts
  }
}
