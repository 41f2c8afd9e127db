package import DataModel

/// One output column of a plan node.
package struct PlanColumn: Hashable, Sendable {
  package let name: SQLIdentifier
  package let type: ColumnType
  package let nullable: Bool

  package init(name: SQLIdentifier, type: ColumnType, nullable: Bool) {
    self.name = name
    self.type = type
    self.nullable = nullable
  }

  var asNullable: PlanColumn { PlanColumn(name: name, type: type, nullable: true) }
}

/// Equality of one expression over the left input and one over the right; both have the same type. NULL
/// matches nothing.
package struct JoinKey: Hashable, Sendable {
  package let left: ScalarExpression
  package let right: ScalarExpression

  package init(left: ScalarExpression, right: ScalarExpression) {
    self.left = left
    self.right = right
  }
}

/// A bound relational plan: pure data over Z-sets, without storage, clock or engine.
package indirect enum Plan: Hashable, Sendable {
  /// The current contents of a table or view of the catalog.
  case scan(relation: SQLIdentifier, output: [PlanColumn])
  /// Literal rows.
  case values(rows: [[ScalarExpression]], output: [PlanColumn])
  case filter(input: Plan, predicate: ScalarExpression)
  /// Output column i is expression i over the input's columns.
  case project(input: Plan, expressions: [ScalarExpression], output: [PlanColumn])
  /// Inner join: the left columns, then the right ones. `residual` is over that concatenation. No keys: cross
  /// product.
  case join(left: Plan, right: Plan, keys: [JoinKey], residual: ScalarExpression?)
  /// Groups first, then aggregates. Without groups: exactly one row, also over an empty input.
  case aggregate(input: Plan, groups: [ScalarExpression], calls: [AggregateCall], output: [PlanColumn])
  /// Each row once, where its weight is positive.
  case distinct(input: Plan)
  /// Sum of the inputs' weights; all inputs have the same column types.
  case unionAll(inputs: [Plan], output: [PlanColumn])

  /// Joins that keep or test rows by whether they match; the condition is as in `join`.
  case outerJoin(
    kind: OuterJoinKind, left: Plan, right: Plan, keys: [JoinKey], residual: ScalarExpression?)
  /// INTERSECT or EXCEPT of rows with the same column types, and the names of the left.
  case setOperation(RowSetOperation, left: Plan, right: Plan)
  /// The input's columns, then one for each call.
  case window(input: Plan, spec: WindowSpec, output: [PlanColumn])
  /// Each row once for each alternative, as its expressions say.
  case expand(input: Plan, alternatives: [[ScalarExpression]], output: [PlanColumn])
  /// Each row once for each item of its arrays.
  case unnest(input: Plan, spec: UnnestSpec, output: [PlanColumn])
  /// Groups first, then aggregates over all values of each group; a group without rows is absent.
  case collect(input: Plan, groups: [ScalarExpression], spec: CollectSpec, output: [PlanColumn])

  package var output: [PlanColumn] {
    switch self {
    case .scan(_, let output), .values(_, let output), .project(_, _, let output),
      .aggregate(_, _, _, let output), .unionAll(_, let output), .window(_, _, let output),
      .expand(_, _, let output), .unnest(_, _, let output), .collect(_, _, _, let output):
      output
    case .filter(let input, _), .distinct(let input): input.output
    case .join(let left, let right, _, _): left.output + right.output
    case .outerJoin(let kind, let left, let right, _, _):
      switch kind {
      case .left: left.output + right.output.map(\.asNullable)
      case .full: left.output.map(\.asNullable) + right.output.map(\.asNullable)
      case .semi, .anti: left.output
      }
    case .setOperation(_, let left, let right):
      zip(left.output, right.output).map { mine, other in
        PlanColumn(name: mine.name, type: mine.type, nullable: mine.nullable || other.nullable)
      }
    }
  }
}

/// RIGHT is LEFT with the sides exchanged.
package enum OuterJoinKind: String, Hashable, Sendable {
  /// Left rows without a match come once with NULLs.
  case left
  /// So do right ones.
  case full
  /// Left rows with a match, as often as they are there.
  case semi
  /// Left rows without a match.
  case anti
}

package enum RowSetOperation: String, Hashable, Sendable, CaseIterable {
  case intersect, intersectAll, except, exceptAll
}

/// A bound ad-hoc query: a plan, and the order and cut of its result.
package struct QueryPlan: Hashable, Sendable {
  package struct SortKey: Hashable, Sendable {
    package let column: Int
    package let descending: Bool
    package let nullsFirst: Bool
    package init(column: Int, descending: Bool, nullsFirst: Bool) {
      self.column = column
      self.descending = descending
      self.nullsFirst = nullsFirst
    }
  }

  package let plan: Plan
  package let order: [SortKey]
  package let limit: Int?
  package let offset: Int
  /// How many leading columns of the plan are the answer; further ones serve only the order.
  package let visibleColumns: Int

  package init(plan: Plan, order: [SortKey], limit: Int?, offset: Int, visibleColumns: Int) {
    self.plan = plan
    self.order = order
    self.limit = limit
    self.offset = offset
    self.visibleColumns = visibleColumns
  }
}
