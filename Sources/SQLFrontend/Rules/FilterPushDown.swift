import DataModel

/// Moves the conjuncts of filters as close to the relations as they can go, and turns equalities between both
/// sides of joins into join keys. Conjuncts that are TRUE vanish.
///
/// Conjuncts keep their order, and one that may fail never overtakes an earlier one that stays behind: in
/// `y <> 0 AND x / y > 1` the first guards the second. Join keys are no guards.
enum FilterPushDown {
  static func apply(_ plan: Plan) -> Plan { push([], into: plan) }

  /// The plan with its rows filtered by the conjuncts over its output.
  static func push(_ conjuncts: [ScalarExpression], into plan: Plan) -> Plan {
    switch plan {
    case .scan, .values: return filtered(plan, conjuncts)
    case .filter(let input, let predicate): return push(predicate.conjuncts + conjuncts, into: input)
    case .project(let input, let expressions, let output):
      return pushThrough(conjuncts, expressions, { $0.nodeCount <= 40 }) { inner in
        .project(input: push(inner, into: input), expressions: expressions, output: output)
      }
    case .aggregate(let input, let groups, let calls, let output):
      // A filter over groups keeps or drops whole groups; without groups the one row must stay.
      return pushThrough(conjuncts, groups, { _ in !groups.isEmpty }) { inner in
        .aggregate(input: push(inner, into: input), groups: groups, calls: calls, output: output)
      }
    case .distinct(let input): return .distinct(input: push(conjuncts, into: input))
    case .unionAll(let inputs, let output):
      return .unionAll(inputs: inputs.map { push(conjuncts, into: $0) }, output: output)
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return push(conjuncts, intoOuterJoin: kind, left, right, keys, residual)
    case .setOperation(let operation, let left, let right):
      return push(conjuncts, into: operation, left, right)
    case .window(let input, let spec, let output):
      return push(conjuncts, intoWindow: input, spec, output)
    case .expand(let input, let alternatives, let output):
      return push(conjuncts, intoExpand: input, alternatives, output)
    case .unnest(let input, let spec, let output):
      let kept = spec.kept.map { Plan.identity(input.output)[$0] }
      // A row without items is not there above, so what may fail for it stays above.
      return pushThrough(conjuncts, kept, { spec.keepsEmpty || !$0.mayFail }) { inner in
        .unnest(input: push(inner, into: input), spec: spec, output: output)
      }
    case .collect(let input, let groups, let spec, let output):
      return pushThrough(conjuncts, groups, { _ in true }) { inner in
        .collect(input: push(inner, into: input), groups: groups, spec: spec, output: output)
      }
    case .join:
      var graph = JoinGraph(plan)
      return graph.rebuilt(with: conjuncts)
    }
  }

  /// A filter over the plan; the plan itself when there is no conjunct.
  static func filtered(_ plan: Plan, _ conjuncts: [ScalarExpression]) -> Plan {
    guard let predicate = ScalarExpression.conjunction(conjuncts) else { return plan }
    return .filter(input: plan, predicate: predicate)
  }

  /// Hands down, over the input's columns, the conjuncts that use only the given expressions; the rest stays
  /// above.
  static func pushThrough(
    _ conjuncts: [ScalarExpression], _ expressions: [ScalarExpression], _ accepts: (ScalarExpression) -> Bool,
    only columns: Set<Int>? = nil,
    _ rebuild: ([ScalarExpression]) -> Plan
  ) -> Plan {
    var below: [ScalarExpression] = []
    var above: [ScalarExpression] = []
    for conjunct in conjuncts {
      let usable = conjunct.columns.allSatisfy { $0 < expressions.count && columns?.contains($0) != false }
      let blocked = !above.isEmpty && conjunct.mayFail
      if usable, !blocked {
        let moved = conjunct.mapColumns { index, _ in expressions[index] }
        if accepts(moved) {
          below.append(moved)
          continue
        }
      }
      above.append(conjunct)
    }
    return filtered(rebuild(below), above)
  }
}
