import DataModel

/// A bound FROM clause: a plan and what names mean over its columns.
struct BoundFrom {
  let plan: Plan
  var columns: [ScopeColumn]

  var hasOuterCopies: Bool { columns.contains { $0.outerCopy != nil } }
}

/// Binds the FROM clause of one SELECT.
struct FromBinder {
  let query: QueryBinder
  private var names: Set<SQLIdentifier> = []

  init(query: QueryBinder) { self.query = query }

  mutating func bind(_ table: SyntaxTable) throws(SQLFault) -> BoundFrom {
    switch table {
    case .named(let parts, let alias): return try named(parts, alias)
    case .query(let inner, let alias, let lateral):
      if lateral { throw .unimplemented("LATERAL without a table before it", at: inner.range) }
      let plan = try query.bindNested(inner)
      return try aliased(plan, alias, name: nil)
    case .join(let kind, let left, let right, let condition, let range):
      return try join(kind, left, right, condition, at: range)
    case .unnest(let arguments, let ordinality, let alias, let range):
      let item = SyntaxUnnest(arguments: arguments, ordinality: ordinality, alias: alias, range: range)
      return try unnest(.unit, .cross, item, .none)
    case .pivot(let input, let pivot, let alias, let range):
      return try pivoted(input, pivot, alias, at: range)
    case .function(let call, let alias, let range):
      return try aliased(query.tableFunction(call, at: range), alias, name: nil)
    }
  }

  private mutating func named(_ parts: [Name], _ alias: SyntaxAlias?) throws(SQLFault) -> BoundFrom {
    try aliased(query.scan(parts), alias, name: parts.last)
  }

  mutating func aliased(_ plan: Plan, _ alias: SyntaxAlias?, name: Name?) throws(SQLFault)
    -> BoundFrom
  {
    let relation = alias?.name ?? name
    if let relation { try claim(relation) }
    var plan = plan
    if let alias { plan = try QueryBinder.renamed(plan, alias.columns, at: alias.name) }
    let columns = plan.output.map {
      ScopeColumn(relation: relation?.identifier, name: $0.name, type: $0.type, nullable: $0.nullable)
    }
    return BoundFrom(plan: plan, columns: columns)
  }

  /// Notes the name of a relation.
  mutating func claim(_ relation: Name) throws(SQLFault) {
    guard names.insert(relation.identifier).inserted else {
      throw .validation("Duplicate relation name '\(relation.identifier)' in FROM clause", at: relation.range)
    }
  }

  // MARK: Joins

  private mutating func join(
    _ kind: JoinKind, _ left: SyntaxTable, _ right: SyntaxTable, _ condition: JoinCondition,
    at range: TextRange
  ) throws(SQLFault) -> BoundFrom {
    if kind == .cross, let table = FromBinder.reassociated(left, right) { return try bind(table) }
    let a = try bind(left)
    if case .unnest(let arguments, let ordinality, let alias, let place) = right,
      kind == .inner || kind == .cross || kind == .left
    {
      let item = SyntaxUnnest(arguments: arguments, ordinality: ordinality, alias: alias, range: place)
      guard kind == .left, case .on(let on) = condition, on.kind != .boolean(true) else {
        return try unnest(a, kind, item, condition)
      }
      // Of the items none may be left: as a subquery that sees the row.
      var items = SyntaxSelect(items: [.star(place, SyntaxStarChanges())], range: place)
      items.from = right
      let shown = alias.map { SyntaxAlias(name: $0.name, columns: []) }
      return try lateral(kind, a, SyntaxQuery(body: .select(items), range: place), shown, condition, at: range)
    }
    if case .asof(let match, let on) = condition {
      guard kind == .leftAsof else {
        throw .unimplemented("\(kind.rawValue) with MATCH_CONDITION", at: range)
      }
      return try asof(a, try bind(right), match, on)
    }
    if kind == .leftAsof { throw .validation("ASOF JOIN missing MATCH_CONDITION", at: range) }
    if case .query(let inner, let alias, true) = right {
      return try lateral(kind, a, inner, alias, condition, at: range)
    }
    let b = try bind(right)
    let padsRight = kind == .left || kind == .full
    let padsLeft = kind == .right || kind == .full
    if padsRight && b.hasOuterCopies || padsLeft && a.hasOuterCopies {
      throw .unimplemented("correlated UNNEST inside an outer join", at: range)
    }
    var columns = a.columns + b.columns
    var residual: ScalarExpression?
    var shared: [Name] = []
    if case .on(let expression) = condition {
      let (bound, subqueries) = try onCondition(expression, columns)
      if !subqueries.isEmpty {
        let plan = try join(kind, a, b, on: bound, subqueries)
        return BoundFrom(plan: plan, columns: padded(columns, plan))
      }
      residual = bound
    }
    if case .using(let names) = condition { shared = names }
    if case .natural(let place) = condition { shared = try naturalNames(a, b, at: place) }
    var pairs: [(left: Int, right: Int)] = []
    var tests: [ScalarExpression] = []
    for name in shared {
      let pair = try usingPair(name, a.columns, b.columns)
      let binder = ExpressionBinder(scope: Scope(columns), context: query.context, clause: "USING clause")
      let sides = (binder.scope.column(pair.left), binder.scope.column(pair.right))
      tests.append(try binder.compare(.equal, "=", sides.0, sides.1, at: name.range))
      pairs.append(pair)
    }
    if !tests.isEmpty { residual = ScalarExpression.conjunction(tests) }
    let joined = BoundFrom(plan: join(kind, a.plan, b.plan, residual), columns: columns)
    guard kind == .right || kind == .full, !pairs.isEmpty else {
      for pair in pairs { columns[pair.right].hidden = true }
      let all = BoundFrom(plan: joined.plan, columns: padded(columns, joined.plan))
      let first = pairs.map(\.left)
      return FromBinder.permuted(all, first + columns.indices.filter { !first.contains($0) })
    }
    return merged(joined, pairs)
  }

