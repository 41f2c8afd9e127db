package import DataModel

/// Puts a circuit together, inputs before the operators that read them. State ids must be unique and stable.
package struct CircuitBuilder {
  private var operators: [any Operator] = []
  private var observed: Set<SQLIdentifier> = []
  /// Nodes whose output never has deletions.
  private var insertOnly: Set<Int> = []
  /// For a circuit that runs once for an ad-hoc query.
  package var budget: WorkBudget?

  package init() {}

  /// With a PRIMARY KEY the table is kept for upserts; it can be queried only when materialized.
  package mutating func table(_ name: SQLIdentifier, schema: Schema, materialized: Bool) -> NodeID {
    add(TableOperator(name, schema: schema, materialized: materialized))
  }

  package mutating func filter(_ input: NodeID, _ predicate: ScalarExpression) -> NodeID {
    add(FilterOperator(input, predicate))
  }

  package mutating func project(_ input: NodeID, _ expressions: [ScalarExpression]) -> NodeID {
    add(ProjectOperator(input, expressions))
  }

  /// Inner join: left columns, then right ones; `residual` is over both. Without keys the cross product.
  package mutating func join(
    _ left: NodeID, _ right: NodeID, keys: [(left: ScalarExpression, right: ScalarExpression)],
    residual: ScalarExpression?, leftTypes: [ColumnType], rightTypes: [ColumnType], stateID: String
  ) -> NodeID {
    add(
      JoinOperator(
        left: JoinSide(left, keys: keys.map(\.left), types: leftTypes),
        right: JoinSide(right, keys: keys.map(\.right), types: rightTypes), residual: residual,
        budget: budget, stateID: stateID))
  }

  /// Groups first, then calls. Without groups: one row always, also before any input.
  package mutating func aggregate(
    _ input: NodeID, groups: [ScalarExpression], calls: [AggregateCall], stateID: String
  ) -> NodeID {
    add(
      AggregateOperator(
        input, groups: groups, calls: calls, insertOnly: insertOnly.contains(input.index), stateID: stateID))
  }

  package mutating func distinct(_ input: NodeID, types: [ColumnType], stateID: String) -> NodeID {
    add(DistinctOperator(input, types: types, stateID: stateID))
  }

  package mutating func union(_ inputs: [NodeID]) -> NodeID { add(UnionOperator(inputs)) }

  /// A weight a row that follows from its weights on both sides, which have the same types.
  package mutating func rowSet(
    _ left: NodeID, _ right: NodeID, _ rule: RowSetRule, types: [ColumnType], stateID: String
  ) -> NodeID {
    add(RowSetOperator(left, right, rule, types: types, stateID: stateID))
  }

  /// The input's columns, then one for each call.
  package mutating func window(
    _ input: NodeID, _ definition: WindowDefinition, types: [ColumnType], stateID: String
  ) -> NodeID {
    add(WindowOperator(input, definition, types: types, stateID: stateID))
  }

  /// Each row once for each alternative.
  package mutating func expand(_ input: NodeID, _ alternatives: [[ScalarExpression]]) -> NodeID {
    add(ExpandOperator(input, alternatives))
  }

  /// Emitted once in the life of the state, in the initial step.
  package mutating func values(_ rows: ColumnBatch, stateID: String) -> NodeID {
    add(ValuesOperator(rows, stateID: stateID))
  }

  /// Reports the node's delta under a name in every step; materialized: kept for queries.
  package mutating func output(
    _ relation: SQLIdentifier, _ node: NodeID, schema: Schema, materialized: Bool
  ) {
    _ = add(OutputOperator(relation, node, schema: schema, materialized: materialized))
  }

  /// Asks for the deltas of a table.
  package mutating func observe(_ relation: SQLIdentifier) { observed.insert(relation) }

  package consuming func build() -> Circuit { Circuit(operators, observed: observed) }

  private mutating func add(_ node: any Operator) -> NodeID {
    precondition(
      node.inputs.allSatisfy { $0.index < operators.count }, "an operator is added after its inputs")
    let isSource = node.inputs.isEmpty
    if node.keepsInserts, isSource || node.inputs.allSatisfy({ insertOnly.contains($0.index) }) {
      insertOnly.insert(operators.count)
    }
    operators.append(node)
    return NodeID(index: operators.count - 1)
  }
}
