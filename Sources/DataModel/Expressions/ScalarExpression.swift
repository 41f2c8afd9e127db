/// A bound, typed expression over the columns of one row: what the binder makes and the one evaluator runs.
///
/// Every argument already has the type its function wants; implicit coercions are explicit `cast` calls.
package struct ScalarExpression: Hashable, Sendable {
  package indirect enum Node: Hashable, Sendable {
    /// Position in the input row.
    case column(Int)
    case literal(Value)
    case call(ScalarFunction, [ScalarExpression])
    /// WHEN condition THEN result pairs in order, then ELSE (nil is NULL). Lazily evaluated: an error in a
    /// branch
    /// counts only for the rows that take it.
    case conditional([ConditionalBranch], otherwise: ScalarExpression?)
  }

  package let node: Node
  package let type: ColumnType
  package let nullable: Bool

  package init(_ node: Node, type: ColumnType, nullable: Bool) {
    self.node = node
    self.type = type
    self.nullable = nullable
  }
}

package struct ConditionalBranch: Hashable, Sendable {
  package let condition: ScalarExpression
  package let result: ScalarExpression
  package init(condition: ScalarExpression, result: ScalarExpression) {
    self.condition = condition
    self.result = result
  }
}
