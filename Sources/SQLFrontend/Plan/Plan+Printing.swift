import DataModel

/// Plans as text: one line a node, inputs indented below, `#i` is column i of the input. For goldens and
/// EXPLAIN.
extension Plan: CustomStringConvertible {
  package var description: String { lines.joined(separator: "\n") }

  private var lines: [String] { [line] + inputs.flatMap(\.lines).map { "  " + $0 } }

  private var line: String {
    switch self {
    case .scan(let relation, let output):
      return "Scan \(relation) [\(output.map(\.name.spelled).joined(separator: ", "))]"
    case .values(let rows, let output):
      let texts = rows.map { "(" + $0.map(\.planText).joined(separator: ", ") + ")" }
      return "Values \(texts.joined(separator: ", ")) [\(PlanColumn.list(output))]"
    case .filter(_, let predicate): return "Filter \(predicate.planText)"
    case .project(_, let expressions, let output):
      let items = zip(output, expressions).map { "\($0) = \($1.planText)" }
      return "Project \(items.joined(separator: ", "))"
    case .join(_, _, let keys, let residual):
      let equalities = keys.map { "\($0.left.planText) = \($0.right.planText)" }.joined(separator: ", ")
      let rest = residual.map { " on \($0.planText)" } ?? ""
      return keys.isEmpty ? "Cross\(rest)" : "Join [\(equalities)]\(rest)"
    case .aggregate(_, let groups, let calls, _):
      let keys = groups.map(\.planText).joined(separator: ", ")
      return "Aggregate [\(keys)] \(calls.map(\.planText).joined(separator: ", "))"
    case .distinct: return "Distinct"
    case .unionAll(_, let output): return "UnionAll [\(PlanColumn.list(output))]"
    case .outerJoin(let kind, _, _, let keys, let residual):
      let equalities = keys.map { "\($0.left.planText) = \($0.right.planText)" }.joined(separator: ", ")
      return "\(kind.rawValue.uppercased()) Join [\(equalities)]"
        + (residual.map { " on \($0.planText)" } ?? "")
    case .setOperation(let operation, _, _): return operation.rawValue.uppercased()
    case .window(_, let spec, _): return spec.planText
    case .expand(_, let alternatives, let output):
      let texts = alternatives.map { "(" + $0.map(\.planText).joined(separator: ", ") + ")" }
      return "Expand \(texts.joined(separator: ", ")) [\(PlanColumn.list(output))]"
    case .unnest(_, let spec, let output): return "\(spec.planText) [\(PlanColumn.list(output))]"
    case .collect(_, let groups, let spec, _):
      return "Collect [\(groups.map(\.planText).joined(separator: ", "))]\(spec.planText)"
    }
  }
}

extension PlanColumn: CustomStringConvertible {
  package var description: String { "\(name): \(type.description)\(nullable ? "" : " NOT NULL")" }

  fileprivate static func list(_ columns: [PlanColumn]) -> String {
    columns.map(\.description).joined(separator: ", ")
  }
}

extension WindowSpec {
  fileprivate var planText: String {
    let keys = order.map {
      $0.expression.planText + ($0.descending ? " desc" : "") + ($0.nullsFirst ? " nulls first" : "")
    }
    var text = "Window [\(partition.map(\.planText).joined(separator: ", "))]"
    text += " order [\(keys.joined(separator: ", "))]"
    for call in calls {
      let arguments = call.arguments.map(\.planText).joined(separator: ", ")
      let frame =
        call.frame == .whole ? "" : " \(call.frame.unit.rawValue) \(call.frame.start) \(call.frame.end)"
      text += " \(call.function)(\(arguments))\(call.ignoresNulls ? " ignore nulls" : "")\(frame)"
    }
    guard let cut else { return text }
    return text + " \(cut.ranking.rawValue) skip \(cut.skip) take \(cut.count.map { "\($0)" } ?? "all")"
  }
}

extension UnnestSpec {
  fileprivate var planText: String {
    let arrays = arrays.map(\.planText).joined(separator: ", ")
    let kept = kept.map { "#\($0)" }.joined(separator: ", ")
    return "Unnest [\(kept)] \(arrays)\(ordinality ? " ordinality" : "")\(keepsEmpty ? " or NULL" : "")"
  }
}

extension CollectSpec {
  fileprivate var planText: String {
    let keys = order.map {
      $0.expression.planText + ($0.descending ? " desc" : "") + ($0.nullsFirst ? " nulls first" : "")
    }
    var text = keys.isEmpty ? "" : " order [\(keys.joined(separator: ", "))]"
    for call in calls {
      let filter = call.filter.map { " where \($0.planText)" } ?? ""
      let distinct = call.distinct ? "DISTINCT " : ""
      text += " \(call.function.rawValue)(\(distinct)\(call.argument.planText)\(filter)): "
      text += call.type.description
    }
    return text
  }
}

extension AggregateCall {
  fileprivate var planText: String {
    let name: String =
      switch function {
      case .countAll, .count: "COUNT"
      case .sum: "SUM"
      case .average: "AVG"
      case .minimum: "MIN"
      case .maximum: "MAX"
      }
    return "\(name)(\(distinct ? "DISTINCT " : "")\(argument.map(\.planText) ?? "*")): \(type.description)"
      + (nullable ? "" : " NOT NULL")
  }
}

extension ScalarExpression {
  /// Literals as in SQL, with their type where the text does not tell it.
  package var planText: String {
    switch node {
    case .column(let index): return "#\(index)"
    case .literal(let value): return literalText(value)
    case .call(.cast, let arguments):
      return "cast(\(arguments.map(\.planText).joined(separator: ", ")) as \(type.description))"
    case .call(let function, let arguments):
      return "\(function.rawValue)(\(arguments.map(\.planText).joined(separator: ", ")))"
    case .conditional(let branches, let otherwise):
      let cases = branches.map { "when \($0.condition.planText) then \($0.result.planText)" }
      return "case(\(cases.joined(separator: " "))\(otherwise.map { " else " + $0.planText } ?? ""))"
    }
  }

  private func literalText(_ value: Value) -> String {
    if value.isNull { return type == .null ? "NULL" : "NULL:\(type.description)" }
    let text = ValueText.render(value, as: type)
    switch type {
    case .boolean, .integer: return text
    case .decimal(_, let scale) where scale > 0: return text
    case .char: return "'\(text)'"
    case .varchar, .date, .time, .timestamp, .uuid, .varbinary, .binary, .interval:
      return "'\(text)':\(type.baseName)"
    default: return "\(text):\(type.baseName)"
    }
  }
}
