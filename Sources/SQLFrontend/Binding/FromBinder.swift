import DataModel

/// A bound FROM clause: a plan and what names mean over its columns.
struct BoundFrom {
  let plan: Plan
  var columns: [ScopeColumn]
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
      if lateral { throw .unimplemented("LATERAL", at: inner.range) }
      let plan = try query.bindNested(inner)
      return try aliased(plan, alias, name: nil)
    case .join(let kind, let left, let right, let condition, let range):
      return try join(kind, left, right, condition, at: range)
    case .unnest(_, _, _, let range): throw .unimplemented("UNNEST", at: range)
    case .function(let call, _, let range):
      throw .unimplemented("table function \(call.name.identifier.spelled.uppercased())", at: range)
    }
  }

  private mutating func named(_ parts: [Name], _ alias: SyntaxAlias?) throws(SQLFault) -> BoundFrom {
    try aliased(query.scan(parts), alias, name: parts.last)
  }

  private mutating func aliased(_ plan: Plan, _ alias: SyntaxAlias?, name: Name?) throws(SQLFault)
    -> BoundFrom
  {
    let relation = alias?.name ?? name
    if let relation, !names.insert(relation.identifier).inserted {
      throw .validation("Duplicate relation name '\(relation.identifier)' in FROM clause", at: relation.range)
    }
    var plan = plan
    if let alias { plan = try QueryBinder.renamed(plan, alias.columns, at: alias.name) }
    let columns = plan.output.map {
      ScopeColumn(relation: relation?.identifier, name: $0.name, type: $0.type, nullable: $0.nullable)
    }
    return BoundFrom(plan: plan, columns: columns)
  }

  // MARK: Joins

  private mutating func join(
    _ kind: JoinKind, _ left: SyntaxTable, _ right: SyntaxTable, _ condition: JoinCondition,
    at range: TextRange
  ) throws(SQLFault) -> BoundFrom {
    guard kind == .inner || kind == .cross else { throw .unimplemented(kind.rawValue, at: range) }
    if case .natural(let place) = condition { throw .unimplemented("NATURAL JOIN", at: place) }
    if case .asof = condition { throw .unimplemented("ASOF JOIN", at: range) }
    let a = try bind(left)
    let b = try bind(right)
    var columns = a.columns + b.columns
    var residual: ScalarExpression?
    if case .on(let expression) = condition {
      var binder = ExpressionBinder(scope: Scope(columns), context: query.context, clause: "ON clause")
      residual = try binder.condition(expression, of: "ON clause")
    }
    if case .using(let shared) = condition {
      var tests: [ScalarExpression] = []
      for name in shared {
        let pair = try usingPair(name, a.columns, b.columns)
        let binder = ExpressionBinder(scope: Scope(columns), context: query.context, clause: "USING clause")
        let sides = (binder.scope.column(pair.left), binder.scope.column(pair.right))
        tests.append(try binder.compare(.equal, "=", sides.0, sides.1, at: name.range))
        columns[pair.right].hidden = true
      }
      residual = ScalarExpression.conjunction(tests)
    }
    return BoundFrom(plan: .join(left: a.plan, right: b.plan, keys: [], residual: residual), columns: columns)
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
