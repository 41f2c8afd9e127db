import DataModel

/// `table PIVOT (aggregate [AS name], … FOR column IN (value [AS name], …))`.
///
/// Means a GROUP BY of the columns that neither the aggregates nor FOR name, with each aggregate over the
/// rows of each value: `aggregate FILTER (WHERE column = value)`. Names as Calcite's: that of the value, then,
/// when the aggregate has one, `_` and its name.
extension FromBinder {
  mutating func pivoted(
    _ input: SyntaxTable, _ pivot: SyntaxPivot, _ alias: SyntaxAlias?, at range: TextRange
  ) throws(SQLFault) -> BoundFrom {
    var inner = FromBinder(query: query)
    let from = try inner.bind(input)
    var used = try columns(of: pivot, from, at: range)
    for column in pivot.columns { used.insert(try Scope(from.columns).resolve([column])) }
    var select = SyntaxSelect(range: range)
    select.from = input
    var groups: [SyntaxGroupItem] = []
    for (index, column) in from.columns.enumerated() where !column.hidden && !used.contains(index) {
      let name = SyntaxExpression(
        kind: .name([Name(identifier: column.name, range: range)]), range: range, height: 1)
      groups.append(.expression(name))
      select.items.append(.expression(name, alias: nil))
    }
    if !groups.isEmpty {
      select.group = groups
      select.groupRange = range
    }
    for value in pivot.values {
      guard value.items.count == pivot.columns.count else {
        throw .validation(
          "Value count in PIVOT (\(value.items.count)) must match number of FOR columns "
            + "(\(pivot.columns.count))", at: value.range)
      }
      let name = value.alias?.identifier.spelled ?? spelling(value)
      for aggregate in pivot.aggregates {
        let full = aggregate.alias.map { "\(name)_\($0.identifier.spelled)" } ?? name
        let alias = Name(identifier: SQLIdentifier(full, caseSensitive: false), range: value.range)
        select.items.append(.expression(try filtered(aggregate, value, pivot.columns), alias: alias))
      }
    }
    let plan = try query.bindNested(SyntaxQuery(body: .select(select), range: range))
    return try aliased(plan, alias, name: nil)
  }

  private func spelling(_ value: SyntaxPivot.Value) -> String {
    value.items.map { query.context.source.text($0.range) }.joined(separator: "_")
  }

  /// Columns that the aggregates read.
  private func columns(
    of pivot: SyntaxPivot, _ from: BoundFrom, at range: TextRange
  ) throws(SQLFault) -> Set<Int> {
    var binder = ExpressionBinder(
      scope: Scope(from.columns), context: query.context, clause: "PIVOT clause", aggregates: AggregateSet())
    binder.attachments = Attachments(allowsWindows: true)
    var used: Set<Int> = []
    for aggregate in pivot.aggregates {
      guard case .call(let call) = aggregate.call.kind else {
        throw .validation("Measure expression in PIVOT must use aggregate function", at: aggregate.call.range)
      }
      _ = try binder.bind(aggregate.call)
      // COUNT of a column that is never NULL has lost its argument.
      var arguments = ExpressionBinder(
        scope: Scope(from.columns), context: query.context, clause: "PIVOT clause")
      for argument in call.arguments { try arguments.bind(argument).insertColumns(into: &used) }
    }
    for call in binder.aggregates?.calls ?? [] { call.argument?.insertColumns(into: &used) }
    for choice in binder.attachments?.choices ?? [] {
      choice.value.insertColumns(into: &used)
      choice.measure.insertColumns(into: &used)
    }
    for collect in binder.attachments?.collects ?? [] {
      for expression in CollectSpec(order: collect.order, calls: [collect.call]).expressions {
        expression.insertColumns(into: &used)
      }
    }
    guard binder.attachments?.windows.isEmpty == true,
      !(binder.aggregates?.isEmpty ?? true)
        || binder.attachments?.choices.isEmpty == false || binder.attachments?.collects.isEmpty == false
    else {
      throw .validation("Measure expression in PIVOT must use aggregate function", at: range)
    }
    return used
  }

  private func filtered(
    _ aggregate: SyntaxPivot.Aggregate, _ value: SyntaxPivot.Value, _ columns: [Name]
  ) throws(SQLFault) -> SyntaxExpression {
    guard case .call(var call) = aggregate.call.kind, call.filter == nil else {
      throw .unimplemented("FILTER in PIVOT", at: aggregate.call.range)
    }
    let tests = zip(columns, value.items).map { column, item in
      let name = SyntaxExpression(kind: .name([column]), range: column.range, height: 1)
      return SyntaxExpression(
        kind: .binary(.equal, name, item), range: item.range, height: item.height + 1)
    }
    let height = 2 + (tests.map(\.height).max() ?? 0)
    call.filter =
      tests.count == 1 ? tests[0] : SyntaxExpression(kind: .and(tests), range: value.range, height: height)
    return SyntaxExpression(
      kind: .call(call), range: aggregate.call.range, height: max(aggregate.call.height, height) + 1)
  }
}
