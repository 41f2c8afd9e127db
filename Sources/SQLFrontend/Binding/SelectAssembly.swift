import DataModel

/// Builds the plan of one SELECT from its bound clauses: groups, subqueries, HAVING, windows, QUALIFY, items.
struct SelectAssembly {
  struct Conditions {
    let having: ScalarExpression?
    let qualify: ScalarExpression?
  }

  private let query: QueryBinder
  private let select: SyntaxSelect
  private let binder: ExpressionBinder
  private let choices: [Attachments.Choice]
  private let collects: [Attachments.Collect]
  private let calls: [AggregateCall]
  private var plan: Plan
  private var places: ColumnPlaces
  /// One row at most for each row of the query around.
  private(set) var isSingle = false

  init(query: QueryBinder, select: SyntaxSelect, binder: ExpressionBinder, plan: Plan) throws(SQLFault) {
    self.query = query
    self.select = select
    self.binder = binder
    let inputs = try AggregateInputs(binder, plan, query.context.budget)
    self.plan = inputs.plan
    calls = inputs.calls
    choices = inputs.choices
    collects = inputs.collects
    places = ColumnPlaces(scopeWidth: binder.scope.width)
  }

  /// The items' columns, then those of the query around.
  mutating func assemble(
    _ sets: GroupingSets?, _ conditions: Conditions, _ items: [SelectBinder.Item]
  ) throws(SQLFault) -> Plan {
    let isGrouped =
      sets != nil || conditions.having != nil || !calls.isEmpty || !choices.isEmpty
      || !collects.isEmpty
    if isGrouped { try group(sets, calls) }
    try addSubqueries()
    if let having = conditions.having {
      let predicate = try placed(having, at: select.having?.range ?? select.range)
      plan = .filter(input: plan, predicate: predicate)
    }
    try addWindows()
    if let qualify = conditions.qualify {
      let predicate = try placed(qualify, at: select.qualify?.range ?? select.range)
      plan = .filter(input: plan, predicate: predicate)
    }
    var expressions: [ScalarExpression] = []
    for item in items { expressions.append(try placed(item.expression, at: item.range)) }
    var output = zip(items, expressions).map { item, expression in
      PlanColumn(name: item.name, type: expression.type, nullable: expression.nullable)
    }
    for column in outerColumns {
      let value = try placed(column, at: select.range)
      expressions.append(value)
      output.append(
        PlanColumn(name: SQLIdentifier("OUTER$"), type: value.type, nullable: value.nullable))
    }
    return .project(input: plan, expressions: expressions, output: output)
  }

  /// Columns of the query around, over the scope.
  private var outerColumns: [ScalarExpression] {
    (binder.scope.ownWidth..<binder.scope.width).map { binder.scope.column($0) }
  }

  private func placed(_ expression: ScalarExpression, at range: TextRange) throws(SQLFault)
    -> ScalarExpression
  {
    do throws(UngroupedColumn) {
      return try places.placed(expression)
    } catch {
      let use = binder.uses[error.index]
      let scope = binder.scope
      let name = error.index < scope.width ? scope.columns[error.index].name.spelled : ""
      throw .validation("Expression '\(use?.text ?? name)' is not being grouped", at: use?.range ?? range)
    }
  }

  /// For expressions whose columns all stay where they are.
  static func settled(_ expression: ScalarExpression, _ places: ColumnPlaces) throws(SQLFault)
    -> ScalarExpression
  {
    do throws(UngroupedColumn) {
      return try places.placed(expression)
    } catch {
      throw SQLFault(.compilation, "A column of a condition has no place", at: TextRange(0, 0))
    }
  }

  // MARK: Groups

