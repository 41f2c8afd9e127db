package import DataModel
package import Dataflow
package import SQLFrontend

/// Program to circuit: one node a plan operator; views read by several views are shared nodes.
package enum Lowering {
  /// `observed` names relations whose deltas the circuit reports; those of views unless it is told not to. With
  /// several workers a step runs on as many threads. `collectsErrors` adds the `ErrorView`.
  package static func circuit(
    for program: Program, observed: Set<SQLIdentifier>, recursionLimits: RecursionLimits = RecursionLimits(),
    truncationRowsMin: Int? = nil, workers: CircuitWorkers = CircuitWorkers(), collectsErrors: Bool = false
  ) -> Circuit {
    var lowering = lowered(
      program, recursionLimits: recursionLimits, truncationRowsMin, workers,
      collectsErrors: collectsErrors && ErrorView.isPart(of: program))
    for relation in observed { lowering.builder.observe(relation) }
    return lowering.builder.build()
  }

  static func lowered(
    _ program: Program, recursionLimits: RecursionLimits = RecursionLimits(), _ truncationRowsMin: Int? = nil,
    _ workers: CircuitWorkers = CircuitWorkers(), collectsErrors: Bool = false
  ) -> PlanLowering {
    var lowering = PlanLowering()
    lowering.builder.sharing = workers
    lowering.builder.budget = workers.budget
    lowering.builder.collectsErrors = collectsErrors
    lowering.builder.recursionLimits = recursionLimits
    if let truncationRowsMin { lowering.builder.truncationRowsMin = truncationRowsMin }
    if !program.lateness.isEmpty { lowering.waterlines = WaterlineAnalysis(program) }
    if program.views.contains(where: { $0.plan.readsClock }) {
      let clock = lowering.builder.clock()
      lowering.clock = clock
      lowering.relations[Plan.clockRelation] = clock
    }
    for table in program.tables {
      lowering.define(table, in: program)
    }
    for view in program.views {
      lowering.builder.view = view.name.canonical
      let node = lowering.define(view, in: program)
      if view.kind != .local {
        lowering.builder.output(
          view.name, lowering.reported(view, node), schema: view.schema,
          materialized: view.kind == .materialized)
      }
    }
    if collectsErrors { lowering.builder.errorCollection(ErrorView.name, schema: ErrorView.schema) }
    return lowering
  }
}

/// Lowers plans into one builder; equal parts of plans that keep state become one node.
struct PlanLowering {
  var builder = CircuitBuilder()
  var relations: [SQLIdentifier: NodeID] = [:]
  /// Of a program that reads NOW(); an ad-hoc query has none and sees one moment.
  var clock: NodeID?
  /// Of a program with LATENESS.
  var waterlines: WaterlineAnalysis?
  private var shared: [Plan: NodeID] = [:]
  /// Parts of plans that keep state, by the place whose id it has.
  private(set) var places: [String: Plan] = [:]

  /// The node of a view; views that read each other get theirs together.
  mutating func define(_ view: ViewDefinition, in program: Program) -> NodeID {
    if let recursion = view.recursion {
      if relations[view.name] == nil { self.recursion(program.views.filter { $0.recursion == recursion }) }
    } else {
      relations[view.name] = lower(view.plan, StateLayout(relation: view.name))
    }
    guard let node = relations[view.name] else { preconditionFailure("\(view.name) has just been lowered") }
    let admitted = self.admitted(node, view.name, in: program)
    relations[view.name] = admitted
    return admitted
  }

