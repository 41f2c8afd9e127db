package import DataModel

/// A bound query: its plan, and the order that only an ad-hoc query has.
struct BoundQuery {
  var plan: Plan
  var order: [QueryPlan.SortKey] = []
  var visibleColumns: Int
  var limit: Int?
  var offset = 0
  /// Last columns of the plan that are those of the query around.
  var outerWidth = 0
  /// One row at most for each of the query around.
  var isSingle = false

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
  var allowsOrder: Bool
  /// The query around, for a subquery; its columns are the last ones of the subquery's plan.
  var outer: OuterColumns?
  /// Subqueries around.
  var depth = 0
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
    var bound = try inner.body(query.body, order: query.order)
    if let limit = query.limit { bound.limit = try count(limit, "LIMIT") }
    if let offset = query.offset { bound.offset = try count(offset, "OFFSET") }
    return allowsOrder ? bound : QueryBinder.cut(bound)
  }

  /// A query inside another one that cannot see its columns.
  func bindNested(_ query: SyntaxQuery) throws(SQLFault) -> Plan {
    var inner = self
    inner.outer = nil
    let plan = try inner.bindScoped(query).plan
    try context.budget.use(plan, at: query.range)
    return plan
  }

  /// A query that is no top-level one, with the columns of the query around behind its own.
  func bindScoped(_ query: SyntaxQuery) throws(SQLFault) -> BoundQuery {
    var inner = self
    inner.allowsOrder = false
    return try inner.bindTop(query)
  }

  /// Order and limit as part of the plan: the first rows for each row of the query around. An order without a
  /// limit means nothing in a relation.
  static func cut(_ query: BoundQuery) -> BoundQuery {
    var plan = query.plan
    let all = Plan.identity(plan.output)
    if query.limit != nil || query.offset > 0 {
      let spec = WindowSpec(
        partition: Array(all.suffix(query.outerWidth)),
        order: query.order.map {
          OrderKey(all[$0.column], descending: $0.descending, nullsFirst: $0.nullsFirst)
        }, calls: [], cut: WindowSpec.Cut(.rowNumber, skip: query.offset, count: query.limit))
      plan = .window(input: plan, spec: spec, output: plan.output)
    }
    var result = query
    if plan.output.count > query.visibleColumns + query.outerWidth {
      let kept = Array(0..<query.visibleColumns) + Array(all.indices.suffix(query.outerWidth))
      let output = plan.output
      plan = .project(input: plan, expressions: kept.map { all[$0] }, output: kept.map { output[$0] })
    }
    result.plan = plan
    result.isSingle = query.isSingle || query.limit.map { $0 <= 1 } == true
    (result.order, result.limit, result.offset) = ([], nil, 0)
    return result
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
      let bound = try bindTop(query)
      guard !bound.order.isEmpty || bound.limit != nil || bound.offset != 0 else {
        return try ordered(bound, order)
      }
      return order.isEmpty ? bound : try ordered(QueryBinder.cut(bound), order)
    case .setOperation(let setOperator, let all, let operands, let range):
      var inner = self
      inner.outer = nil
      inner.allowsOrder = false
      return try ordered(
        BoundQuery(inner.setOperation(setOperator, operands, all: all, at: range)), order)
    }
  }

  /// Order over the columns of a finished query.
  private func ordered(_ query: BoundQuery, _ order: [SyntaxOrderItem]) throws(SQLFault) -> BoundQuery {
    guard !order.isEmpty else { return query }
    guard query.outerWidth == 0 else {
      throw .unimplemented(
        "ORDER BY behind a correlated subquery in parentheses", at: order[0].expression.range)
    }
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

  private func setOperation(
    _ setOperator: SetOperator, _ operands: [SyntaxQueryBody], all: Bool, at range: TextRange
  ) throws(SQLFault) -> Plan {
    var plans: [Plan] = []
    for operand in operands {
      let bound = try body(operand, order: [])
      try context.budget.use(bound.plan, at: range)
      plans.append(bound.plan)
    }
    let outputs = plans.map(\.output)
    let names = outputs[0]
    let title = setOperator.rawValue + (all ? " ALL" : "")
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
    let inputs = plans.map { QueryBinder.widened($0, to: output) }
    let operation: RowSetOperation
    switch setOperator {
    case .union:
      let together = Plan.unionAll(inputs: inputs, output: output)
      return all ? together : .distinct(input: together)
    case .intersect: operation = all ? .intersectAll : .intersect
    case .except: operation = all ? .exceptAll : .except
    }
    return inputs.dropFirst().reduce(inputs[0]) { .setOperation(operation, left: $0, right: $1) }
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
  package static func identity(_ columns: [PlanColumn]) -> [ScalarExpression] {
    columns.enumerated().map {
      ScalarExpression(.column($0.offset), type: $0.element.type, nullable: $0.element.nullable)
    }
  }
}
