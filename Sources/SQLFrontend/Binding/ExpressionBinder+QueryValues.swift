import DataModel

/// ARRAY(query), MAP(query) and quantified comparisons.
extension ExpressionBinder {
  /// All rows of a query as one value: of several columns rows, for a MAP key and value.
  mutating func queryArray(
    _ written: SyntaxQuery, isMap: Bool, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard let query = subqueryBinder, attachments != nil else {
      throw .unimplemented("subquery in \(clause)", at: range)
    }
    if let order = written.orderRange, written.limit == nil {
      throw .unimplemented("ORDER BY in \(isMap ? "MAP" : "ARRAY") of a subquery", at: order)
    }
    let body = try query.correlated(written, in: scope)
    let all = Plan.identity(body.plan.output)
    let columns = Array(all.prefix(body.width))
    guard !isMap || columns.count == 2 else {
      throw .validation("MAP requires a subquery with exactly two columns", at: range)
    }
    let value = columns.count == 1 ? columns[0] : ExpressionBinder.row(columns)
    let type = isMap ? ColumnType.map(key: columns[0].type, value: columns[1].type) : .array(value.type)
    guard ExpressionBinder.depth(type) <= ExpressionBinder.depthMax else {
      throw .validation(ExpressionBinder.tooDeep, at: range)
    }
    let call = CollectCall(isMap ? .map : .array, argument: value, filter: nil, distinct: false, type: type)
    let spec = CollectSpec(order: [], calls: [call])
    let groups = Array(all.dropFirst(body.width))
    let output = SelectAssembly.output(groups, spec)
    let node = Plan.collect(input: body.plan, groups: groups, spec: spec, output: output)
    // The value comes first, then what the query depends on.
    let order = [groups.count] + Array(groups.indices)
    let plan = Plan.project(
      input: node, expressions: order.map { Plan.identity(output)[$0] }, output: order.map { output[$0] })
    try query.context.budget.use(plan, at: range)
    let collected = CorrelatedPlan(
      plan: plan, width: 1, outer: body.outer, relation: body.relation, isSingle: true)
    let column = attach(
      BoundSubquery(kind: .scalar, body: collected, type: type, nullable: true, range: range))
    return SelectAssembly.filled(column, call)
  }

  /// `x > ALL (query)`.
  mutating func quantified(
    _ written: BinaryOperator, isAll: Bool, _ operand: SyntaxExpression, _ inner: SyntaxQuery,
    at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    guard let query = subqueryBinder, attachments != nil else {
      throw .unimplemented("subquery in \(clause)", at: range)
    }
    guard let comparison = QuantifiedComparison(written, isAll: isAll) else {
      throw .validation("Quantified operator must be a comparison", at: range)
    }
    let name = "\(written.rawValue) \(isAll ? "ALL" : "SOME")"
    let (left, body) = try comparable(operand, inner, query, name, at: range)
    return attach(
      BoundSubquery(
        kind: .quantified(left, comparison), body: body, type: .boolean, nullable: true, range: range))
  }

  /// `(a, b) IN (query)`: a row with a NULL equals none.
  mutating func rowMembership(
    _ items: [SyntaxExpression], _ inner: SyntaxQuery, _ query: QueryBinder, at range: TextRange
  ) throws(SQLFault) -> BoundSubquery {
    var values: [ScalarExpression] = []
    for item in items { values.append(try bind(item)) }
    let body = try query.correlated(inner, in: scope)
    let columns = Plan.identity(body.plan.output)
    let mismatch = SQLFault.validation("Values passed to IN operator must have compatible types", at: range)
    guard body.width == values.count else { throw mismatch }
    var sides: (left: [ScalarExpression], right: [ScalarExpression]) = ([], [])
    for (value, column) in zip(values, columns) {
      guard let type = Coercion.comparisonType(value.type, column.type) else { throw mismatch }
      let wanted = type == .null ? ColumnType.integer : type
      sides.left.append(ExpressionBinder.item(value, as: wanted))
      sides.right.append(ExpressionBinder.item(column, as: wanted))
    }
    let fields = sides.right.enumerated().map { index, value in
      RowField(name: SQLIdentifier("EXPR$\(index)"), type: value.type, nullable: true)
    }
    let whole = ExpressionBinder.presentRow(sides.right, .row(fields))
    let others = Array(columns.dropFirst(body.width))
    let output =
      [PlanColumn(name: SQLIdentifier("ROW$"), type: whole.type, nullable: whole.nullable)]
      + body.plan.output.dropFirst(body.width)
    let typed = CorrelatedPlan(
      plan: .project(input: body.plan, expressions: [whole] + others, output: output), width: 1,
      outer: body.outer, relation: body.relation, isSingle: body.isSingle)
    let left = ExpressionBinder.presentRow(sides.left, .row(fields))
    return BoundSubquery(
      kind: .membership(left), body: typed, type: .boolean, nullable: left.nullable || whole.nullable,
      range: range)
  }

  /// The row of the values; NULL when one of them is.
  private static func presentRow(_ values: [ScalarExpression], _ type: ColumnType) -> ScalarExpression {
    let row = ScalarExpression(.call(.makeRow, values), type: type, nullable: false)
    let tests = values.filter(\.nullable).map {
      ScalarExpression(.call(.isNotNull, [$0]), type: .boolean, nullable: false)
    }
    guard let isWhole = ScalarExpression.conjunction(tests) else { return row }
    return ScalarExpression(
      .conditional([ConditionalBranch(condition: isWhole, result: row)], otherwise: nil), type: type,
      nullable: true)
  }

  /// Operand and query's column in one type.
  mutating func comparable(
    _ operand: SyntaxExpression, _ inner: SyntaxQuery, _ query: QueryBinder, _ name: String,
    at range: TextRange
  ) throws(SQLFault) -> (ScalarExpression, CorrelatedPlan) {
    if case .row = operand.kind { throw .unimplemented("ROW expression", at: operand.range) }
    let value = try bind(operand)
    let body = try query.correlated(inner, in: scope)
    guard body.width == 1, let type = Coercion.comparisonType(value.type, body.columns[0].type) else {
      throw .validation("Values passed to \(name) operator must have compatible types", at: range)
    }
    let wanted = type == .null ? ColumnType.integer : type
    var expressions = Plan.identity(body.plan.output)
    expressions[0] = Coercion.widen(expressions[0], to: wanted)
    var output = body.plan.output
    output[0] = PlanColumn(name: output[0].name, type: expressions[0].type, nullable: expressions[0].nullable)
    let typed = CorrelatedPlan(
      plan: .project(input: body.plan, expressions: expressions, output: output), width: 1, outer: body.outer,
      relation: body.relation, isSingle: body.isSingle)
    return (Coercion.widen(value, to: wanted), typed)
  }
}