  /// The join's output is the left columns, then the right ones.
  func join(_ kind: JoinKind, _ left: Plan, _ right: Plan, _ residual: ScalarExpression?) -> Plan {
    switch kind {
    case .inner, .cross, .leftAsof: return .join(left: left, right: right, keys: [], residual: residual)
    case .left, .full:
      return .outerJoin(
        kind: kind == .left ? .left : .full, left: left, right: right, keys: [], residual: residual)
    case .right:
      let (width, other) = (left.output.count, right.output.count)
      let swapped = residual?.moved { $0 < width ? $0 + other : $0 - width }
      let plan = Plan.outerJoin(kind: .left, left: right, right: left, keys: [], residual: swapped)
      let all = Plan.identity(plan.output)
      return .project(
        input: plan, expressions: Array(all[other...]) + Array(all[..<other]),
        output: Array(plan.output[other...]) + Array(plan.output[..<other]))
    }
  }

  /// The columns with what the join lets be NULL.
  private func padded(_ columns: [ScopeColumn], _ plan: Plan) -> [ScopeColumn] {
    zip(columns, plan.output).map { column, output in
      var padded = column
      padded.nullable = output.nullable
      return padded
    }
  }

  /// A USING column of a RIGHT or FULL join is the first of both that is there.
  private func merged(_ joined: BoundFrom, _ pairs: [(left: Int, right: Int)]) -> BoundFrom {
    var expressions = Plan.identity(joined.plan.output)
    var output = joined.plan.output
    var columns = padded(joined.columns, joined.plan)
    for pair in pairs {
      let sides = [expressions[pair.left], expressions[pair.right]]
      let type = Coercion.comparisonType(sides[0].type, sides[1].type) ?? sides[0].type
      let either = ScalarExpression(
        .call(.coalesce, sides.map { Coercion.cast($0, to: type) }), type: type, nullable: true)
      // Both sides keep their qualified names.
      columns[pair.left].hidden = true
      columns[pair.right].hidden = true
      let name = joined.columns[pair.left].name
      expressions.append(either)
      output.append(PlanColumn(name: name, type: type, nullable: true))
      columns.append(ScopeColumn(relation: nil, name: name, type: type, nullable: true))
    }
    let order = Array(joined.columns.count..<columns.count) + Array(0..<joined.columns.count)
    return FromBinder.permuted(
      BoundFrom(
        plan: .project(input: joined.plan, expressions: expressions, output: output), columns: columns), order
    )
  }

  /// `*` shows the shared columns first.
  private static func permuted(_ from: BoundFrom, _ order: [Int]) -> BoundFrom {
    guard order != Array(from.columns.indices) else { return from }
    let all = Plan.identity(from.plan.output)
    let output = from.plan.output
    return BoundFrom(
      plan: .project(
        input: from.plan, expressions: order.map { all[$0] }, output: order.map { output[$0] }),
      columns: order.map { from.columns[$0] })
  }

  /// Names that both sides have.
  private func naturalNames(_ left: BoundFrom, _ right: BoundFrom, at range: TextRange) throws(SQLFault)
    -> [Name]
  {
    let other = Set(right.columns.filter { !$0.hidden }.map(\.name))
    return left.columns.filter { !$0.hidden && other.contains($0.name) }.map {
      Name(identifier: $0.name, range: range)
    }
  }

  // MARK: ASOF

