import DataModel

/// A tree of inner joins as a flat list of inputs and conjuncts, from which the joins are built anew: each
/// conjunct where it can first be evaluated, equalities as keys, inputs that an equality connects before
/// others.
///
/// Columns of conjuncts are those of the original concatenation.
struct JoinGraph {
  private struct Leaf {
    let plan: Plan
    let offset: Int
    var conjuncts: [ScalarExpression] = []
  }

  /// A conjunct that needs several inputs.
  private struct Pending {
    let conjunct: ScalarExpression
    let leaves: Set<Int>
    /// Both sides of an equality, with the inputs that each needs.
    let sides: (left: Set<Int>, right: Set<Int>)?
  }

  private let original: [PlanColumn]
  private var leaves: [Leaf] = []
  private var leafOfColumn: [Int] = []
  private var conjuncts: [ScalarExpression] = []

  init(_ plan: Plan) {
    original = plan.output
    collect(plan, offset: 0)
  }

  private mutating func collect(_ plan: Plan, offset: Int) {
    switch plan {
    case .join(let left, let right, let keys, let residual):
      let width = left.output.count
      collect(left, offset: offset)
      collect(right, offset: offset + width)
      for key in keys {
        let sides = [key.left.moved { $0 + offset }, key.right.moved { $0 + offset + width }]
        conjuncts.append(
          ScalarExpression(
            .call(.equal, sides), type: .boolean, nullable: key.left.nullable || key.right.nullable))
      }
      if let residual { conjuncts += residual.moved { $0 + offset }.conjuncts }
    case .filter(.join(let left, let right, let keys, let residual), let predicate):
      collect(.join(left: left, right: right, keys: keys, residual: residual), offset: offset)
      conjuncts += predicate.moved { $0 + offset }.conjuncts
    default:
      leafOfColumn += Array(repeating: leaves.count, count: plan.output.count)
      leaves.append(Leaf(plan: plan, offset: offset))
    }
  }

  private func leavesUsed(_ expression: ScalarExpression) -> Set<Int> {
    Set(expression.columns.map { leafOfColumn[$0] })
  }

  /// The joins, filtered by further conjuncts over their output.
  mutating func rebuilt(with further: [ScalarExpression]) -> Plan {
    var pending = distribute(conjuncts + further)
    let parts = leaves.map { leaf in
      FilterPushDown.push(leaf.conjuncts.map { $0.moved { $0 - leaf.offset } }, into: leaf.plan)
    }
    var plan = parts[0]
    var joined: Set<Int> = [0]
    var positions = place(leaf: 0, at: 0, [:])
    var remaining = Array(leaves.indices.dropFirst())
    while !remaining.isEmpty {
      let next = remaining.remove(at: connected(remaining, joined, pending) ?? 0)
      let (keys, residual) = take(&pending, joined: joined, next: next, positions)
      positions = place(leaf: next, at: plan.output.count, positions)
      joined.insert(next)
      let rest = residual.map { $0.moved { positions[$0] ?? 0 } }
      plan = .join(left: plan, right: parts[next], keys: keys, residual: ScalarExpression.conjunction(rest))
    }
    plan = FilterPushDown.filtered(plan, pending.map { $0.conjunct.moved { positions[$0] ?? 0 } })
    return restored(plan, positions)
  }

  /// Gives each input its own conjuncts and returns the others, all in order.
  private mutating func distribute(_ all: [ScalarExpression]) -> [Pending] {
    var pending: [Pending] = []
    var guards: Set<Int> = []
    var hasSharedGuard = false
    for conjunct in all {
      let used = leavesUsed(conjunct)
      let single = used.count == 1 ? used.first : nil
      if let single, !conjunct.mayFail || (!hasSharedGuard && guards.isSubset(of: [single])) {
        leaves[single].conjuncts.append(conjunct)
        guards.insert(single)
        continue
      }
      let sides = equalitySides(conjunct)
      if sides == nil { hasSharedGuard = true }
      pending.append(Pending(conjunct: conjunct, leaves: used, sides: sides))
    }
    return pending
  }

  private func equalitySides(_ conjunct: ScalarExpression) -> (left: Set<Int>, right: Set<Int>)? {
    guard case .call(.equal, let sides) = conjunct.node, sides.count == 2 else { return nil }
    let left = leavesUsed(sides[0])
    let right = leavesUsed(sides[1])
    guard !left.isEmpty, !right.isEmpty, left.isDisjoint(with: right) else { return nil }
    return (left, right)
  }

  /// Index in `remaining` of the first input that an equality connects with what is joined.
  private func connected(_ remaining: [Int], _ joined: Set<Int>, _ pending: [Pending]) -> Int? {
    remaining.firstIndex { leaf in
      pending.contains { item in
        guard let sides = item.sides else { return false }
        return (sides.left == [leaf] && sides.right.isSubset(of: joined))
          || (sides.right == [leaf] && sides.left.isSubset(of: joined))
      }
    }
  }

  /// Takes what can be evaluated once `next` is joined: keys, and the rest over the original columns.
  private func take(
    _ pending: inout [Pending], joined: Set<Int>, next: Int, _ positions: [Int: Int]
  ) -> (keys: [JoinKey], residual: [ScalarExpression]) {
    var keys: [JoinKey] = []
    var residual: [ScalarExpression] = []
    var kept: [Pending] = []
    var blocked = false
    let available = joined.union([next])
    for item in pending {
      if let key = key(item, joined: joined, next: next, positions) {
        keys.append(key)
      } else if item.leaves.isSubset(of: available), !(blocked && item.conjunct.mayFail) {
        residual.append(item.conjunct)
      } else {
        if item.sides == nil { blocked = true }
        kept.append(item)
      }
    }
    pending = kept
    return (keys, residual)
  }

  private func key(_ item: Pending, joined: Set<Int>, next: Int, _ positions: [Int: Int]) -> JoinKey? {
    guard let sides = item.sides, case .call(_, let arguments) = item.conjunct.node else { return nil }
    let swapped: Bool
    if sides.right == [next], sides.left.isSubset(of: joined) {
      swapped = false
    } else if sides.left == [next], sides.right.isSubset(of: joined) {
      swapped = true
    } else {
      return nil
    }
    let offset = leaves[next].offset
    return JoinKey(
      left: arguments[swapped ? 1 : 0].moved { positions[$0] ?? 0 },
      right: arguments[swapped ? 0 : 1].moved { $0 - offset })
  }

  /// Positions with those of the leaf's columns, which begin at `start`.
  private func place(leaf: Int, at start: Int, _ positions: [Int: Int]) -> [Int: Int] {
    var positions = positions
    let offset = leaves[leaf].offset
    for column in leaves[leaf].plan.output.indices { positions[offset + column] = start + column }
    return positions
  }

  /// The plan with its columns in the original order.
  private func restored(_ plan: Plan, _ positions: [Int: Int]) -> Plan {
    let order = original.indices.map { positions[$0] ?? 0 }
    guard order != Array(original.indices) else { return plan }
    let expressions = zip(order, original).map { position, column in
      ScalarExpression(.column(position), type: column.type, nullable: column.nullable)
    }
    return .project(input: plan, expressions: expressions, output: original)
  }
}
