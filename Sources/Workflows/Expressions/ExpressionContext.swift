import Platform
package import WireTypes

/// What an expression may name: outputs by slug.
package struct ExpressionContext: Sendable {
  /// Object of slug to output; the run's, or in a group the item's.
  package let nodes: JSONValue
  /// The run around the group; nil outside groups.
  package let parentNodes: JSONValue?

  package init(nodes: JSONValue, parentNodes: JSONValue? = nil) {
    self.nodes = nodes
    self.parentNodes = parentNodes
  }
}

/// Work that is left for the expressions of one config; nothing evaluates without it.
package struct ExpressionBudget: Sendable {
  package private(set) var work: Int

  package init(work: Int = Limits.expressionWorkMax) { self.work = work }

  /// Answers false when too little is left.
  mutating func take(_ units: Int) -> Bool {
    guard units >= 0, units <= work else {
      work = 0
      return false
    }
    work -= units
    return true
  }
}