  private mutating func group(_ sets: GroupingSets?, _ written: [AggregateCall]) throws(SQLFault) {
    var calls = written
    let isBare = calls.isEmpty && choices.isEmpty && !collects.isEmpty
    if calls.isEmpty {
      // One group, and every node has a column.
      calls = [AggregateCall(.countAll, argument: nil, distinct: false, type: .bigint, nullable: false)]
    }
    let keys = sets?.keys ?? []
    let all = sets?.sets ?? [[]]
    let groups = keys + outerColumns
    let nullable = Set(keys.indices.filter { key in all.contains { !$0.contains(key) } })
    places = ColumnPlaces(scopeWidth: binder.scope.width, groups: groups, nullableGroups: nullable)
    for index in calls.indices { places.place(binder.scope.width + index, at: groups.count + index) }
    let groupings = binder.attachments?.groupings ?? []
    for index in groupings.indices {
      places.place(
        PlaceholderColumn.groupings + index,
        at: groups.count + calls.count + choices.count + collects.count + index)
    }
    for index in choices.indices {
      places.place(PlaceholderColumn.choices + index, at: groups.count + calls.count + index)
    }
    for index in collects.indices {
      places.place(
        PlaceholderColumn.collects + index, at: groups.count + calls.count + choices.count + index)
    }
    isSingle = all.count == 1 && all[0].isEmpty
    if all.count == 1, groupings.isEmpty {
      plan = try aggregate(plan, groups, Array(groups.indices), calls, isBare: isBare)
      return
    }
    var parts: [Plan] = []
    for set in all {
      try query.context.budget.use(plan, at: select.groupRange ?? select.range)
      let present = set + Array(keys.count..<groups.count)
      let grouped = try aggregate(plan, groups, present, calls, isBare: isBare)
      parts.append(spread(grouped, set, keys, try bits(groupings, set, keys)))
    }
    let output = parts[0].output.enumerated().map { index, column in
      PlanColumn(
        name: column.name, type: column.type, nullable: parts.contains { $0.output[index].nullable })
    }
    plan = parts.count == 1 ? parts[0] : .unionAll(inputs: parts, output: output)
  }

  /// Aggregation over some of the groups. Without own groups each row of the query around has exactly one
  /// result, also when nothing belongs to it.
  private func aggregate(
    _ input: Plan, _ groups: [ScalarExpression], _ present: [Int], _ calls: [AggregateCall], isBare: Bool
  ) throws(SQLFault) -> Plan {
    let keys = present.map { groups[$0] }
    var plan = Plan.aggregate(
      input: input, groups: keys, calls: calls, output: SelectAssembly.output(keys, calls))
    for choice in choices {
      try query.context.budget.use(input, at: select.range)
      plan = SelectAssembly.chosen(plan, choice, input, keys)
    }
    for _ in collects { try query.context.budget.use(input, at: select.range) }
    plan = SelectAssembly.collected(plan, collects, over: input, keys, isBare: isBare)
    guard let outer = query.outer, keys.count == outer.columns.count else { return plan }
    let around = Plan.scan(relation: outer.relation, output: outer.output)
    let values = Plan.identity(around.output)
    let joinKeys = zip(values, Plan.identity(plan.output)).flatMap { CorrelatedPlan.nullSafe($0, $1) }
    let joined = Plan.outerJoin(kind: .left, left: around, right: plan, keys: joinKeys, residual: nil)
    let results = plan.output.dropFirst(values.count).enumerated().map { index, output in
      let column = ScalarExpression(
        .column(values.count * 2 + index), type: output.type, nullable: true)
      let collect = index - calls.count - choices.count
      if collect >= 0 { return SelectAssembly.filled(column, collects[collect].call) }
      guard index < calls.count, calls[index].function == .countAll || calls[index].function == .count else {
        return column
      }
      let zero = ScalarExpression(.literal(.int64(0)), type: output.type, nullable: false)
      return ScalarExpression(.call(.coalesce, [column, zero]), type: output.type, nullable: false)
    }
    return .project(input: joined, expressions: values + results, output: plan.output)
  }

