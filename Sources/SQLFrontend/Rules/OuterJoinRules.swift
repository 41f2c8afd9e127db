import DataModel

/// An outer join with its condition taken apart: equalities between the sides as keys, what concerns only
/// the right side moved into it.
struct OuterJoinCondition {
  private(set) var keys: [JoinKey]
  private(set) var residual: [ScalarExpression] = []
  private(set) var rightOnly: [ScalarExpression] = []

  init(_ kind: OuterJoinKind, leftWidth: Int, keys: [JoinKey], residual: ScalarExpression?) {
    self.keys = keys
    for conjunct in residual?.conjuncts ?? [] {
      if let key = Self.key(conjunct, leftWidth) {
        self.keys.append(key)
      } else if kind != .full, !conjunct.mayFail, !conjunct.columns.isEmpty,
        conjunct.columns.allSatisfy({ $0 >= leftWidth })
      {
        rightOnly.append(conjunct.moved { $0 - leftWidth })
      } else {
        self.residual.append(conjunct)
      }
    }
  }

  private static func key(_ conjunct: ScalarExpression, _ leftWidth: Int) -> JoinKey? {
    guard case .call(.equal, let sides) = conjunct.node, sides.count == 2 else { return nil }
    let columns = sides.map(\.columns)
    guard columns.allSatisfy({ !$0.isEmpty }) else { return nil }
    for (left, right) in [(0, 1), (1, 0)]
    where columns[left].allSatisfy({ $0 < leftWidth }) && columns[right].allSatisfy({ $0 >= leftWidth }) {
      return JoinKey(left: sides[left], right: sides[right].moved { $0 - leftWidth })
    }
    return nil
  }
}

extension FilterPushDown {
  /// Conjuncts over the left columns go to the left side, unless a FULL join pads it.
  static func push(
    _ conjuncts: [ScalarExpression], intoOuterJoin kind: OuterJoinKind, _ left: Plan, _ right: Plan,
    _ keys: [JoinKey], _ residual: ScalarExpression?
  ) -> Plan {
    let width = left.output.count
    var below: [ScalarExpression] = []
    var above: [ScalarExpression] = []
    for conjunct in conjuncts {
      let isLeft = kind != .full && conjunct.columns.allSatisfy { $0 < width }
      // Semi and anti joins guard what is above them.
      let isSafe = !conjunct.mayFail || (kind == .left && above.isEmpty)
      if isLeft, isSafe { below.append(conjunct) } else { above.append(conjunct) }
    }
    let condition = OuterJoinCondition(kind, leftWidth: width, keys: keys, residual: residual)
    return filtered(
      .outerJoin(
        kind: kind, left: push(below, into: left), right: push(condition.rightOnly, into: right),
        keys: condition.keys, residual: ScalarExpression.conjunction(condition.residual)), above)
  }

  /// Conjuncts over the partition go below; a bound of a ranking becomes the window's cut.
  static func push(
    _ conjuncts: [ScalarExpression], intoWindow input: Plan, _ spec: WindowSpec, _ output: [PlanColumn]
  ) -> Plan {
    var spec = spec
    let fixed = spec.partitionColumns
    var below: [ScalarExpression] = []
    var above: [ScalarExpression] = []
    for conjunct in conjuncts {
      let isFixed = !conjunct.columns.isEmpty && conjunct.columns.isSubset(of: fixed)
      if isFixed, !conjunct.mayFail {
        below.append(conjunct)
        continue
      }
      above.append(conjunct)
      if let cutting = spec.cutting(by: conjunct, inputWidth: input.output.count) { spec = cutting }
    }
    return filtered(.window(input: push(below, into: input), spec: spec, output: output), above)
  }

  /// Conjuncts go to both sides, unless they may fail on rows that the operation leaves out.
  static func push(
    _ conjuncts: [ScalarExpression], into operation: RowSetOperation, _ left: Plan, _ right: Plan
  ) -> Plan {
    let below = conjuncts.filter { !$0.mayFail }
    return filtered(
      .setOperation(operation, left: push(below, into: left), right: push(below, into: right)),
      conjuncts.filter { $0.mayFail })
  }

  /// Conjuncts over columns that are the same in all alternatives go below.
  static func push(
    _ conjuncts: [ScalarExpression], intoExpand input: Plan, _ alternatives: [[ScalarExpression]],
    _ output: [PlanColumn]
  ) -> Plan {
    let first = alternatives.first ?? []
    let shared = Set(
      first.indices.filter { column in alternatives.allSatisfy { $0[column] == first[column] } })
    return pushThrough(conjuncts, first, { _ in true }, only: shared) { inner in
      .expand(input: push(inner, into: input), alternatives: alternatives, output: output)
    }
  }
}
