package import DataModel

/// Puts a circuit together, inputs before the operators that read them. State ids must be unique and stable.
package struct CircuitBuilder {
  private(set) var operators: [any Operator] = []
  package var sharing = CircuitWorkers()
  var workers: Int { sharing.count }
  /// The nodes of each stream of which there is one a worker, by the index of the first.
  var parts: [Int: [NodeID]] = [:]
  private var observed: Set<SQLIdentifier> = []
  /// Nodes whose output never has deletions.
  private var insertOnly: Set<Int> = []
  private var sources: [Int: any LatenessSource] = [:]
  private var limits: [StateLimit] = []
  /// Rows that a trace has at least before it is truncated.
  package var truncationRowsMin = 4096
  /// Filters whose predicate a projection has taken over.
  private var fused: Set<Int> = []
  /// What ends an evaluation early.
  package var budget: WorkBudget?
  package var recursionLimits = RecursionLimits()
  /// The view for which operators are made, as the error collection names it.
  package var view = ""
  /// Where in the view's plan.
  package var place = ""
  /// Whether there will be an error collection.
  package var collectsErrors = false
  private var guards: [Int: RowGuard] = [:]
  /// What is to be done with rows that an exchange shares out.
  private(set) var keyedOperation = ""

  package init() {}

  /// With a PRIMARY KEY the table is kept for upserts; it can be queried only when materialized.
  /// `isAppendOnly`: its changes are inserts.
  package mutating func table(
    _ name: SQLIdentifier, schema: Schema, materialized: Bool, isAppendOnly: Bool = false,
    lateness: [LatenessRule] = []
  ) -> NodeID {
    let isShared = workers > 1 && schema.primaryKey == nil && !materialized && lateness.isEmpty
    let table = TableOperator(
      name, schema: schema, materialized: materialized, isAppendOnly: isAppendOnly, lateness: lateness,
      shares: isShared ? workers : 1)
    for rule in lateness { sources[rule.source] = table }
    let node = add(table)
    guard isShared else { return node }
    return stream(
      (0..<workers).map { share in
        let rows = TableOperator(name, schema: schema, materialized: false, isAppendOnly: isAppendOnly)
        return add(TableShare(node, table, rows: rows, share: share))
      })
  }

  package mutating func filter(_ input: NodeID, _ predicate: ScalarExpression) -> NodeID {
    each(input) { $0.guarded($0.add(FilterOperator($1, predicate)), "filter", [[]], where: predicate) }
  }

  /// Above a filter the projection runs the predicate itself, and gathers only what it reads.
  package mutating func project(_ input: NodeID, _ expressions: [ScalarExpression]) -> NodeID {
    each(input) { builder, input in
      guard let filter = builder.operators[input.index] as? FilterOperator else {
        return builder.guarded(builder.add(ProjectOperator(input, expressions)), "project", [expressions])
      }
      builder.fused.insert(input.index)
      let node = builder.add(ProjectOperator(filter.inputs[0], expressions, where: filter.predicate))
      return builder.guarded(node, "project", [expressions], where: filter.predicate)
    }
  }

  /// Inner join: left columns, then right ones; `residual` is over both. Without keys the cross product.
  package mutating func join(
    _ left: NodeID, _ right: NodeID, keys: [(left: ScalarExpression, right: ScalarExpression)],
    residual: ScalarExpression?, leftTypes: [ColumnType], rightTypes: [ColumnType], stateID: String
  ) -> NodeID {
    keyedOperation = "join"
    return byKey([(left, keys.map(\.left)), (right, keys.map(\.right))], stateID) { builder, inputs, stateID in
      let node = builder.add(
        JoinOperator(
          left: JoinSide(inputs[0], keys: keys.map(\.left), types: leftTypes),
          right: JoinSide(inputs[1], keys: keys.map(\.right), types: rightTypes), residual: residual,
          budget: builder.budget, stateID: stateID))
      return builder.guarded(node, "join", [keys.map(\.left), keys.map(\.right)])
    }
  }

  /// Columns of both sides; of `semi` and `anti` those of the left one.
  package mutating func outerJoin(
    _ left: NodeID, _ right: NodeID, _ rule: OuterJoinRule,
    keys: [(left: ScalarExpression, right: ScalarExpression)], leftTypes: [ColumnType], rightTypes: [ColumnType],
    stateID: String
  ) -> NodeID {
    keyedOperation = "join"
    return byKey([(left, keys.map(\.left)), (right, keys.map(\.right))], stateID) { builder, inputs, stateID in
      let node = builder.add(
        OuterJoinOperator(
          left: JoinSide(inputs[0], keys: keys.map(\.left), types: leftTypes),
          right: JoinSide(inputs[1], keys: keys.map(\.right), types: rightTypes), rule: rule,
          budget: builder.budget, stateID: stateID))
      return builder.guarded(node, "join", [keys.map(\.left), keys.map(\.right)])
    }
  }

  /// Groups first, then calls. Without groups: one row always, also before any input.
  package mutating func aggregate(
    _ input: NodeID, groups: [ScalarExpression], calls: [AggregateCall], stateID: String
  ) -> NodeID {
    let insertOnly = isInsertOnly(input)
    keyedOperation = "aggregate"
    return byKey([(input, groups)], stateID) { builder, inputs, stateID in
      let node = builder.add(
        AggregateOperator(inputs[0], groups: groups, calls: calls, insertOnly: insertOnly, stateID: stateID))
      return builder.guarded(node, "aggregate", [groups + calls.compactMap(\.argument)])
    }
  }

  package mutating func distinct(_ input: NodeID, types: [ColumnType], stateID: String) -> NodeID {
    byKey([(input, Self.row(types))], stateID) { builder, inputs, stateID in
      builder.add(DistinctOperator(inputs[0], types: types, stateID: stateID))
    }
  }

  package mutating func union(_ inputs: [NodeID]) -> NodeID {
    let streams = inputs.map { nodes(of: $0) }
    return stream(
      (0..<(streams.map(\.count).max() ?? 1)).map { part in
        add(UnionOperator(streams.compactMap { part < $0.count ? $0[part] : nil }))
      })
  }

  /// A weight a row that follows from its weights on both sides, which have the same types.
  package mutating func rowSet(
    _ left: NodeID, _ right: NodeID, _ rule: RowSetRule, types: [ColumnType], stateID: String
  ) -> NodeID {
    let row = Self.row(types)
    return byKey([(left, row), (right, row)], stateID) { builder, inputs, stateID in
      builder.add(RowSetOperator(inputs[0], inputs[1], rule, types: types, stateID: stateID))
    }
  }

  /// The input's columns, then one for each call.
  package mutating func window(
    _ input: NodeID, _ definition: WindowDefinition, types: [ColumnType], stateID: String
  ) -> NodeID {
    let insertOnly = isInsertOnly(input)
    keyedOperation = "window"
    return byKey([(input, definition.partition)], stateID) { builder, inputs, stateID in
      if insertOnly, let topK = TopKOperator(inputs[0], definition, types: types, stateID: stateID) {
        return builder.guarded(builder.add(topK), "window", [definition.expressions])
      }
      let node = builder.add(WindowOperator(inputs[0], definition, types: types, stateID: stateID))
      let readsArguments = !RowExpressions(definition.calls.flatMap(\.arguments)).isEmpty
      return builder.guarded(node, "window", [definition.expressions], comesFirst: readsArguments)
    }
  }

  /// Each row once for each alternative.
  package mutating func expand(_ input: NodeID, _ alternatives: [[ScalarExpression]]) -> NodeID {
    each(input) { $0.guarded($0.add(ExpandOperator($1, alternatives)), "expand", [alternatives.flatMap { $0 }]) }
  }

  /// Each row once for each item of its arrays: the kept columns, then the items, then their number.
  package mutating func unnest(
    _ input: NodeID, _ kept: [ScalarExpression], arrays: [ScalarExpression], ordinality: Bool,
    keepsEmpty: Bool
  ) -> NodeID {
    each(input) {
      let node = $0.add(
        UnnestOperator($1, kept, arrays: arrays, ordinality: ordinality, keepsEmpty: keepsEmpty))
      return $0.guarded(node, "unnest", [kept + arrays])
    }
  }

  /// Groups first, then the calls.
  package mutating func collect(_ input: NodeID, _ definition: CollectDefinition, stateID: String) -> NodeID {
    keyedOperation = "aggregate"
    return byKey([(input, definition.groups)], stateID) { builder, inputs, stateID in
      let node = builder.add(CollectOperator(inputs[0], definition, stateID: stateID))
      return builder.guarded(node, "aggregate", [definition.expressions])
    }
  }

  /// Emitted once in the life of the state, in the initial step.
  package mutating func values(_ rows: ColumnBatch, stateID: String) -> NodeID {
    add(ValuesOperator(rows, stateID: stateID))
  }

  /// NOW() as one row of one TIMESTAMP column; at most one a circuit.
  package mutating func clock() -> NodeID { add(ClockOperator()) }

  /// Rows for which all conditions hold, as time goes on.
  package mutating func temporalFilter(
    _ input: NodeID, clock: NodeID, _ conditions: [TemporalCondition], types: [ColumnType], stateID: String
  ) -> NodeID {
    add(TemporalFilterOperator(gathered(input), clock: clock, conditions, types: types, stateID: stateID))
  }

  /// The rows that are not late.
  package mutating func lateness(_ input: NodeID, _ rules: [LatenessRule], of relation: SQLIdentifier)
    -> NodeID
  {
    let node = LatenessOperator(gathered(input), rules, relation: relation)
    for rule in rules { sources[rule.source] = node }
    return add(node)
  }

  /// Rows wait until a column, an int64, lies below the waterline; inclusive: or on it. Its sources come
  /// before.
  package mutating func hold(
    _ input: NodeID, column: Int, until waterline: Waterline, isInclusive: Bool, types: [ColumnType],
    stateID: String
  ) -> NodeID {
    guard let bound = CompiledWaterline(waterline, sources: sources) else {
      preconditionFailure("a waterline is that of operators added before")
    }
    return add(
      HoldOperator(
        gathered(input), column: column, bound, isInclusive: isInclusive, types: types, stateID: stateID))
  }

  /// Lets the node forget rows of its state (of all its traces without a number) whose key column, an int64,
  /// lies below the waterline.
  package mutating func limit(_ node: NodeID, trace: Int? = nil, keyColumn: Int, below waterline: Waterline) {
    guard let bound = CompiledWaterline(waterline, sources: sources) else { return }
    for part in nodes(of: node) {
      limits.append(StateLimit(operators[part.index], trace: trace, column: keyColumn, bound))
    }
  }

  /// Lets a window forget rows whose one ordering value, an ascending int64, lies below the waterline.
  package mutating func limitByOrder(_ node: NodeID, below waterline: Waterline) {
    guard let bound = CompiledWaterline(waterline, sources: sources) else { return }
    for part in nodes(of: node) {
      guard let window = operators[part.index] as? WindowOperator else { continue }
      limits.append(StateLimit(window, trace: 0, column: window.firstOrderColumn, bound))
    }
  }

  /// Where rows enter the body of a recursion; only there.
  package mutating func feed() -> NodeID { add(FeedOperator()) }

  /// Views that read each other; answers a node for each.
  package mutating func recursion(
    _ definition: RecursionDefinition, body: CircuitBuilder, stateID: String
  ) -> [NodeID] {
    let recursion = RecursionOperator(
      definition.reading(definition.inputs.map { gathered($0.source) }), RecursionBody(operators: body.operators),
      limits: recursionLimits, stateID: stateID)
    let node = add(recursion)
    return definition.views.indices.map { add(RecursionOutput(node, recursion, view: $0)) }
  }

  /// Reports the node's delta under a name in every step; materialized: kept for queries.
  package mutating func output(
    _ relation: SQLIdentifier, _ node: NodeID, schema: Schema, materialized: Bool
  ) {
    _ = add(OutputOperator(relation, nodes(of: node), schema: schema, materialized: materialized))
  }

  /// The rows that failed in the operators added so far, as a relation; the circuit is told whether to tolerate them.
  package mutating func errorCollection(_ relation: SQLIdentifier, schema: Schema) {
    let node = add(ErrorCollectionOperator(guards.sorted { $0.key < $1.key }.map(\.value)))
    output(relation, node, schema: schema, materialized: true)
  }

  /// Notes what an operator computes of each row of its inputs.
  mutating func guarded(
    _ node: NodeID, _ operation: String, _ inputs: [[ScalarExpression]], where predicate: ScalarExpression? = nil,
    comesFirst: Bool = false
  ) -> NodeID {
    guard collectsErrors else { return node }
    let expressions = inputs.map { RowExpressions($0, where: predicate) }
    guard !expressions.allSatisfy(\.isEmpty) else { return node }
    guards[node.index] = RowGuard(
      ErrorSource(view: view, operation: operation, place: place), expressions, comesFirst: comesFirst)
    return node
  }

  /// Asks for the deltas of a table.
  package mutating func observe(_ relation: SQLIdentifier) { observed.insert(relation) }

  package consuming func build() -> Circuit {
    let read = Set(operators.flatMap(\.inputs).map(\.index))
    for index in fused.subtracting(read) { operators[index] = IdleOperator() }
    return Circuit(
      operators, guards: guards, observed: observed, limits: limits, truncationRowsMin: truncationRowsMin,
      workers: CircuitWorkers(parts.isEmpty ? 1 : sharing.count, rowsMin: sharing.rowsMin, budget: budget))
  }

  func isInsertOnly(_ stream: NodeID) -> Bool { nodes(of: stream).allSatisfy { insertOnly.contains($0.index) } }

  mutating func add(_ node: any Operator) -> NodeID {
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
