import DataModel

/// What one program or query may still grow into: shared by all its binders, hence a class.
///
/// Text can name a thing twice and what is built then doubles; every such copy is paid for here, so that no
/// short text becomes a plan of exponential size or a tree too high to walk.
final class BindingBudget {
  static let planHeightMax = 300

  /// Nodes of one expression or plan that is copied into another.
  static let copiedNodesMax = 100_000

  private var nodesLeft = 4_000_000

  /// Takes `count` nodes.
  func charge(_ count: Int, at range: TextRange) throws(SQLFault) {
    nodesLeft -= count
    guard nodesLeft >= 0, count <= BindingBudget.copiedNodesMax else {
      throw SQLFault(.compilation, "Program is too large when expanded", at: range)
    }
  }

  /// Pays for one more copy of an expression.
  func copy(_ expression: ScalarExpression, at range: TextRange) throws(SQLFault) {
    try charge(expression.nodeCount, at: range)
  }

  /// Pays for a plan that is about to be used in another one.
  func use(_ plan: Plan, at range: TextRange) throws(SQLFault) {
    let extent = plan.extent
    try charge(extent.nodes, at: range)
    guard extent.height <= BindingBudget.planHeightMax else {
      throw SQLFault(
        .compilation, "Query is nested more than \(BindingBudget.planHeightMax) levels deep", at: range)
    }
  }
}
