import DataModel

/// Binds one SELECT: FROM, WHERE, groups, items, HAVING, order, in the order of evaluation.
struct SelectBinder {
  /// One column of the result.
  struct Item {
    var expression: ScalarExpression
    let name: SQLIdentifier
    let range: TextRange
  }

  let query: QueryBinder
  let select: SyntaxSelect
  private var items: [Item] = []
  private var order: [QueryPlan.SortKey] = []
  private var visible = 0

  init(query: QueryBinder, select: SyntaxSelect) {
    self.query = query
    self.select = select
  }

  mutating func bind(order written: [SyntaxOrderItem]) throws(SQLFault) -> BoundQuery {
    if let range = select.windows { throw .unimplemented("WINDOW clause", at: range) }
    if let qualify = select.qualify { throw .unimplemented("QUALIFY clause", at: qualify.range) }
    var input = try from()
    let scope = Scope(input.columns)
    if let filter = select.filter {
      var binder = ExpressionBinder(scope: scope, context: query.context, clause: "WHERE clause")
      let predicate = try binder.condition(filter, of: "WHERE clause")
      input = BoundFrom(plan: .filter(input: input.plan, predicate: predicate), columns: input.columns)
    }
    let groups = try groups(scope)
    var binder = ExpressionBinder(
      scope: scope, context: query.context, clause: "SELECT clause", aggregates: AggregateSet())
    binder.hasGroups = !(groups ?? []).isEmpty
    try bindItems(&binder)
    visible = items.count
    let having = try having(&binder)
    try bindOrder(written, &binder)
    let plan = try assemble(input.plan, groups, having, binder)
    var result = BoundQuery(select.distinct ? .distinct(input: plan) : plan)
    result.order = order
    result.visibleColumns = visible
    return result
  }

  /// Without FROM: one row with one column that no name means.
  private func from() throws(SQLFault) -> BoundFrom {
    if let table = select.from {
      var binder = FromBinder(query: query)
      return try binder.bind(table)
    }
    let zero = ScalarExpression(.literal(.int64(0)), type: .integer, nullable: false)
    let column = PlanColumn(name: SQLIdentifier("ZERO"), type: .integer, nullable: false)
    let plan = Plan.values(rows: [[zero]], output: [column])
    let hidden = ScopeColumn(
      relation: nil, name: SQLIdentifier("", caseSensitive: true), type: .integer, nullable: false,
      hidden: true)
    return BoundFrom(plan: plan, columns: [hidden])
  }

  // MARK: Items

  private mutating func bindItems(_ binder: inout ExpressionBinder) throws(SQLFault) {
    for item in select.items {
      switch item {
      case .star(let range):
        guard select.from != nil else { throw .validation("SELECT * requires a FROM clause", at: range) }
        try appendColumns(binder.scope.star, range, &binder)
      case .qualifiedStar(let relation, let range):
        guard let columns = binder.scope.star(of: relation.identifier) else {
          throw .validation("Unknown identifier '\(relation.identifier)'", at: relation.range)
        }
        try appendColumns(columns, range, &binder)
      case .expression(let expression, let alias):
        let bound = try binder.bind(expression)
        let name =
          alias?.identifier ?? SelectBinder.implicitName(expression) ?? SQLIdentifier("EXPR$\(items.count)")
        items.append(Item(expression: bound, name: name, range: expression.range))
      }
    }
  }

  private mutating func appendColumns(
    _ columns: [Int], _ range: TextRange, _ binder: inout ExpressionBinder
  ) throws(SQLFault) {
    try query.context.budget.charge(columns.count, at: range)
    for index in columns {
      let column = binder.scope.columns[index]
      if binder.uses[index] == nil { binder.uses[index] = (column.name.spelled, range) }
      items.append(Item(expression: binder.scope.column(index), name: column.name, range: range))
    }
  }

  private static func implicitName(_ expression: SyntaxExpression) -> SQLIdentifier? {
    guard case .name(let parts) = expression.kind else { return nil }
    return parts.last?.identifier
  }

  /// What names mean that stand for items: explicit aliases, and names of columns.
  private func itemExpressions(_ name: SQLIdentifier) -> [SyntaxExpression] {
    select.items.compactMap { item in
      guard case .expression(let expression, let alias) = item else { return nil }
      return (alias?.identifier ?? SelectBinder.implicitName(expression)) == name ? expression : nil
    }
  }

  // MARK: Groups

  /// Nil without GROUP BY.
  private func groups(_ scope: Scope) throws(SQLFault) -> [ScalarExpression]? {
    guard let written = select.group else { return nil }
    var groups: [ScalarExpression] = []
    for item in written {
      guard case .expression(let expression) = item else {
        if case .grouping(let what, let range) = item { throw .unimplemented(what, at: range) }
        continue
      }
      for part in SelectBinder.flattened(expression) {
        var binder = ExpressionBinder(scope: scope, context: query.context, clause: "GROUP BY clause")
        let bound = try binder.bind(try resolved(part))
        guard bound.type != .null else { throw .unimplemented("GROUP BY NULL", at: part.range) }
        groups.append(bound)
      }
    }
    return groups
  }