  /// Each left row with the nearest right one: the first by the match column among those that the condition
  /// admits.
  private func asof(
    _ left: BoundFrom, _ right: BoundFrom, _ match: SyntaxExpression, _ on: SyntaxExpression
  ) throws(SQLFault) -> BoundFrom {
    let width = left.columns.count
    let columns = left.columns + right.columns
    var binder = ExpressionBinder(
      scope: Scope(columns), context: query.context, clause: "MATCH_CONDITION clause")
    let matches = try binder.condition(match, of: "MATCH_CONDITION clause")
    let (ordering, descending) = try FromBinder.nearest(matches, width, at: match.range)
    let condition = try binder.condition(on, of: "ON clause")
    let used = matches.columns.union(condition.columns).filter { $0 < width }.sorted()
    let around = used.map { Plan.identity(left.plan.output)[$0] }
    let domain = Plan.distinct(
      input: .project(input: left.plan, expressions: around, output: used.map { left.plan.output[$0] }))
    let moved = { (expression: ScalarExpression) in
      expression.moved { $0 < width ? used.firstIndex(of: $0) ?? 0 : $0 - width + used.count }
    }
    let pairs = Plan.join(
      left: domain, right: right.plan, keys: [],
      residual: ScalarExpression.conjunction([moved(condition), moved(matches)]))
    try query.context.budget.use(pairs, at: match.range)
    let all = Plan.identity(pairs.output)
    let nearest = Plan.window(
      input: pairs,
      spec: WindowSpec(
        partition: Array(all.prefix(used.count)),
        order: [OrderKey(moved(ordering), descending: descending, nullsFirst: false)], calls: [],
        cut: WindowSpec.Cut(.rowNumber, skip: 0, count: 1)), output: pairs.output)
    let keys = zip(around, all).flatMap { CorrelatedPlan.nullSafe($0, $1) }
    let joined = Plan.outerJoin(kind: .left, left: left.plan, right: nearest, keys: keys, residual: nil)
    let kept = Array(0..<width) + Array(width + used.count..<joined.output.count)
    let output = joined.output
    let plan = Plan.project(
      input: joined, expressions: kept.map { Plan.identity(output)[$0] }, output: kept.map { output[$0] })
    return BoundFrom(plan: plan, columns: padded(columns, plan))
  }

  /// The right side of `left >= right` and its like, and whether the greatest is the nearest.
  private static func nearest(
    _ match: ScalarExpression, _ width: Int, at range: TextRange
  ) throws(SQLFault) -> (ScalarExpression, descending: Bool) {
    let functions: [ScalarFunction: Bool] = [
      .greaterOrEqual: true, .greater: true, .lessOrEqual: false, .less: false,
    ]
    guard case .call(let function, let sides) = match.node, let isGreater = functions[function],
      sides.allSatisfy({ !$0.columns.isEmpty })
    else {
      throw .validation(
        "ASOF JOIN MATCH_CONDITION must be a comparison between columns from the two inputs", at: range)
    }
    for index in [0, 1]
    where sides[index].columns.allSatisfy({ $0 < width })
      && sides[1 - index].columns.allSatisfy({ $0 >= width })
    {
      return (sides[1 - index], index == 0 ? isGreater : !isGreater)
    }
    throw .validation(
      "ASOF JOIN MATCH_CONDITION must be a comparison between columns from the two inputs", at: range)
  }

  // MARK: LATERAL

  private mutating func lateral(
    _ kind: JoinKind, _ left: BoundFrom, _ inner: SyntaxQuery, _ alias: SyntaxAlias?,
    _ condition: JoinCondition, at range: TextRange
  ) throws(SQLFault) -> BoundFrom {
    guard kind == .inner || kind == .cross || kind == .left else {
      throw .unimplemented("\(kind.rawValue) LATERAL", at: range)
    }
    let body = try query.correlated(inner, in: Scope(left.columns))
    let around = Plan.identity(left.plan.output)
    let outer = body.outer.map { around[$0] }
    let right = body.resolved(over: left.plan, outer)
    try query.context.budget.use(right, at: range)
    let shown = try aliased(
      .project(
        input: right, expressions: Array(Plan.identity(right.output).prefix(body.width)),
        output: body.columns), alias, name: nil)
    let columns = left.columns + shown.columns
    var residual: ScalarExpression?
    switch condition {
    case .on(let expression):
      var binder = ExpressionBinder(scope: Scope(columns), context: query.context, clause: "ON clause")
      residual = try binder.condition(expression, of: "ON clause")
    case .none: break
    default: throw .unimplemented("USING with LATERAL", at: range)
    }
    let keys = body.keys(outer)
    let plan =
      kind == .left
      ? Plan.outerJoin(kind: .left, left: left.plan, right: right, keys: keys, residual: residual)
      : .join(left: left.plan, right: right, keys: keys, residual: residual)
    // The columns that the subquery depends on come last and have no name.
    let kept = Plan.identity(Array(plan.output.prefix(columns.count)))
    let output = zip(plan.output, columns).map { column, named in
      PlanColumn(name: named.name, type: column.type, nullable: column.nullable)
    }
    let narrow = Plan.project(input: plan, expressions: kept, output: output)
    return BoundFrom(plan: narrow, columns: padded(columns, narrow))
  }

  /// Positions of a USING column on both sides, over the columns of the join.
  private func usingPair(
    _ name: Name, _ left: [ScopeColumn], _ right: [ScopeColumn]
  ) throws(SQLFault) -> (left: Int, right: Int) {
    let a = try Scope(left).resolve([name])
    let b = try Scope(right).resolve([name])
    return (a, left.count + b)
  }
}

extension ExpressionBinder {
  /// A BOOLEAN expression as the condition of a clause.
  mutating func condition(_ expression: SyntaxExpression, of clause: String) throws(SQLFault)
    -> ScalarExpression
  {
    let bound = try bind(expression)
    guard bound.type == .boolean || bound.type == .null else {
      throw .validation("\(clause) must be a condition", at: expression.range)
    }
    return Coercion.cast(bound, to: .boolean)
  }
}
