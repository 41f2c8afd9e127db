import DataModel

/// The aggregates of a SELECT over the plan that feeds them, with subqueries in their arguments joined to it.
struct AggregateInputs {
  let plan: Plan
  let calls: [AggregateCall]
  let choices: [Attachments.Choice]
  let collects: [Attachments.Collect]

  init(_ binder: ExpressionBinder, _ plan: Plan, _ budget: BindingBudget) throws(SQLFault) {
    let calls = binder.aggregates?.calls ?? []
    let choices = binder.attachments?.choices ?? []
    let collects = binder.attachments?.collects ?? []
    let subqueries = binder.attachments?.inputSubqueries ?? []
    guard !subqueries.isEmpty else {
      (self.plan, self.calls, self.choices, self.collects) = (plan, calls, choices, collects)
      return
    }
    var join = SubqueryJoin(plan)
    var places = ColumnPlaces(scopeWidth: binder.scope.width)
    places.subqueryBase = PlaceholderColumn.inputs
    try SelectAssembly.add(subqueries, to: &join, &places, binder.scope, budget)
    self.plan = join.plan
    var newCalls: [AggregateCall] = []
    for call in calls {
      var argument: ScalarExpression?
      if let old = call.argument { argument = try SelectAssembly.settled(old, places) }
      newCalls.append(
        AggregateCall(
          call.function, argument: argument, distinct: call.distinct, type: call.type,
          nullable: call.nullable))
    }
    var newChoices: [Attachments.Choice] = []
    for choice in choices {
      newChoices.append(
        Attachments.Choice(
          value: try SelectAssembly.settled(choice.value, places),
          measure: try SelectAssembly.settled(choice.measure, places), greatest: choice.greatest))
    }
    var newCollects: [Attachments.Collect] = []
    for collect in collects {
      let spec = try CollectSpec(order: collect.order, calls: [collect.call]).mapExpressions {
        (expression: ScalarExpression) throws(SQLFault) in try SelectAssembly.settled(expression, places)
      }
      newCollects.append(Attachments.Collect(order: spec.order, call: spec.calls[0]))
    }
    (self.calls, self.choices, self.collects) = (newCalls, newChoices, newCollects)
  }
}