  /// `GROUP BY (a, b)` groups by both.
  private static func flattened(_ expression: SyntaxExpression) -> [SyntaxExpression] {
    if case .row(let items) = expression.kind { return items }
    return [expression]
  }

  /// The item that an ordinal or an alias in GROUP BY means.
  private func resolved(_ expression: SyntaxExpression) throws(SQLFault) -> SyntaxExpression {
    if let ordinal = try QueryBinder.ordinal(expression, count: select.items.count) {
      guard case .expression(let item, _) = select.items[ordinal] else {
        throw .unimplemented("GROUP BY ordinal of *", at: expression.range)
      }
      return item
    }
    guard case .name(let parts) = expression.kind, parts.count == 1 else { return expression }
    let meant = itemExpressions(parts[0].identifier)
    guard meant.count <= 1 || meant.allSatisfy({ SelectBinder.implicitName($0) != nil }) else {
      throw .validation("Column '\(parts[0].identifier)' is ambiguous", at: parts[0].range)
    }
    return meant.first ?? expression
  }

  private mutating func having(_ binder: inout ExpressionBinder) throws(SQLFault) -> ScalarExpression? {
    guard let having = select.having else { return nil }
    for case .expression(let expression, let alias?) in select.items {
      binder.aliases[alias.identifier] = expression
    }
    defer { binder.aliases.removeAll() }
    return try binder.condition(having, of: "HAVING clause")
  }

  // MARK: Order

  private mutating func bindOrder(_ written: [SyntaxOrderItem], _ binder: inout ExpressionBinder)
    throws(SQLFault)
  {
    for item in written {
      let position = try orderPosition(item.expression, &binder)
      order.append(item.sortKey(position))
    }
  }

  /// Position of the item that an order expression means; a new hidden one when it is none.
  private mutating func orderPosition(
    _ expression: SyntaxExpression, _ binder: inout ExpressionBinder
  ) throws(SQLFault) -> Int {
    if let ordinal = try QueryBinder.ordinal(expression, count: visible) { return ordinal }
    if case .name(let parts) = expression.kind, parts.count == 1 {
      let named = items.indices.filter { $0 < visible && items[$0].name == parts[0].identifier }
      if let first = named.first {
        guard named.allSatisfy({ items[$0].expression == items[first].expression }) else {
          throw .validation("Column '\(parts[0].identifier)' is ambiguous", at: parts[0].range)
        }
        return first
      }
    }
    let bound = try binder.bind(expression)
    if let known = items.firstIndex(where: { $0.expression == bound }) { return known }
    guard !select.distinct else {
      let text = query.context.source.text(expression.range)
      throw .validation("Expression '\(text)' is not in the select clause", at: expression.range)
    }
    items.append(Item(expression: bound, name: SQLIdentifier("EXPR$ORDER"), range: expression.range))
    return items.count - 1
  }

  // MARK: Plan

  private mutating func assemble(
    _ input: Plan, _ groups: [ScalarExpression]?, _ having: ScalarExpression?, _ binder: ExpressionBinder
  ) throws(SQLFault) -> Plan {
    var calls = binder.aggregates?.calls ?? []
    guard groups != nil || having != nil || !calls.isEmpty else { return project(input) }
    let keys = groups ?? []
    if keys.isEmpty, calls.isEmpty {
      // HAVING alone: one group, and every node has a column.
      calls = [AggregateCall(.countAll, argument: nil, distinct: false, type: .bigint, nullable: false)]
    }
    let grouping = GroupedColumns(groups: keys, scopeWidth: binder.scope.width)
    var plan = Plan.aggregate(
      input: input, groups: keys, calls: calls, output: SelectBinder.output(keys, calls))
    if let having {
      let predicate = try overGroups(having, grouping, binder, at: select.having?.range ?? select.range)
      plan = .filter(input: plan, predicate: predicate)
    }
    for index in items.indices {
      items[index].expression = try overGroups(
        items[index].expression, grouping, binder, at: items[index].range)
    }
    return project(plan)
  }

  private func overGroups(
    _ expression: ScalarExpression, _ grouping: GroupedColumns, _ binder: ExpressionBinder,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    do throws(UngroupedColumn) {
      return try grouping.grouped(expression)
    } catch {
      let use = binder.uses[error.index]
      throw .validation(
        "Expression '\(use?.text ?? "")' is not being grouped", at: use?.range ?? range)
    }
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

  private func project(_ input: Plan) -> Plan {
    .project(
      input: input, expressions: items.map(\.expression),
      output: items.map {
        PlanColumn(name: $0.name, type: $0.expression.type, nullable: $0.expression.nullable)
      })
  }
}
