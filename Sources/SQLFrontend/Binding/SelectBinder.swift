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
    let input = try from()
    let scope = Scope(input.columns, outer: query.outer)
    let plan = try filtered(input.plan, scope)
    let sets = try groups(scope)
    var binder = ExpressionBinder(
      scope: scope, context: query.context, clause: "SELECT clause", aggregates: AggregateSet())
    binder.attachments = Attachments(allowsWindows: true)
    binder.subqueryBinder = query
    for named in select.windows {
      guard binder.namedWindows[named.name.identifier] == nil else {
        throw .validation("Duplicate window names not allowed", at: named.name.range)
      }
      binder.namedWindows[named.name.identifier] = try binder.settled(named.window)
    }
    binder.hasGroups = sets?.isGrouped ?? false
    binder.keepsCasts = hasSets
    try bindItems(&binder)
    visible = items.count
    let having = try having(&binder)
    let qualify = try qualify(&binder)
    try bindOrder(written, &binder)
    let conditions = SelectAssembly.Conditions(having: having, qualify: qualify)
    var assembly = try SelectAssembly(query: query, select: select, binder: binder, plan: plan)
    let output = try assembly.assemble(sets, conditions, items)
    var result = BoundQuery(select.distinct ? .distinct(input: output) : output)
    result.order = order
    result.visibleColumns = visible
    result.outerWidth = query.outer?.columns.count ?? 0
    result.isSingle = assembly.isSingle || select.from == nil
    return result
  }

  /// Without FROM: one row with one column that no name means. A correlated subquery's input is its own
  /// tables beside what it depends on.
  private func from() throws(SQLFault) -> BoundFrom {
    let own = try ownFrom()
    guard let outer = query.outer else { return own }
    let around = Plan.scan(relation: outer.relation, output: outer.output)
    var keys: [JoinKey] = []
    for (index, column) in own.columns.enumerated() {
      guard let copy = column.outerCopy else { continue }
      keys += CorrelatedPlan.nullSafe(
        Plan.identity(own.plan.output)[index], Plan.identity(around.output)[copy])
    }
    return BoundFrom(
      plan: .join(left: own.plan, right: around, keys: keys, residual: nil),
      columns: own.columns + outer.columns)
  }

  private func ownFrom() throws(SQLFault) -> BoundFrom {
    if let table = select.from {
      var binder = FromBinder(query: query)
      return try binder.bind(table)
    }
    return .unit
  }

  // MARK: WHERE

  /// Rows that the WHERE clause keeps. Subqueries that are conjuncts become semi and anti joins, others a
  /// column.
  private func filtered(_ plan: Plan, _ scope: Scope) throws(SQLFault) -> Plan {
    guard let filter = select.filter else { return plan }
    var conjuncts = [filter]
    if case .and(let operands) = filter.kind { conjuncts = operands }
    var plan = plan
    var plain: [SyntaxExpression] = []
    for conjunct in conjuncts {
      var binder = conditionBinder(scope)
      guard let (subquery, negated) = try binder.conjunct(conjunct) else {
        plain.append(conjunct)
        continue
      }
      plan = try rows(plan, where: plain, scope)
      plain = []
      var join = SubqueryJoin(plan)
      let outer = subquery.body.outer.map { scope.column($0) }
      join.filter(subquery, outer: outer, operand: subquery.operand, negated: negated)
      plan = join.plan
      try query.context.budget.use(plan, at: conjunct.range)
    }
    return try rows(plan, where: plain, scope)
  }

  private func conditionBinder(_ scope: Scope) -> ExpressionBinder {
    var binder = ExpressionBinder(scope: scope, context: query.context, clause: "WHERE clause")
    binder.attachments = Attachments(allowsWindows: false)
    binder.subqueryBinder = query
    return binder
  }

  private func rows(
    _ plan: Plan, where conjuncts: [SyntaxExpression], _ scope: Scope
  ) throws(SQLFault) -> Plan {
    guard let first = conjuncts.first, let last = conjuncts.last else { return plan }
    var binder = conditionBinder(scope)
    let whole =
      conjuncts.count == 1
      ? first
      : SyntaxExpression(
        kind: .and(conjuncts), range: first.range.joined(last.range),
        height: 1 + (conjuncts.map(\.height).max() ?? 0))
    let predicate = try binder.condition(whole, of: "WHERE clause")
    var places = ColumnPlaces(scopeWidth: scope.width)
    var join = SubqueryJoin(plan)
    let subqueries = binder.attachments?.subqueries ?? []
    try SelectAssembly.add(subqueries, to: &join, &places, scope, query.context.budget)
    let filtered = Plan.filter(input: join.plan, predicate: try SelectAssembly.settled(predicate, places))
    guard !subqueries.isEmpty else { return filtered }
    let kept = Array(filtered.output.prefix(scope.width))
    return .project(input: filtered, expressions: Plan.identity(kept), output: kept)
  }

  // MARK: Items

  private mutating func bindItems(_ binder: inout ExpressionBinder) throws(SQLFault) {
    for item in select.items {
      switch item {
      case .star(let range, let changes):
        guard select.from != nil else { throw .validation("SELECT * requires a FROM clause", at: range) }
        try appendColumns(binder.scope.star, range, changes, &binder)
      case .qualifiedStar(let relation, let range, let changes):
        guard let columns = binder.scope.star(of: relation.identifier) else {
          throw .validation("Unknown identifier '\(relation.identifier)'", at: relation.range)
        }
        try appendColumns(columns, range, changes, &binder)
      case .expression(let expression, let alias):
        let bound = try binder.bind(expression)
        let name =
          alias?.identifier ?? SelectBinder.implicitName(expression) ?? SQLIdentifier("EXPR$\(items.count)")
        items.append(Item(expression: bound, name: name, range: expression.range))
      }
    }
  }

  private mutating func appendColumns(
    _ columns: [Int], _ range: TextRange, _ changes: SyntaxStarChanges, _ binder: inout ExpressionBinder
  ) throws(SQLFault) {
    try query.context.budget.charge(columns.count, at: range)
    for name in changes.excluded + changes.replaced.map(\.name)
    where !columns.contains(where: { binder.scope.columns[$0].name == name.identifier }) {
      throw .validation("Column '\(name.identifier)' not found in any table", at: name.range)
    }
    for index in columns {
      let column = binder.scope.columns[index]
      if changes.excluded.contains(where: { $0.identifier == column.name }) { continue }
      if let change = changes.replaced.first(where: { $0.name.identifier == column.name }) {
        let bound = try binder.bind(change.expression)
        items.append(Item(expression: bound, name: column.name, range: change.expression.range))
        continue
      }
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

  /// Whether ROLLUP or its like makes more than one set.
  private var hasSets: Bool {
    (select.group ?? []).contains { item in
      if case .expression = item { return false }
      return true
    }
  }

  /// Nil without GROUP BY.
  private func groups(_ scope: Scope) throws(SQLFault) -> GroupingSets? {
    guard let written = select.group else { return nil }
    let range = select.groupRange ?? select.range
    return try GroupingSets(written, distinct: select.groupDistinct, at: range) {
      expression throws(SQLFault) in
      var binder = ExpressionBinder(scope: scope, context: query.context, clause: "GROUP BY clause")
      binder.keepsCasts = hasSets
      let bound = try binder.bind(try resolved(expression))
      guard bound.type != .null else { throw .unimplemented("GROUP BY NULL", at: expression.range) }
      return bound
    }
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

  private func qualify(_ binder: inout ExpressionBinder) throws(SQLFault) -> ScalarExpression? {
    guard let qualify = select.qualify else { return nil }
    for case .expression(let expression, let alias?) in select.items {
      binder.aliases[alias.identifier] = expression
    }
    defer { binder.aliases.removeAll() }
    return try binder.condition(qualify, of: "QUALIFY clause")
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
}
