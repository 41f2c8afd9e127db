import PipelineModel
import WireTypes

/// A choice of records of a model, as SQL: `{"conjonction", "groups": [{"conjonction", "conditions": […]}]}`. The
/// dialect spells the word so.
struct ModelFilter {
  let condition: String

  private static let conditionsMax = 200

  /// `now`: what times that are told as long ago are counted from.
  init(_ json: JSONValue?, of model: ProjectModel, now: WallTime) throws(OrchestrationFailure) {
    guard let json, let groups = json["groups"]?.elements else {
      throw .invalid("'filter' must be {conjonction, groups}")
    }
    let outer = try ModelFilter.conjonction(json)
    var count = 0
    var parts: [String] = []
    for group in groups {
      guard let conditions = group["conditions"]?.elements else {
        throw .invalid("a group of 'filter' must be {conjonction, conditions}")
      }
      let inner = try ModelFilter.conjonction(group)
      count += conditions.count
      guard count <= ModelFilter.conditionsMax else {
        throw .invalid("'filter' has more than \(ModelFilter.conditionsMax) conditions")
      }
      var texts: [String] = []
      for condition in conditions { texts.append(try ModelFilter.text(condition, model, now)) }
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

  private static func text(
    _ json: JSONValue, _ model: ProjectModel, _ now: WallTime
  ) throws(OrchestrationFailure) -> String {
    guard let kind = json["kind"]?.stringValue, let slug = json["columnSlug"]?.stringValue,
      let name = json["operator"]?.stringValue
    else { throw .invalid("a condition must be {kind, columnSlug, operator, …}") }
    let column = try model.column(slug)
    switch (kind, name) {
    case (_, "isNull"): return "\(column) IS NULL"
    case (_, "isNotNull"): return "\(column) IS NOT NULL"
    case ("boolean", "isTrue"): return "\(column) IS TRUE"
    case ("boolean", "isFalse"): return "\(column) IS FALSE"
    case ("date", _):
      let condition = DateCondition(column: try model.moment(slug), now: now)
      if let text = try condition.text(name, json) { return text }
    case (_, "is"): return "\(column) IN (\(try list(json, kind)))"
    case (_, "isNot"): return "(\(column) IS NULL OR \(column) NOT IN (\(try list(json, kind))))"
    case ("string", _): if let text = try text(json, name, column) { return text }
    case ("number", _): if let text = try number(json, name, column) { return text }
    default: break
    }
    throw .invalid("conditions of kind '\(kind)' have no operator '\(name)' here")
  }

  private static func text(
    _ json: JSONValue, _ name: String, _ column: String
  ) throws(OrchestrationFailure) -> String? {
    func one(_ test: (String) -> String) throws(OrchestrationFailure) -> String {
      let tests = try values(json, "string").map(test)
      return "(\(tests.joined(separator: " OR ")))"
    }
    switch name {
    case "isEmpty": return "(\(column) IS NULL OR \(column) = '')"
    case "isNotEmpty": return "(\(column) IS NOT NULL AND \(column) <> '')"
    case "contains": return try one { "POSITION(\($0) IN \(column)) > 0" }
    case "doesNotContain":
      let found = try one { "POSITION(\($0) IN \(column)) > 0" }
      return "(\(column) IS NULL OR NOT \(found))"
    case "startsWith": return try one { "STARTS_WITH(\(column), \($0))" }
    case "endsWith": return try one { "ENDS_WITH(\(column), \($0))" }
    default: return nil
    }
  }

  private static func number(
    _ json: JSONValue, _ name: String, _ column: String
  ) throws(OrchestrationFailure) -> String? {
    if name == "between" {
      guard case .number(let first) = json["firstValue"], case .number(let last) = json["lastValue"] else {
        throw .invalid("'between' needs the numbers firstValue and lastValue")
      }
      return "(\(column) >= \(first) AND \(column) <= \(last))"
    }
    let signs = ["greaterThan": ">", "greaterThanOrEqual": ">=", "lowerThan": "<", "lowerThanOrEqual": "<="]
    guard let sign = signs[name], let value = try values(json, "number").first else { return nil }
    return "\(column) \(sign) \(value)"
  }

  private static func list(_ json: JSONValue, _ kind: String) throws(OrchestrationFailure) -> String {
    try values(json, kind).joined(separator: ", ")
  }

  /// Literals of SQL, at least one.
  private static func values(_ json: JSONValue, _ kind: String) throws(OrchestrationFailure) -> [String] {
    // One value may stand without its list.
    let given = json["values"]?.elements ?? (json["values"] ?? json["value"]).map { [$0] } ?? []
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
