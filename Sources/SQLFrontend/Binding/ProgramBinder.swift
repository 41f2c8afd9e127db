import DataModel

/// Binds the statements of a program one after the other, collecting what is wrong with each.
struct ProgramBinder {
  let source: SourceText
  let rewriting: Bool
  private let budget = BindingBudget()
  private var catalog = Catalog()
  private var types: [SQLIdentifier: ColumnType] = [:]
  private var tables: [TableDefinition] = []
  private var views: [ViewDefinition] = []
  private var faults: [SQLFault] = []
  private var warnings: [SQLFault] = []

  /// Errors, and warnings, that are told at most.
  static let diagnosticsMax = 100

  private init(source: SourceText, rewriting: Bool) {
    self.source = source
    self.rewriting = rewriting
  }

  static func compile(_ source: SourceText, rewriting: Bool) -> Result<Program, SQLErrors> {
    let (statements, parseFaults) = Parser.program(source)
    var binder = ProgramBinder(source: source, rewriting: rewriting)
    // With a statement missing, what others say about its name would mislead; positions of both kinds still
    // help.
    for statement in statements { binder.bind(statement, namesMayBeMissing: !parseFaults.isEmpty) }
    let all = (parseFaults + binder.faults).sorted { $0.range.start < $1.range.start }.prefix(diagnosticsMax)
    let warnings = binder.warnings.prefix(diagnosticsMax).map { source.diagnostic($0, isWarning: true) }
    guard all.isEmpty else { return .failure(SQLErrors(all.map { source.diagnostic($0) } + warnings)) }
    return .success(Program(tables: binder.tables, views: binder.views, warnings: warnings))
  }

  private mutating func bind(_ statement: SyntaxStatement, namesMayBeMissing: Bool) {
    do throws(SQLFault) {
      switch statement.kind {
      case .createTable(let table): try bind(table)
      case .createView(let view): try bind(view)
      case .createType(let type): try bind(type)
      case .query:
        throw SQLFault(
          .compilation, "Statement is not a CREATE statement; a program defines tables and views",
          at: statement.range)
      case .insert: throw .unimplemented("INSERT statement", at: statement.range)
      case .explain: throw .unimplemented("EXPLAIN statement", at: statement.range)
      case .other(let name): throw .unimplemented("\(name) statement", at: statement.range)
      }
    } catch {
      let isMissingName = namesMayBeMissing && error.message.hasPrefix("Object '")
      if !error.isConsequence, !isMissingName { faults.append(error) }
    }
  }

  // MARK: Types

  private mutating func bind(_ type: SyntaxCreateType) throws(SQLFault) {
    let name = type.name.identifier
    guard types[name] == nil else {
      throw SQLFault(.compilation, "Type '\(name)' is already defined", at: type.name.range)
    }
    types[name] = try TypeBinder.bind(type.type, types: types)
  }

  // MARK: Tables

  private mutating func bind(_ table: SyntaxCreateTable) throws(SQLFault) {
    let name = table.name.identifier
    try claim(table.name)
    var binder = TableBinder(source: source, types: types)
    let schema = try binder.schema(of: table)
    warnings += binder.warnings
    let properties = try PropertySet(table.properties, known: PropertySet.ofTables)
    warnings += properties.warnings
    let definition = TableDefinition(
      name: name, schema: schema, materialized: properties.materialized, properties: properties.list,
      connectors: properties.connectors)
    tables.append(definition)
    catalog.add(
      name, .relation(schema.fields.map { PlanColumn(name: $0.name, type: $0.type, nullable: $0.nullable) }))
  }

  /// Reserves the name; until its definition is bound it counts as broken.
  private mutating func claim(_ name: Name) throws(SQLFault) {
    try checkFree(name)
    catalog.add(name.identifier, .broken)
  }

  private func checkFree(_ name: Name) throws(SQLFault) {
    guard !catalog.contains(name.identifier) else {
      throw SQLFault(.compilation, "An object named '\(name.identifier)' is already defined", at: name.range)
    }
  }

  // MARK: Views

  /// The name is unknown inside the view's own query, and broken behind one that does not bind.
  private mutating func bind(_ view: SyntaxCreateView) throws(SQLFault) {
    try checkFree(view.name)
    do throws(SQLFault) { try bindQuery(of: view) } catch {
      catalog.add(view.name.identifier, .broken)
      throw error
    }
  }

  private mutating func bindQuery(of view: SyntaxCreateView) throws(SQLFault) {
    let kind: ViewDefinition.Kind
    switch view.kind {
    case .plain: kind = .plain
    case .materialized: kind = .materialized
    case .local: kind = .local
    case .recursive: throw .unimplemented("CREATE RECURSIVE VIEW", at: view.kindRange)
    }
    let properties = try PropertySet(view.properties, known: PropertySet.ofViews)
    warnings += properties.warnings
    let context = BindingContext(source: source, budget: budget, allowsNow: false, types: types)
    let binder = QueryBinder(catalog: catalog, context: context, allowsOrder: false)
    var plan = try binder.bindTop(view.query).plan
    plan = try QueryBinder.renamed(plan, view.columns, at: view.name)
    try context.budget.use(plan, at: view.name.range)
    try checkNames(plan.output, view)
    let isMaterialized = kind == .plain && properties.materialized
    let definition = ViewDefinition(
      name: view.name.identifier, kind: isMaterialized ? .materialized : kind,
      plan: rewriting ? Rewriter.optimise(plan) : plan,
      properties: properties.list, connectors: properties.connectors)
    views.append(definition)
    catalog.add(view.name.identifier, .relation(plan.output))
  }

  private func checkNames(_ columns: [PlanColumn], _ view: SyntaxCreateView) throws(SQLFault) {
    var seen: Set<SQLIdentifier> = []
    for column in columns where !seen.insert(column.name).inserted {
      throw SQLFault(
        .compilation, "View '\(view.name.identifier)' has several columns named '\(column.name)'",
        at: view.name.range)
    }
  }
}
