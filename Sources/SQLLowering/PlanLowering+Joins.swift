import DataModel
import Dataflow
import SQLFrontend

/// Outer, semi and anti joins: one operator for equalities alone, otherwise inner joins and row sets.
extension PlanLowering {
  mutating func outerJoin(
    _ kind: OuterJoinKind, _ left: Plan, _ right: Plan, _ condition: JoinCondition, _ place: StateLayout
  ) -> NodeID {
    let leftNode = lower(left, place.input(0))
    let rightNode = lower(right, place.input(1))
    let sides = JoinSides(left: left.output, right: right.output)
    if condition.residual == nil { return byKeys(kind, leftNode, rightNode, sides, condition, place.id) }
    switch kind {
    case .left, .full:
      let matched = inner(leftNode, rightNode, sides, condition, place.id)
      var parts = [matched, padded(leftNode, matched, sides, condition, isLeft: true, place)]
      if kind == .full { parts.append(padded(rightNode, matched, sides, condition, isLeft: false, place)) }
      return builder.union(parts)
    case .semi, .anti:
      let matched = builder.project(
        inner(leftNode, rightNode, sides, condition, place.id), sides.columns(isLeft: true))
      let rows = builder.rowSet(
        leftNode, matched, kind == .semi ? .semi : .anti, types: left.output.map(\.type),
        stateID: place.id + "/rows")
      limitRows(rows, condition, isLeft: true)
      return rows
    }
  }

  /// Without keys any row is a match: the key is a constant.
  private mutating func byKeys(
    _ kind: OuterJoinKind, _ left: NodeID, _ right: NodeID, _ sides: JoinSides, _ condition: JoinCondition,
    _ id: String
  ) -> NodeID {
    let constant = ScalarExpression(.literal(.int64(0)), type: .integer, nullable: false)
    let keys = condition.keys.map { (left: $0.left, right: $0.right) }
    let node = builder.outerJoin(
      left, right, OuterJoinRule(kind), keys: keys.isEmpty ? [(left: constant, right: constant)] : keys,
      leftTypes: sides.left.map(\.type), rightTypes: sides.right.map(\.type), stateID: id)
    limitOuterJoin(node, kind, condition.waterlines)
    return node
  }

  private mutating func inner(
    _ left: NodeID, _ right: NodeID, _ sides: JoinSides, _ condition: JoinCondition, _ id: String
  ) -> NodeID {
    let node = builder.join(
      left, right, keys: condition.keys.map { (left: $0.left, right: $0.right) },
      residual: condition.residual, leftTypes: sides.left.map(\.type), rightTypes: sides.right.map(\.type),
      stateID: id)
    limitJoin(node, condition.waterlines)
    return node
  }

  /// Rows of one side without a match, with NULLs for the other.
  private mutating func padded(
    _ side: NodeID, _ matched: NodeID, _ sides: JoinSides, _ condition: JoinCondition, isLeft: Bool,
    _ place: StateLayout
  ) -> NodeID {
    let own = isLeft ? sides.left : sides.right
    let lonely = builder.rowSet(
      side, builder.project(matched, sides.columns(isLeft: isLeft)), .anti, types: own.map(\.type),
      stateID: place.id + (isLeft ? "/lonely" : "/lonelyright"))
    limitRows(lonely, condition, isLeft: isLeft)
    let mine = own.enumerated().map {
      ScalarExpression(.column($0.offset), type: $0.element.type, nullable: true)
    }
    let other = (isLeft ? sides.right : sides.left).map {
      ScalarExpression(.literal(.null), type: $0.type, nullable: true)
    }
    return builder.project(lonely, isLeft ? mine + other : other + mine)
  }
}

struct JoinCondition {
  let keys: [JoinKey]
  let residual: ScalarExpression?
  /// Of both sides of each key; empty without LATENESS.
  var waterlines: [(left: Waterline?, right: Waterline?)] = []
}

private struct JoinSides {
  let left: [PlanColumn]
  let right: [PlanColumn]

  /// References to the columns of one side in the join's output.
  func columns(isLeft: Bool) -> [ScalarExpression] {
    let first = isLeft ? 0 : left.count
    return (isLeft ? left : right).enumerated().map {
      ScalarExpression(.column(first + $0.offset), type: $0.element.type, nullable: $0.element.nullable)
    }
  }
}
