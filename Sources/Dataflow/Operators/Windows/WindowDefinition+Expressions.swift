import DataModel

extension WindowDefinition {
  /// What is computed of each row.
  var expressions: [ScalarExpression] {
    partition + order.map(\.expression) + calls.flatMap(\.arguments)
  }
}

extension CollectDefinition {
  /// What is computed of each row, an argument also where its filter does not hold.
  var expressions: [ScalarExpression] {
    groups + order.map(\.expression) + calls.flatMap { [$0.argument] + ($0.filter.map { [$0] } ?? []) }
  }
}
