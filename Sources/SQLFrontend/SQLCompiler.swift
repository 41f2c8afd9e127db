package import DataModel

/// A relation that an ad-hoc query may name.
package struct QueryRelation: Sendable {
  package let name: SQLIdentifier
  package let schema: Schema
  package let materialized: Bool

  package init(name: SQLIdentifier, schema: Schema, materialized: Bool) {
    self.name = name
    self.schema = schema
    self.materialized = materialized
  }
}

/// A bound ad-hoc statement.
package enum QueryStatement: Sendable {
  case select(QueryPlan)
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

  /// Binds one ad-hoc query over the relations of a running program.
  package static func query(_ text: String, catalog relations: [QueryRelation]) -> Result<
    QueryStatement, SQLErrors
  > {
    if let tooLong = tooLong(text) { return .failure(tooLong) }
    let source = SourceText(text)
    do throws(SQLFault) {
      let statement = try Parser.single(source)
      guard case .query(let query) = statement.kind else {
        throw .unimplemented("statement in an ad-hoc query", at: statement.range)
      }
      let context = BindingContext(source: source, budget: BindingBudget(), allowsNow: true)
      let binder = QueryBinder(catalog: self.catalog(relations), context: context, allowsOrder: true)
      let bound = try binder.bindTop(query)
      try context.budget.use(bound.plan, at: query.range)
      return .success(
        .select(
          QueryPlan(
            plan: Rewriter.optimise(bound.plan), order: bound.order, limit: bound.limit, offset: bound.offset,
            visibleColumns: bound.visibleColumns)))
    } catch {
      return .failure(SQLErrors([source.diagnostic(error)]))
    }
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
