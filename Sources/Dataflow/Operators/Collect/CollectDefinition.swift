package import DataModel

/// What a collect operator computes; the engine's form of the plan's collect, whose docs say what each means.
package struct CollectDefinition: Sendable {
  package enum Function: Sendable { case array, map, bitAnd, bitOr, bitXor, mode }

  package struct Call: Sendable {
    let function: Function
    let argument: ScalarExpression
    let filter: ScalarExpression?
    let distinct: Bool
    let type: ColumnType
    package init(
      _ function: Function, argument: ScalarExpression, filter: ScalarExpression?, distinct: Bool,
      type: ColumnType
    ) {
      self.function = function
      self.argument = argument
      self.filter = filter
      self.distinct = distinct
      self.type = type
    }
  }

  package let groups: [ScalarExpression]
  package let order: [WindowDefinition.Key]
  package let calls: [Call]

  package init(groups: [ScalarExpression], order: [WindowDefinition.Key], calls: [Call]) {
    self.groups = groups
    self.order = order
    self.calls = calls
  }
}
