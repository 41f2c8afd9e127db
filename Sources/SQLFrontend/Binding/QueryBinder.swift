import DataModel

/// A bound query: its plan, and the order that only an ad-hoc query has.
struct BoundQuery {
  var plan: Plan
  var order: [QueryPlan.SortKey] = []
  var visibleColumns: Int
  var limit: Int?
  var offset = 0

  init(_ plan: Plan) {
    self.plan = plan
    visibleColumns = plan.output.count
  }

  var columns: [PlanColumn] { Array(plan.output.prefix(visibleColumns)) }
}

/// Binds query expressions against a catalog and the common tables in sight.
struct QueryBinder {
  let catalog: Catalog
  let context: BindingContext
  /// Whether ORDER BY, LIMIT and OFFSET may stand at the top: in ad-hoc queries.
  let allowsOrder: Bool
  /// WITH names in sight.
  var commonTables: [SQLIdentifier: Plan] = [:]

  init(catalog: Catalog, context: BindingContext, allowsOrder: Bool) {
    self.catalog = catalog
    self.context = context
    self.allowsOrder = allowsOrder
  }

  /// A query as a whole statement or view.
  func bindTop(_ query: SyntaxQuery) throws(SQLFault) -> BoundQuery {
    var inner = self
    try inner.define(query)
    guard allowsOrder else {
      try refuseOrder(query, "a view")
      return try inner.body(query.body, order: [])
    }
    var bound = try inner.body(query.body, order: query.order)
    if let limit = query.limit { bound.limit = try count(limit, "LIMIT") }
    if let offset = query.offset { bound.offset = try count(offset, "OFFSET") }
    return bound
  }

  /// A query inside another one.
  func bindNested(_ query: SyntaxQuery) throws(SQLFault) -> Plan {
    var inner = self
    try inner.define(query)
    try refuseOrder(query, "a subquery")
    let plan = try inner.body(query.body, order: []).plan
    try context.budget.use(plan, at: query.range)
    return plan
  }

  private func refuseOrder(_ query: SyntaxQuery, _ place: String) throws(SQLFault) {
    if let range = query.orderRange { throw .unimplemented("ORDER BY in \(place)", at: range) }
    if let limit = query.limit { throw .unimplemented("LIMIT in \(place)", at: limit.range) }
    if let offset = query.offset { throw .unimplemented("OFFSET in \(place)", at: offset.range) }
  }

  private func count(_ expression: SyntaxExpression, _ what: String) throws(SQLFault) -> Int {
    guard case .integer(let text) = expression.kind, let number = Int(text) else {
      throw .validation("\(what) must be a non-negative integer literal", at: expression.range)
    }
    return number
  }

  private mutating func define(_ query: SyntaxQuery) throws(SQLFault) {
    if let range = query.recursive { throw .unimplemented("WITH RECURSIVE", at: range) }
    var names: Set<SQLIdentifier> = []
    for table in query.with {
      guard names.insert(table.name.identifier).inserted else {
        throw .validation("Duplicate name '\(table.name.identifier)' in WITH", at: table.name.range)
      }
      let plan = try bindNested(table.query)
      commonTables[table.name.identifier] = try QueryBinder.renamed(plan, table.columns, at: table.name)
    }
  }

  /// The plan with other column names; none keeps them.
  static func renamed(_ plan: Plan, _ names: [Name], at place: Name) throws(SQLFault) -> Plan {
    guard !names.isEmpty else { return plan }
    let columns = plan.output
    guard columns.count == names.count else {
      let old = columns.map { "'\($0.name)'" }.joined(separator: ", ")
      let new = names.map { "'\($0.identifier)'" }.joined(separator: ", ")
      throw .validation(
        "List of column aliases must have same degree as table; table has \(columns.count) columns (\(old)), "
          + "whereas alias list has \(names.count) columns (\(new))", at: place.range)
    }
    let output = zip(columns, names).map { column, name in
      PlanColumn(name: name.identifier, type: column.type, nullable: column.nullable)
    }
    return .project(input: plan, expressions: Plan.identity(columns), output: output)
  }

  // MARK: Bodies

  private func body(_ body: SyntaxQueryBody, order: [SyntaxOrderItem]) throws(SQLFault) -> BoundQuery {
    switch body {
    case .select(let select):
      var binder = SelectBinder(query: self, select: select)
      return try binder.bind(order: order)
    case .values(let rows, let range): return try ordered(BoundQuery(values(rows, at: range)), order)
    case .table(let parts): return try ordered(BoundQuery(scan(parts)), order)
    case .nested(let query):
      let bound = allowsOrder ? try bindTop(query) : BoundQuery(try bindNested(query))
      guard !bound.order.isEmpty || bound.limit != nil || bound.offset != 0 else {
        return try ordered(bound, order)
      }
      guard order.isEmpty else { throw .unimplemented("ORDER BY in a subquery", at: query.range) }
      return bound
    case .setOperation(let setOperator, let all, let operands, let range):
      guard setOperator == .union else { throw .unimplemented(setOperator.rawValue, at: range) }
      return try ordered(BoundQuery(union(operands, all: all, at: range)), order)
    }
  }

