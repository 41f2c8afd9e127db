import DataModel

/// Subqueries in ON.
extension FromBinder {
  /// An ON condition over the columns of both sides, and the subqueries in it.
  func onCondition(
    _ expression: SyntaxExpression, _ columns: [ScopeColumn]
  ) throws(SQLFault) -> (ScalarExpression, [BoundSubquery]) {
    var binder = ExpressionBinder(scope: Scope(columns), context: query.context, clause: "ON clause")
    var inner = query
    inner.outer = nil
    binder.attachments = Attachments(allowsWindows: false)
    binder.subqueryBinder = inner
    let condition = try binder.condition(expression, of: "ON clause")
    return (condition, binder.attachments?.subqueries ?? [])
  }

  /// Each subquery becomes a column of the side that it depends on; in an inner join of the product.
  func join(
    _ kind: JoinKind, _ left: BoundFrom, _ right: BoundFrom,
    on condition: ScalarExpression, _ subqueries: [BoundSubquery]
  ) throws(SQLFault) -> Plan {
    let columns = left.columns + right.columns
    let budget = query.context.budget
    guard kind == .left || kind == .right || kind == .full else {
      var product = SubqueryJoin(.join(left: left.plan, right: right.plan, keys: [], residual: nil))
      var places = ColumnPlaces(scopeWidth: columns.count)
      try SelectAssembly.add(subqueries, to: &product, &places, Scope(columns), budget)
      let predicate = try SelectAssembly.settled(condition, places)
      return FromBinder.narrowed(
        .filter(input: product.plan, predicate: predicate), Array(columns.indices))
    }
    let width = left.columns.count
    var sides = (SubqueryJoin(left.plan), SubqueryJoin(right.plan))
    var positions: [(isLeft: Bool, column: Int)] = []
    for subquery in subqueries {
      let isLeft = try FromBinder.isLeft(subquery, width, columns.count)
      let shift = isLeft ? 0 : width
      let outer = subquery.body.outer.map { index in
        ScalarExpression(
          .column(index - shift), type: columns[index].type, nullable: columns[index].nullable)
      }
      let operand = subquery.operand?.moved { $0 - shift }
      if isLeft {
        sides.0.add(subquery, outer: outer, operand: operand)
      } else {
        sides.1.add(subquery, outer: outer, operand: operand)
      }
      positions.append((isLeft, (isLeft ? sides.0 : sides.1).plan.output.count - 1))
      try budget.use(isLeft ? sides.0.plan : sides.1.plan, at: subquery.range)
    }
    let leftWidth = sides.0.plan.output.count
    var places = ColumnPlaces(scopeWidth: columns.count)
    for index in columns.indices {
      places.place(index, at: index < width ? index : index - width + leftWidth)
    }
    for (index, position) in positions.enumerated() {
      places.place(
        PlaceholderColumn.subqueries + index, at: position.column + (position.isLeft ? 0 : leftWidth))
    }
    let residual = try SelectAssembly.settled(condition, places)
    let kept = columns.indices.map { $0 < width ? $0 : $0 - width + leftWidth }
    return FromBinder.narrowed(join(kind, sides.0.plan, sides.1.plan, residual), kept)
  }

  private static func narrowed(_ plan: Plan, _ kept: [Int]) -> Plan {
    let output = plan.output
    return .project(
      input: plan, expressions: kept.map { Plan.identity(output)[$0] }, output: kept.map { output[$0] })
  }

  private static func isLeft(_ subquery: BoundSubquery, _ width: Int, _ total: Int) throws(SQLFault) -> Bool {
    let used = Set(subquery.body.outer).union(subquery.operand?.columns ?? [])
    if used.allSatisfy({ $0 < width }) { return true }
    guard used.allSatisfy({ $0 >= width && $0 < total }) else {
      throw .unimplemented(
        "subquery over both sides in the ON clause of an outer join", at: subquery.range)
    }
    return false
  }
}
