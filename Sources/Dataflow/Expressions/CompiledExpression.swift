package import DataModel

/// A bound expression as a tree of vectorised kernels: dispatch happens once a batch, never once a row.
///
/// Calls over literals are folded when the expression is made; a fold that fails is kept, so that its error
/// appears
/// when a row is evaluated. NULL rows never raise errors.
package struct CompiledExpression: Sendable {
  private let root: any ExpressionNode
  private let sharedCount: Int
  private let physical: PhysicalType
  /// Positions of the columns that it reads, ascending.
  let columns: [Int]

  package init(_ expression: ScalarExpression) {
    let compiler = ExpressionCompiler(for: [expression])
    root = compiler.compile(expression)
    sharedCount = compiler.sharedCount
    physical = expression.type.physical
    var read: Set<Int> = []
    Self.collect(expression, &read)
    columns = read.sorted()
  }

  private static func collect(_ expression: ScalarExpression, _ read: inout Set<Int>) {
    switch expression.node {
    case .column(let index): read.insert(index)
    case .literal: break
    case .call(_, let arguments): for argument in arguments { collect(argument, &read) }
    case .conditional(let branches, let otherwise):
      for branch in branches {
        collect(branch.condition, &read)
        collect(branch.result, &read)
      }
      if let otherwise { collect(otherwise, &read) }
    }
  }

  /// Whether some part reads NOW().
  package var usesNow: Bool { root.traits.usesNow }

  /// One value a row. `now` is in microseconds since 1970-01-01; `columns` have `count` rows each.
  package func evaluate(
    _ columns: [ColumnVector], count: Int, now: Int64
  ) throws(EvaluationError) -> ColumnVector {
    guard count > 0 else { return Vector.zeros(physical, count: 0) }
    let frame = Frame(columns: columns, count: count, now: now, sharedCount: sharedCount)
    let vector = try root.run(frame)
    return try vector.expanded(count)
  }

  /// Rows, ascending, where the BOOLEAN result is TRUE.
  package func select(_ columns: [ColumnVector], count: Int, now: Int64) throws(EvaluationError) -> [Int32] {
    guard count > 0 else { return [] }
    let frame = Frame(columns: columns, count: count, now: now, sharedCount: sharedCount)
    return try root.run(frame).trueRows(count)
  }
}