  /// With one column more: the value of the first row of each group by the measure. Equal measures break by
  /// the value, NULL first.
  private static func chosen(
    _ plan: Plan, _ choice: Attachments.Choice, _ input: Plan, _ keys: [ScalarExpression]
  ) -> Plan {
    let present = ScalarExpression(.call(.isNotNull, [choice.measure]), type: .boolean, nullable: false)
    let source = choice.measure.nullable ? Plan.filter(input: input, predicate: present) : input
    let expressions = keys + [choice.measure, choice.value]
    let output = expressions.enumerated().map {
      PlanColumn(
        name: SQLIdentifier("CHOICE$\($0.offset)"), type: $0.element.type, nullable: $0.element.nullable)
    }
    let rows = Plan.project(input: source, expressions: expressions, output: output)
    let all = Plan.identity(output)
    let first = Plan.window(
      input: rows,
      spec: WindowSpec(
        partition: Array(all.prefix(keys.count)),
        order: [OrderKey(all[keys.count], descending: choice.greatest, nullsFirst: false)], calls: [],
        cut: WindowSpec.Cut(.rowNumber, skip: 0, count: 1)), output: output)
    let equalities = keys.indices.flatMap { index in
      CorrelatedPlan.nullSafe(Plan.identity(plan.output)[index], all[index])
    }
    let joined = Plan.outerJoin(kind: .left, left: plan, right: first, keys: equalities, residual: nil)
    let kept = Array(plan.output.indices) + [joined.output.count - 1]
    let columns = joined.output
    return .project(
      input: joined, expressions: kept.map { Plan.identity(columns)[$0] }, output: kept.map { columns[$0] })
  }

  /// The aggregation of one grouping set in the shape of all: NULL for the keys it lacks.
  private func spread(
    _ plan: Plan, _ set: [Int], _ keys: [ScalarExpression], _ bits: [Int64]
  ) -> Plan {
    let columns = Plan.identity(plan.output)
    var expressions = keys.enumerated().map { index, key in
      set.firstIndex(of: index).map { columns[$0] }
        ?? ScalarExpression(.literal(.null), type: key.type, nullable: true)
    }
    expressions += columns[set.count...]
    expressions += bits.map { ScalarExpression(.literal(.int64($0)), type: .bigint, nullable: false) }
    let output = expressions.enumerated().map {
      PlanColumn(
        name: SQLIdentifier("GROUP$\($0.offset)"), type: $0.element.type, nullable: $0.element.nullable)
    }
    return .project(input: plan, expressions: expressions, output: output)
  }

  /// GROUPING: for each argument, from the first on, 1 when the set lacks it.
  private func bits(
    _ groupings: [[ScalarExpression]], _ set: [Int], _ keys: [ScalarExpression]
  ) throws(SQLFault) -> [Int64] {
    var result: [Int64] = []
    for arguments in groupings {
      var bits: Int64 = 0
      for argument in arguments {
        guard let key = keys.firstIndex(of: argument) else {
          throw .validation("Argument to GROUPING operator must be a grouped expression", at: select.range)
        }
        bits = bits << 1 | (set.contains(key) ? 0 : 1)
      }
      result.append(bits)
    }
    return result
  }

  private static func output(_ groups: [ScalarExpression], _ calls: [AggregateCall]) -> [PlanColumn] {
    let keys = groups.enumerated().map { index, group in
      PlanColumn(name: SQLIdentifier("GROUP$\(index)"), type: group.type, nullable: group.nullable)
    }
    return keys
      + calls.enumerated().map { index, call in
        PlanColumn(name: SQLIdentifier("AGG$\(index)"), type: call.type, nullable: call.nullable)
      }
  }

  // MARK: Subqueries

