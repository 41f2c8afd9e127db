import DataModel

/// The aggregates of one SELECT, each once. While items are bound, aggregate i stands as the column behind
/// the columns of the scope; `grouped` then brings an item over the output of the aggregation.
struct AggregateSet {
  private(set) var calls: [AggregateCall] = []
  private var positions: [AggregateCall: Int] = [:]

  var isEmpty: Bool { calls.isEmpty }

  /// Position of the call among the aggregates; added when it is new.
  mutating func position(of call: AggregateCall) -> Int {
    if let known = positions[call] { return known }
    positions[call] = calls.count
    calls.append(call)
    return calls.count - 1
  }
}

/// Rewrites items that were bound over a scope to the output of its aggregation: groups first, then
/// aggregates.
struct GroupedColumns {
  private let positions: [ScalarExpression: Int]
  private let groupCount: Int
  private let scopeWidth: Int

  init(groups: [ScalarExpression], scopeWidth: Int) {
    var positions: [ScalarExpression: Int] = [:]
    for (index, group) in groups.enumerated() where positions[group] == nil { positions[group] = index }
    self.positions = positions
    groupCount = groups.count
    self.scopeWidth = scopeWidth
  }

  /// The item over the aggregation's output; throws the position of a column that is not grouped.
  func grouped(_ expression: ScalarExpression) throws(UngroupedColumn) -> ScalarExpression {
    if let position = positions[expression] {
      return ScalarExpression(.column(position), type: expression.type, nullable: expression.nullable)
    }
    switch expression.node {
    case .literal: return expression
    case .column(let index):
      guard index >= scopeWidth else { throw UngroupedColumn(index: index) }
      return ScalarExpression(
        .column(groupCount + index - scopeWidth), type: expression.type, nullable: expression.nullable)
    case .call(let function, let arguments):
      var changed: [ScalarExpression] = []
      for argument in arguments { changed.append(try grouped(argument)) }
      return ScalarExpression(.call(function, changed), type: expression.type, nullable: expression.nullable)
    case .conditional(let branches, let otherwise):
      var changed: [ConditionalBranch] = []
      for branch in branches {
        changed.append(
          ConditionalBranch(condition: try grouped(branch.condition), result: try grouped(branch.result)))
      }
      var rest: ScalarExpression?
      if let otherwise { rest = try grouped(otherwise) }
      return ScalarExpression(
        .conditional(changed, otherwise: rest), type: expression.type, nullable: expression.nullable)
    }
  }
}

struct UngroupedColumn: Error {
  let index: Int
}
