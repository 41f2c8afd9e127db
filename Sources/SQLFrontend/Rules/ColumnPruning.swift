import DataModel

/// Drops columns that nothing above reads, below filters, joins, aggregates and unions, so that state and
/// copies stay narrow.
enum ColumnPruning {
  /// A plan that gives at least the columns wanted, and where each old column is now.
  private struct Pruned {
    let plan: Plan
    let positions: [Int: Int]
  }

  static func apply(_ plan: Plan) -> Plan { prune(plan, Set(plan.output.indices)).plan }

  private static func identity(_ plan: Plan) -> Pruned {
    Pruned(plan: plan, positions: Dictionary(uniqueKeysWithValues: plan.output.indices.map { ($0, $0) }))
  }

  private static func prune(_ plan: Plan, _ needed: Set<Int>) -> Pruned {
    switch plan {
    case .scan, .values: return identity(plan)
    case .filter(let input, let predicate):
      let inner = exact(input, needed.union(predicate.columns))
      return Pruned(
        plan: .filter(input: inner.plan, predicate: moved(predicate, inner)), positions: inner.positions)
    case .project(let input, let expressions, let output):
      return pruneProject(input, expressions, output, needed)
    case .join(let left, let right, let keys, let residual):
      return pruneJoin(left, right, keys, residual, needed)
    case .aggregate(let input, let groups, let calls, let output):
      return pruneAggregate(input, (groups, calls), output, needed)
    case .distinct(let input):
      let inner = prune(input, Set(input.output.indices))
      return Pruned(plan: .distinct(input: inner.plan), positions: inner.positions)
    case .unionAll(let inputs, let output):
      let kept = keep(needed)
      return Pruned(
        plan: .unionAll(inputs: inputs.map { exact($0, Set(kept)).plan }, output: kept.map { output[$0] }),
        positions: order(kept))
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return pruneJoin(left, right, keys, residual, needed, kind)
    case .setOperation(let operation, let left, let right):
      let all = Set(left.output.indices)
      return identity(.setOperation(operation, left: exact(left, all).plan, right: exact(right, all).plan))
    case .window(let input, let spec, let output): return pruneWindow(input, spec, output, needed)
    case .expand(let input, let alternatives, let output):
      let kept = keep(needed)
      var used: Set<Int> = []
      for alternative in alternatives {
        for index in kept { alternative[index].insertColumns(into: &used) }
      }
      let inner = prune(input, used)
      return Pruned(
        plan: .expand(
          input: inner.plan, alternatives: alternatives.map { all in kept.map { moved(all[$0], inner) } },
          output: kept.map { output[$0] }), positions: order(kept))
    case .unnest(let input, let spec, let output): return pruneUnnest(input, spec, output, needed)
    case .collect(let input, let groups, let spec, let output):
      return pruneCollect(input, groups, spec, output, needed)
    }
  }

  /// Items stay, because their number decides how often a row comes.
  private static func pruneUnnest(
    _ input: Plan, _ spec: UnnestSpec, _ output: [PlanColumn], _ needed: Set<Int>
  ) -> Pruned {
    let width = spec.kept.count
    let kept = (0..<width).filter { needed.contains($0) }
    var used = Set(kept.map { spec.kept[$0] })
    for array in spec.arrays { array.insertColumns(into: &used) }
    let inner = prune(input, used)
    var narrow = spec
    narrow.arrays = spec.arrays.map { moved($0, inner) }
    narrow.kept = kept.map { inner.positions[spec.kept[$0]] ?? 0 }
    let all = kept + Array(width..<output.count)
    return Pruned(
      plan: .unnest(input: inner.plan, spec: narrow, output: all.map { output[$0] }), positions: order(all))
  }

  /// Keeps all groups, and the calls that are read.
  private static func pruneCollect(
    _ input: Plan, _ groups: [ScalarExpression], _ spec: CollectSpec, _ output: [PlanColumn],
    _ needed: Set<Int>
  ) -> Pruned {
    let width = groups.count
    var keptCalls = spec.calls.indices.filter { needed.contains(width + $0) }
    if keptCalls.isEmpty { keptCalls = [0] }
    var narrow = spec
    narrow.calls = keptCalls.map { spec.calls[$0] }
    var used: Set<Int> = []
    for expression in groups + narrow.expressions { expression.insertColumns(into: &used) }
    let inner = exact(input, used)
    let kept = Array(0..<width) + keptCalls.map { width + $0 }
    return Pruned(
      plan: .collect(
        input: inner.plan, groups: groups.map { moved($0, inner) },
        spec: narrow.mapExpressions { moved($0, inner) }, output: kept.map { output[$0] }),
      positions: order(kept))
  }

