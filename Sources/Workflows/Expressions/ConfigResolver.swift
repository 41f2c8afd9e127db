package import WireTypes

/// Why a config has no computed form: the member, by its path, and the fault of its expression.
package struct ConfigFault: Error, Hashable, Sendable {
  /// `variables[0].value`; empty for the config itself.
  package let path: String
  package let fault: ExpressionFault

  package var message: String {
    "expression at config.\(path), position \(fault.position): \(fault.message)"
  }
}

/// Puts values for all expressions of a config: expression objects, and texts with holes that name `nodes` or
/// `parentNodes`.
package struct ConfigResolver {
  private let context: ExpressionContext
  private var budget = ExpressionBudget()

  package init(context: ExpressionContext) { self.context = context }

  /// `keeping` names members of the config that stay as they are: sub-graphs and program texts.
  package mutating func resolve(
    _ config: JSONValue, keeping kept: Set<String> = []
  ) throws(ConfigFault) -> JSONValue {
    guard case .object(let members) = config, !isExpression(config) else {
      return try value(config, path: "")
    }
    var out: [JSONMember] = []
    for member in members {
      let isKept = kept.contains(member.name)
      out.append(JSONMember(member.name, isKept ? member.value : try value(member.value, path: member.name)))
    }
    return .object(out)
  }

  private func isExpression(_ value: JSONValue) -> Bool {
    guard let kind = value["kind"]?.stringValue else { return false }
    return (kind == "templateExpression" || kind == "jsExpression") && value["expression"]?.stringValue != nil
  }

  private mutating func value(_ value: JSONValue, path: String) throws(ConfigFault) -> JSONValue {
    switch value {
    case .null, .bool, .number: return value
    case .string(let text): return try plain(text, path: path)
    case .array(let elements):
      var out: [JSONValue] = []
      for (index, element) in elements.enumerated() {
        out.append(try self.value(element, path: "\(path)[\(index)]"))
      }
      return .array(out)
    case .object(let members):
      if isExpression(value) { return try expression(value, path: path) }
      var out: [JSONMember] = []
      for member in members {
        let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
        out.append(JSONMember(member.name, try self.value(member.value, path: inner)))
      }
      return .object(out)
    }
  }

  private mutating func plain(_ text: String, path: String) throws(ConfigFault) -> JSONValue {
    let holes =
      text.utf8.count > 4 ? text.split(separator: "{{", omittingEmptySubsequences: false).dropFirst() : []
    guard holes.contains(where: { $0.contains("nodes") || $0.contains("parentNodes") }) else {
      return .string(text)
    }
    do throws(ExpressionFault) {
      return try Expression.evaluate(template: text, in: context, budget: &budget)
    } catch {
      throw ConfigFault(path: path, fault: error)
    }
  }

  private mutating func expression(_ value: JSONValue, path: String) throws(ConfigFault) -> JSONValue {
    let text = value["expression"]?.stringValue ?? ""
    do throws(ExpressionFault) {
      if value["instructTo"]?.stringValue == "ai" {
        throw ExpressionFault("instructTo 'ai' is not available; use an agent node", at: 0)
      }
      if value["kind"]?.stringValue == "jsExpression" {
        return try Expression.evaluate(script: text, in: context, budget: &budget)
      }
      return try Expression.evaluate(template: text, in: context, budget: &budget)
    } catch {
      throw ConfigFault(path: path, fault: error)
    }
  }
}
