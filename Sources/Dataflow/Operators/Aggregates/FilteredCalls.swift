import DataModel

/// The conditions of FILTER clauses, each evaluated once a step: bit i of a row's mask says that condition i holds.
///
/// FILTER reaches the operator as CASE WHEN condition THEN argument END.
struct FilteredCalls {
  private var expressions: [ScalarExpression] = []
  private var conditions: [CompiledExpression] = []
  static let bitsMax = 63
  /// The bit that every row has.
  static let always: UInt64 = 1 << 63

  /// Condition and value of a filtered argument.
  static func split(_ argument: ScalarExpression) -> (condition: ScalarExpression, value: ScalarExpression)? {
    guard case .conditional(let branches, nil) = argument.node, branches.count == 1 else { return nil }
    return (branches[0].condition, branches[0].result)
  }

  /// The mask bit of a condition; nil when there are too many.
  mutating func bit(_ condition: ScalarExpression) -> UInt64? {
    if let known = expressions.firstIndex(of: condition) { return 1 << UInt64(known) }
    guard conditions.count < Self.bitsMax else { return nil }
    expressions.append(condition)
    conditions.append(CompiledExpression(condition))
    return 1 << UInt64(conditions.count - 1)
  }

  var isEmpty: Bool { conditions.isEmpty }
  var usesNow: Bool { conditions.contains { $0.usesNow } }

  func masks(_ delta: ColumnBatch, _ now: Int64) throws(EvaluationError) -> [UInt64] {
    var masks = [UInt64](repeating: Self.always, count: delta.count)
    for (index, condition) in conditions.enumerated() {
      let bit: UInt64 = 1 << UInt64(index)
      for row in try condition.select(delta.columns, count: delta.count, now: now) { masks[Int(row)] |= bit }
    }
    return masks
  }
}