  /// Order over the columns of a finished query.
  private func ordered(_ query: BoundQuery, _ order: [SyntaxOrderItem]) throws(SQLFault) -> BoundQuery {
    guard !order.isEmpty else { return query }
    var query = query
    let output = query.plan.output
    let scope = Scope(
      output.map { ScopeColumn(relation: nil, name: $0.name, type: $0.type, nullable: $0.nullable) })
    var hidden: [ScalarExpression] = []
    for item in order {
      let position: Int
      if let ordinal = try QueryBinder.ordinal(item.expression, count: output.count) {
        position = ordinal
      } else {
        var binder = ExpressionBinder(scope: scope, context: context, clause: "ORDER BY clause")
        let bound = try binder.bind(item.expression)
        if case .column(let column) = bound.node {
          position = column
        } else {
          position = output.count + hidden.count
          hidden.append(bound)
        }
      }
      query.order.append(item.sortKey(position))
    }
    guard !hidden.isEmpty else { return query }
    let extra = hidden.map {
      PlanColumn(name: SQLIdentifier("EXPR$ORDER"), type: $0.type, nullable: $0.nullable)
    }
    query.plan = .project(
      input: query.plan, expressions: Plan.identity(output) + hidden, output: output + extra)
    return query
  }

  /// Position that an integer literal means, from 0; nil for other expressions.
  static func ordinal(_ expression: SyntaxExpression, count: Int) throws(SQLFault) -> Int? {
    guard case .integer(let text) = expression.kind else { return nil }
    guard let number = Int(text), number >= 1, number <= count else {
      throw .validation("Ordinal out of range", at: expression.range)
    }
    return number - 1
  }

  private func union(
    _ operands: [SyntaxQueryBody], all: Bool, at range: TextRange
  ) throws(SQLFault) -> Plan {
    var plans: [Plan] = []
    for operand in operands {
      let bound = try body(operand, order: [])
      guard bound.order.isEmpty, bound.limit == nil, bound.offset == 0 else {
        throw .unimplemented("ORDER BY or LIMIT in a UNION operand", at: range)
      }
      try context.budget.use(bound.plan, at: range)
      plans.append(bound.plan)
    }
    let outputs = plans.map(\.output)
    let names = outputs[0]
    let title = all ? "UNION ALL" : "UNION"
    guard outputs.allSatisfy({ $0.count == names.count }) else {
      throw .validation("Column count mismatch in \(title)", at: range)
    }
    var output: [PlanColumn] = []
    for (index, column) in names.enumerated() {
      guard let type = Coercion.common(outputs.map { $0[index].type }) else {
        throw .validation("Type mismatch in column \(index + 1) of \(title)", at: range)
      }
      let nullable = outputs.contains { $0[index].nullable }
      output.append(PlanColumn(name: column.name, type: type, nullable: nullable))
    }
    let together = Plan.unionAll(inputs: plans.map { QueryBinder.widened($0, to: output) }, output: output)
    return all ? together : .distinct(input: together)
  }

  /// The plan with each column brought to the type of the other's.
  static func widened(_ plan: Plan, to columns: [PlanColumn]) -> Plan {
    let current = Plan.identity(plan.output)
    let expressions = zip(current, columns).map { Coercion.widen($0, to: $1.type) }
    guard expressions != current else { return plan }
    let output = zip(expressions, columns).map { expression, column in
      PlanColumn(name: column.name, type: column.type, nullable: expression.nullable)
    }
    return .project(input: plan, expressions: expressions, output: output)
  }

  private func values(_ rows: [[SyntaxExpression]], at range: TextRange) throws(SQLFault) -> Plan {
    var bound: [[ScalarExpression]] = []
    for row in rows {
      var binder = ExpressionBinder(scope: Scope([]), context: context, clause: "VALUES clause")
      var values: [ScalarExpression] = []
      for item in row { values.append(try binder.bind(item)) }
      guard values.count == bound.first?.count ?? values.count else {
        throw .validation("Values passed to VALUES operator must have compatible types", at: range)
      }
      bound.append(values)
    }
    var output: [PlanColumn] = []
    for index in bound[0].indices {
      guard let type = Coercion.common(bound.map { $0[index].type }) else {
        throw .validation("Values passed to VALUES operator must have compatible types", at: range)
      }
      let nullable = bound.contains { $0[index].nullable }
      output.append(PlanColumn(name: SQLIdentifier("EXPR$\(index)"), type: type, nullable: nullable))
    }
    let widened = bound.map { row in zip(row, output).map { Coercion.widen($0, to: $1.type) } }
    return .values(rows: widened, output: output)
  }

  // MARK: Relations

  /// The relation that a name in FROM means.
  func scan(_ parts: [Name]) throws(SQLFault) -> Plan {
    let name = parts[parts.count - 1]
    let range = parts.dropFirst().reduce(parts[0].range) { $0.joined($1.range) }
    if parts.count == 1, let common = commonTables[name.identifier] {
      try context.budget.use(common, at: range)
      return common
    }
    let missing = SQLFault.validation("Object '\(parts[0].identifier)' not found", at: range)
    guard parts.count == 1, let entry = catalog.entries[name.identifier] else { throw missing }
    switch entry {
    case .relation(let columns):
      try context.budget.charge(columns.count, at: range)
      return .scan(relation: name.identifier, output: columns)
    case .unreadable(let reason): throw SQLFault(.query, reason, at: range)
    case .broken:
      var fault = missing
      fault.isConsequence = true
      throw fault
    }
  }
}

extension SyntaxOrderItem {
  /// As in the reference's ad-hoc queries, NULL is greater than every value.
  func sortKey(_ column: Int) -> QueryPlan.SortKey {
    QueryPlan.SortKey(column: column, descending: descending, nullsFirst: nullsFirst ?? descending)
  }
}

extension Plan {
  /// References to all columns in order.
  static func identity(_ columns: [PlanColumn]) -> [ScalarExpression] {
    columns.enumerated().map {
      ScalarExpression(.column($0.offset), type: $0.element.type, nullable: $0.element.nullable)
    }
  }
}