  private mutating func addSubqueries() throws(SQLFault) {
    let subqueries = binder.attachments?.subqueries ?? []
    guard !subqueries.isEmpty else { return }
    var join = SubqueryJoin(plan)
    for (index, subquery) in subqueries.enumerated() {
      try query.context.budget.use(join.plan, at: subquery.range)
      var outer: [ScalarExpression] = []
      for column in subquery.body.outer {
        outer.append(try placed(binder.scope.column(column), at: subquery.range))
      }
      var operand: ScalarExpression?
      if let value = subquery.operand { operand = try placed(value, at: subquery.range) }
      join.add(subquery, outer: outer, operand: operand)
      places.place(PlaceholderColumn.subqueries + index, at: join.plan.output.count - 1)
    }
    plan = join.plan
  }

  /// For clauses before grouping.
  static func add(
    _ subqueries: [BoundSubquery], to join: inout SubqueryJoin, _ places: inout ColumnPlaces, _ scope: Scope,
    _ budget: BindingBudget
  ) throws(SQLFault) {
    for (index, subquery) in subqueries.enumerated() {
      try budget.use(join.plan, at: subquery.range)
      let outer = subquery.body.outer.map { scope.column($0) }
      var operand: ScalarExpression?
      if let value = subquery.operand { operand = try settled(value, places) }
      join.add(subquery, outer: outer, operand: operand)
      places.place(places.subqueryBase + index, at: join.plan.output.count - 1)
    }
  }

  // MARK: Windows

  /// One node for all calls over equal partitions in equal order.
  private mutating func addWindows() throws(SQLFault) {
    let windows = binder.attachments?.windows ?? []
    var specs: [WindowSpec] = []
    var members: [[Int]] = []
    for (index, window) in windows.enumerated() {
      var spec = WindowSpec(
        partition: window.partition + outerColumns, order: window.order, calls: [window.call], cut: nil)
      spec = try spec.placed { expression throws(SQLFault) in try placed(expression, at: select.range) }
      if let known = specs.firstIndex(where: { $0.partition == spec.partition && $0.order == spec.order }) {
        specs[known].calls += spec.calls
        members[known].append(index)
      } else {
        specs.append(spec)
        members.append([index])
      }
    }
    for (spec, indices) in zip(specs, members) {
      for (offset, index) in indices.enumerated() {
        places.place(PlaceholderColumn.windows + index, at: plan.output.count + offset)
      }
      let columns = spec.calls.map {
        PlanColumn(name: SQLIdentifier("WINDOW$"), type: $0.type, nullable: $0.nullable)
      }
      plan = .window(input: plan, spec: spec, output: plan.output + columns)
    }
  }
}

extension WindowSpec {
  fileprivate func placed(
    _ change: (ScalarExpression) throws(SQLFault) -> ScalarExpression
  ) throws(SQLFault) -> WindowSpec {
    var result = self
    result.partition = []
    for expression in partition { result.partition.append(try change(expression)) }
    result.order = []
    for key in order {
      result.order.append(
        OrderKey(try change(key.expression), descending: key.descending, nullsFirst: key.nullsFirst))
    }
    result.calls = []
    for call in calls {
      var arguments: [ScalarExpression] = []
      for argument in call.arguments { arguments.append(try change(argument)) }
      result.calls.append(
        WindowCall(
          call.function, arguments: arguments, frame: call.frame, type: call.type, nullable: call.nullable,
          ignoresNulls: call.ignoresNulls))
    }
    return result
  }
}

extension ExpressionBinder {
  /// The subquery that a conjunct is, and whether its rows are those without a match; nil when its value must
  /// be computed.
  mutating func conjunct(_ expression: SyntaxExpression) throws(SQLFault) -> (BoundSubquery, Bool)? {
    switch expression.kind {
    case .exists, .inQuery(_, _, false):
      return try boundSubquery(expression).map { ($0, false) }
    case .unary(.not, let operand):
      guard case .exists = operand.kind else { return nil }
      return try boundSubquery(operand).map { ($0, true) }
    case .inQuery(_, _, true):
      // With a NULL on either side the answer may be NULL.
      guard let subquery = try boundSubquery(expression), !subquery.nullable else { return nil }
      return (subquery, true)
    default: return nil
    }
  }
}