  mutating func lower(_ plan: Plan, _ place: StateLayout) -> NodeID {
    // Inputs are lowered on the way: they leave it as it was.
    let outer = builder.place
    builder.place = place.path
    defer { builder.place = outer }
    switch plan {
    case .scan(let relation, _):
      guard let node = relations[relation] else {
        preconditionFailure("\(relation) is defined before it is read")
      }
      return node
    case .filter(let input, let predicate):
      if predicate.readsNow, let clock {
        if let node = shared[plan] { return node }
        let node = temporalFilter(lower(input, place.input(0)), clock, input.output, predicate, place)
        shared[plan] = node
        places[place.id] = plan
        return node
      }
      return builder.filter(lower(input, place.input(0)), predicate)
    case .project(let input, let expressions, _):
      return builder.project(lower(input, place.input(0)), expressions)
    case .unionAll(let inputs, _):
      var nodes: [NodeID] = []
      for (index, input) in inputs.enumerated() { nodes.append(lower(input, place.input(index))) }
      return builder.union(nodes)
    case .expand(let input, let alternatives, _):
      return builder.expand(lower(input, place.input(0)), alternatives)
    case .unnest(let input, let spec, _):
      let kept = spec.kept.map { Plan.identity(input.output)[$0] }
      return builder.unnest(
        lower(input, place.input(0)), kept, arrays: spec.arrays, ordinality: spec.ordinality,
        keepsEmpty: spec.keepsEmpty)
    case .values, .join, .aggregate, .distinct, .outerJoin, .setOperation, .window, .collect:
      if let node = shared[plan] { return node }
      let node = stateful(plan, place)
      limit(node, plan)
      shared[plan] = node
      places[place.id] = plan
      return node
    }
  }

  private mutating func stateful(_ plan: Plan, _ place: StateLayout) -> NodeID {
    switch plan {
    case .join(let left, let right, let keys, let residual):
      let leftNode = lower(left, place.input(0))
      let rightNode = lower(right, place.input(1))
      return builder.join(
        leftNode, rightNode, keys: keys.map { (left: $0.left, right: $0.right) }, residual: residual,
        leftTypes: left.output.map(\.type), rightTypes: right.output.map(\.type), stateID: place.id)
    case .aggregate(let input, let groups, let calls, _):
      let node = lower(input, place.input(0))
      return builder.aggregate(node, groups: groups, calls: calls, stateID: place.id)
    case .distinct(let input):
      let node = lower(input, place.input(0))
      return builder.distinct(node, types: input.output.map(\.type), stateID: place.id)
    case .values(let rows, let output): return values(rows, output.map(\.type.physical), place)
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return outerJoin(kind, left, right, condition(left, right, keys, residual), place)
    case .setOperation(let operation, let left, let right):
      let leftNode = lower(left, place.input(0))
      let rightNode = lower(right, place.input(1))
      return builder.rowSet(
        leftNode, rightNode, RowSetRule(operation), types: left.output.map(\.type), stateID: place.id)
    case .window(let input, let spec, _):
      let node = lower(input, place.input(0))
      return builder.window(
        node, WindowDefinition(spec), types: input.output.map(\.type), stateID: place.id)
    case .collect(let input, let groups, let spec, _):
      let node = lower(input, place.input(0))
      return builder.collect(node, CollectDefinition(groups, spec), stateID: place.id)
    case .scan, .filter, .project, .unionAll, .expand, .unnest: return lower(plan, place)
    }
  }

  /// Rows that are known now become one batch. Others (NOW(), expressions that fail) are evaluated in the
  /// initial
  /// step, from a single row without columns.
  private mutating func values(
    _ rows: [[ScalarExpression]], _ types: [PhysicalType], _ place: StateLayout
  ) -> NodeID {
    if let batch = Self.constants(rows, types) { return builder.values(batch, stateID: place.id) }
    let unit = builder.values(ColumnBatch(columns: [], weights: [1]), stateID: place.id)
    return builder.union(rows.map { builder.project(unit, $0) })
  }

  private static func constants(_ rows: [[ScalarExpression]], _ types: [PhysicalType]) -> ColumnBatch? {
    var builders = types.map { ColumnBuilder($0) }
    for row in rows {
      for (index, expression) in row.enumerated() {
        let compiled = CompiledExpression(expression)
        guard !compiled.usesNow, let value = try? compiled.evaluate([], count: 1, now: 0) else { return nil }
        builders[index].append(value.value(at: 0))
      }
    }
    return ColumnBatch(
      columns: builders.indices.map { builders[$0].finish() },
      weights: [Int64](repeating: 1, count: rows.count))
  }
}
