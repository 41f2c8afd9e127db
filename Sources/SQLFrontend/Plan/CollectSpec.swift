package import DataModel

/// Aggregates that need all values of a group, in one order.
package struct CollectSpec: Hashable, Sendable {
  /// Order of the rows of a group; rows that it leaves equal are in that of each call's values.
  package var order: [OrderKey]
  package var calls: [CollectCall]

  package init(order: [OrderKey], calls: [CollectCall]) {
    self.order = order
    self.calls = calls
  }

  package var expressions: [ScalarExpression] {
    order.map(\.expression) + calls.flatMap { [$0.argument] + ($0.filter.map { [$0] } ?? []) }
  }

  func mapExpressions<Failure: Error>(
    _ change: (ScalarExpression) throws(Failure) -> ScalarExpression
  ) throws(Failure) -> CollectSpec {
    var result = CollectSpec(order: [], calls: [])
    for key in order {
      result.order.append(
        OrderKey(try change(key.expression), descending: key.descending, nullsFirst: key.nullsFirst))
    }
    for call in calls {
      var filter: ScalarExpression?
      if let old = call.filter { filter = try change(old) }
      result.calls.append(
        CollectCall(
          call.function, argument: try change(call.argument), filter: filter, distinct: call.distinct,
          type: call.type))
    }
    return result
  }
}

/// One aggregate over all values of a group.
package struct CollectCall: Hashable, Sendable {
  package enum Function: String, Hashable, Sendable, CaseIterable {
    /// All values in an array, NULLs too; without an order of the rows in that of the values.
    case array
    /// The entries of a MAP whose argument is a ROW of key and value; of equal keys the greatest value wins.
    case map
    /// Bits of the values that are not NULL; NULL without any.
    case bitAnd, bitOr, bitXor
    /// The most frequent value that is not NULL; of several the least.
    case mode
  }

  package let function: Function
  package let argument: ScalarExpression
  /// Only rows for which it is TRUE count.
  package let filter: ScalarExpression?
  /// Equal values count once.
  package let distinct: Bool
  package let type: ColumnType

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

  /// Over no rows arrays and maps are empty, the others NULL.
  package var nullable: Bool { function != .array && function != .map }
}
