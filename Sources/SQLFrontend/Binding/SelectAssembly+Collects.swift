import DataModel

/// Aggregates over all values of a group, joined to the ordinary ones of the same GROUP BY.
extension SelectAssembly {
  /// The plan's columns, then one for each collected aggregate. `isBare`: nothing reads the plan's other
  /// aggregates, so that groups which the collection knows need not be counted too.
  static func collected(
    _ plan: Plan, _ collects: [Attachments.Collect], over input: Plan, _ keys: [ScalarExpression],
    isBare: Bool
  ) -> Plan {
    guard !collects.isEmpty else { return plan }
    var specs: [CollectSpec] = []
    var places: [(spec: Int, call: Int)] = []
    for collect in collects {
      let known = specs.firstIndex { $0.order == collect.order } ?? specs.count
      if known == specs.count { specs.append(CollectSpec(order: collect.order, calls: [])) }
      places.append((known, specs[known].calls.count))
      specs[known].calls.append(collect.call)
    }
    let nodes = specs.map { Plan.collect(input: input, groups: keys, spec: $0, output: output(keys, $0)) }
    let width = plan.output.count
    var joined = plan
    var offsets: [Int] = []
    if isBare, nodes.count == 1, !keys.isEmpty {
      offsets = [width]
      joined = alone(nodes[0], keys.count, plan.output)
    } else {
      for node in nodes {
        let sides = (Plan.identity(joined.output), Plan.identity(node.output))
        let equalities = keys.indices.flatMap { CorrelatedPlan.nullSafe(sides.0[$0], sides.1[$0]) }
        offsets.append(joined.output.count + keys.count)
        joined = .outerJoin(kind: .left, left: joined, right: node, keys: equalities, residual: nil)
      }
    }
    let all = Plan.identity(joined.output)
    let values = zip(places, collects).map { place, collect in
      filled(all[offsets[place.spec] + place.call], collect.call)
    }
    let added = zip(values, joined.output.indices).map { value, index in
      PlanColumn(name: SQLIdentifier("COLLECT$\(index)"), type: value.type, nullable: value.nullable)
    }
    return .project(
      input: joined, expressions: Array(all.prefix(width)) + values, output: plan.output + added)
  }

  /// Arrays and maps of a group without rows are empty.
  static func filled(_ value: ScalarExpression, _ call: CollectCall) -> ScalarExpression {
    guard !call.nullable else { return value }
    let empty = ScalarExpression(
      .literal(.bytes([NestedCodec.end])), type: value.type, nullable: false)
    return ScalarExpression(.call(.coalesce, [value, empty]), type: value.type, nullable: false)
  }

  /// The collection in the shape of the join: the groups, constants for the aggregates that nobody reads.
  private static func alone(_ node: Plan, _ groups: Int, _ output: [PlanColumn]) -> Plan {
    let all = Plan.identity(node.output)
    let unread = output.dropFirst(groups).map { column in
      ScalarExpression(.literal(.int64(1)), type: column.type, nullable: false)
    }
    return .project(
      input: node, expressions: Array(all.prefix(groups)) + unread + Array(all.dropFirst(groups)),
      output: output + Array(node.output.dropFirst(groups)))
  }

  static func output(_ groups: [ScalarExpression], _ spec: CollectSpec) -> [PlanColumn] {
    let keys = groups.enumerated().map { index, group in
      PlanColumn(name: SQLIdentifier("GROUP$\(index)"), type: group.type, nullable: group.nullable)
    }
    return keys
      + spec.calls.enumerated().map { index, call in
        PlanColumn(name: SQLIdentifier("ALL$\(index)"), type: call.type, nullable: call.nullable)
      }
  }
}
