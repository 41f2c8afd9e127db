package import DataModel

/// A relation that an ad-hoc query may name.
package struct QueryRelation: Sendable {
  package let name: SQLIdentifier
  package let schema: Schema
  package let materialized: Bool
  /// Whether records can be inserted.
  package let isTable: Bool

  package init(name: SQLIdentifier, schema: Schema, materialized: Bool, isTable: Bool = false) {
    self.name = name
    self.schema = schema
    self.materialized = materialized
    self.isTable = isTable
  }
}

/// A bound ad-hoc statement.
package enum QueryStatement: Sendable {
  case select(QueryPlan)
  /// The plan as text is the answer.
  case explain(QueryPlan)
  case insert(InsertPlan)
}

/// The way into this room: SQL text to bound plans. Pure: the same text gives the same result.
package enum SQLCompiler {
  /// Greatest length of a text in UTF-8 bytes.
  package static let textBytesMax = 4 << 20

  /// Compiles a program of CREATE statements; on failure tells everything wrong that could be found, in text
  /// order.
  ///
  /// Without `rewriting` plans stay as they were bound: slower, equal in result; it tells a wrong rewrite
  /// from wrong binding.
  package static func compile(_ text: String, rewriting: Bool = true) -> Result<Program, SQLErrors> {
    if let tooLong = tooLong(text) { return .failure(tooLong) }
    return ProgramBinder.compile(SourceText(text), rewriting: rewriting)
  }

  /// Binds one ad-hoc statement over the relations of a running program.
  package static func query(_ text: String, catalog relations: [QueryRelation]) -> Result<
    QueryStatement, SQLErrors
  > {
    bind(text) { source throws(SQLFault) in
      try bind(Parser.single(source), source, relations)
    }
  }

  /// Binds the statements of one ad-hoc request; only the last may give rows.
  package static func script(_ text: String, catalog relations: [QueryRelation]) -> Result<
    [QueryStatement], SQLErrors
  > {
    bind(text) { source throws(SQLFault) in
      let statements = try Parser.script(source)
      var bound: [QueryStatement] = []
      for (index, statement) in statements.enumerated() {
        bound.append(try bind(statement, source, relations))
        if case .insert = statement.kind { continue }
        guard index == statements.count - 1 else {
          throw SQLFault(
            .query, "Only the last statement of a request may return rows", at: statement.range)
        }
      }
      return bound
    }
  }

  private static func bind<Bound>(
    _ text: String, _ body: (SourceText) throws(SQLFault) -> Bound
  ) -> Result<Bound, SQLErrors> {
    if let tooLong = tooLong(text) { return .failure(tooLong) }
    let source = SourceText(text)
    do throws(SQLFault) { return .success(try body(source)) } catch {
      return .failure(SQLErrors([source.diagnostic(error)]))
    }
  }

  private static func bind(
    _ statement: SyntaxStatement, _ source: SourceText, _ relations: [QueryRelation]
  ) throws(SQLFault) -> QueryStatement {
    let context = BindingContext(source: source, budget: BindingBudget(), allowsNow: true)
    let binder = QueryBinder(catalog: self.catalog(relations), context: context, allowsOrder: true)
    switch statement.kind {
    case .query(let query): return .select(try plan(query, binder))
    case .explain(let query): return .explain(try plan(query, binder))
    case .insert(let insert):
      return .insert(try InsertBinder(relations: relations, binder: binder).bind(insert))
    default: throw .unimplemented("statement in an ad-hoc query", at: statement.range)
    }
  }

  private static func plan(_ query: SyntaxQuery, _ binder: QueryBinder) throws(SQLFault) -> QueryPlan {
    let bound = try binder.bindTop(query)
    try binder.context.budget.use(bound.plan, at: query.range)
    return QueryPlan(
      plan: Rewriter.optimise(bound.plan), order: bound.order, limit: bound.limit, offset: bound.offset,
      visibleColumns: bound.visibleColumns)
  }

  private static func catalog(_ relations: [QueryRelation]) -> Catalog {
    var catalog = Catalog()
    for relation in relations {
      guard relation.materialized else {
        catalog.add(
          relation.name,
          .unreadable(
            "Tried to SELECT from a non-materialized source. Make sure '\(relation.name)' is configured as "
              + "materialized: use `with ('materialized' = 'true')` for tables, "
              + "or `create materialized view` for views"
          ))
        continue
      }
      catalog.add(
        relation.name,
        .relation(
          relation.schema.fields.map { PlanColumn(name: $0.name, type: $0.type, nullable: $0.nullable) }))
    }
    return catalog
  }

  private static func tooLong(_ text: String) -> SQLErrors? {
    guard text.utf8.count > textBytesMax else { return nil }
    let place = SourceRange(startLine: 1, startColumn: 1, endLine: 1, endColumn: 1)
    return SQLErrors([
      SQLDiagnostic(
        range: place, isWarning: false, errorType: SQLFault.Kind.parse.rawValue,
        message: "SQL text is longer than \(textBytesMax) bytes", snippet: "")
    ])
  }
}