  /// Calls and columns that nobody reads fall away: rows that the ordering leaves equal may stand in any order, so
  /// the columns that are left may break the tie.
  private static func pruneWindow(
    _ input: Plan, _ spec: WindowSpec, _ output: [PlanColumn], _ needed: Set<Int>
  ) -> Pruned {
    let width = input.output.count
    let keptCalls = spec.calls.indices.filter { needed.contains(width + $0) }
    var narrow = spec
    narrow.calls = keptCalls.map { spec.calls[$0] }
    if narrow.calls.isEmpty, narrow.cut == nil { return prune(input, needed) }
    var used = needed.filter { $0 < width }
    for expression in narrow.expressions { expression.insertColumns(into: &used) }
    let inner = exact(input, used)
    let kept = keep(used) + keptCalls.map { width + $0 }
    return Pruned(
      plan: .window(
        input: inner.plan, spec: narrow.mapExpressions { moved($0, inner) }, output: kept.map { output[$0] }),
      positions: order(kept))
  }

  /// The columns to keep in order; never none, so that every batch has a column.
  private static func keep(_ needed: Set<Int>) -> [Int] { needed.isEmpty ? [0] : needed.sorted() }

  private static func order(_ kept: [Int]) -> [Int: Int] {
    Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
  }

  private static func moved(_ expression: ScalarExpression, _ input: Pruned) -> ScalarExpression {
    expression.moved { input.positions[$0] ?? 0 }
  }

  /// The plan with exactly the columns wanted, in their old order.
  private static func exact(_ plan: Plan, _ needed: Set<Int>) -> Pruned {
    let kept = keep(needed.filter { $0 < plan.output.count })
    let inner = prune(plan, Set(kept))
    let order = order(kept)
    let places = kept.map { inner.positions[$0] ?? 0 }
    guard places != Array(inner.plan.output.indices) else {
      return Pruned(plan: inner.plan, positions: order)
    }
    let columns = inner.plan.output
    let expressions = places.map {
      ScalarExpression(.column($0), type: columns[$0].type, nullable: columns[$0].nullable)
    }
    let narrow = Plan.project(input: inner.plan, expressions: expressions, output: places.map { columns[$0] })
    return Pruned(plan: narrow, positions: order)
  }

  private static func pruneProject(
    _ input: Plan, _ expressions: [ScalarExpression], _ output: [PlanColumn], _ needed: Set<Int>
  ) -> Pruned {
    let kept = keep(needed)
    var used: Set<Int> = []
    for index in kept { expressions[index].insertColumns(into: &used) }
    let inner = prune(input, used)
    return Pruned(
      plan: .project(
        input: inner.plan, expressions: kept.map { moved(expressions[$0], inner) },
        output: kept.map { output[$0] }),
      positions: order(kept))
  }

  private static func pruneJoin(
    _ left: Plan, _ right: Plan, _ keys: [JoinKey], _ residual: ScalarExpression?, _ needed: Set<Int>,
    _ kind: OuterJoinKind? = nil
  ) -> Pruned {
    let width = left.output.count
    let all = needed.union(residual?.columns ?? [])
    var leftNeeded = all.filter { $0 < width }
    var rightNeeded = Set(all.filter { $0 >= width }.map { $0 - width })
    for key in keys {
      key.left.insertColumns(into: &leftNeeded)
      key.right.insertColumns(into: &rightNeeded)
    }
    let a = exact(left, leftNeeded)
    let b = exact(right, rightNeeded)
    let shift = a.plan.output.count
    var positions = a.positions
    for (old, new) in b.positions { positions[old + width] = new + shift }
    let newKeys = keys.map { JoinKey(left: moved($0.left, a), right: moved($0.right, b)) }
    let newResidual = residual?.moved { positions[$0] ?? 0 }
    guard let kind else {
      return Pruned(
        plan: .join(left: a.plan, right: b.plan, keys: newKeys, residual: newResidual), positions: positions)
    }
    let isLeftOnly = kind == .semi || kind == .anti
    return Pruned(
      plan: .outerJoin(kind: kind, left: a.plan, right: b.plan, keys: newKeys, residual: newResidual),
      positions: isLeftOnly ? a.positions : positions)
  }

  /// Keeps all groups, and the calls that are read.
  private static func pruneAggregate(
    _ input: Plan, _ parts: (groups: [ScalarExpression], calls: [AggregateCall]), _ output: [PlanColumn],
    _ needed: Set<Int>
  ) -> Pruned {
    let width = parts.groups.count
    var keptCalls = parts.calls.indices.filter { needed.contains(width + $0) }
    if width == 0, keptCalls.isEmpty, !parts.calls.isEmpty { keptCalls = [0] }
    var used: Set<Int> = []
    for group in parts.groups { group.insertColumns(into: &used) }
    for index in keptCalls { parts.calls[index].argument?.insertColumns(into: &used) }
    let inner = exact(input, used)
    let calls = keptCalls.map { index in
      let call = parts.calls[index]
      return AggregateCall(
        call.function, argument: call.argument.map { moved($0, inner) }, distinct: call.distinct,
        type: call.type,
        nullable: call.nullable)
    }
    let kept = Array(0..<width) + keptCalls.map { width + $0 }
    return Pruned(
      plan: .aggregate(
        input: inner.plan, groups: parts.groups.map { moved($0, inner) }, calls: calls,
        output: kept.map { output[$0] }),
      positions: order(kept))
  }
}
