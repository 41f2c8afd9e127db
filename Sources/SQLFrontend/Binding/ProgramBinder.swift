import DataModel

/// Binds the statements of a program one after the other, collecting what is wrong with each.
struct ProgramBinder {
  let source: SourceText
  let rewriting: Bool
  let budget = BindingBudget()
  var catalog = Catalog()
  var types: [SQLIdentifier: ColumnType] = [:]
  var tables: [TableDefinition] = []
  var views: [ViewDefinition] = []
  /// Views that may be read before they are defined.
  var declared: [SQLIdentifier: DeclaredView] = [:]
  var lateness: [LatenessDefinition] = []
  /// Bound when all views are known.
  private var latenessOfViews: [SyntaxLateness] = []
  /// Columns of `emit_final`.
  var finals: [SQLIdentifier: (column: Int, range: TextRange)] = [:]
  var faults: [SQLFault] = []
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
    if parseFaults.isEmpty { binder.faults += binder.undefined() }
    for statement in binder.latenessOfViews {
      binder.bind(statement, namesMayBeMissing: !parseFaults.isEmpty)
    }
    let program = binder.program()
    let all = (parseFaults + binder.faults).sorted { $0.range.start < $1.range.start }.prefix(diagnosticsMax)
    let warnings = binder.warnings.prefix(diagnosticsMax).map { source.diagnostic($0, isWarning: true) }
    guard all.isEmpty else { return .failure(SQLErrors(all.map { source.diagnostic($0) } + warnings)) }
    return .success(Program(program.skippingUnusedColumns(), warnings: warnings))
  }

  private mutating func bind(_ statement: SyntaxStatement, namesMayBeMissing: Bool) {
    do throws(SQLFault) {
      switch statement.kind {
      case .createTable(let table): try bind(table)
      case .createView(let view): try bind(view)
      case .createType(let type): try bind(type)
      case .declareView(let view): try declare(view)
      case .lateness(let lateness): latenessOfViews.append(lateness)
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
    var definition = TableDefinition(
      name: name, schema: schema, materialized: properties.materialized,
      isAppendOnly: properties.isAppendOnly, properties: properties.list,
      connectors: properties.connectors)
    definition.skipsUnusedColumns = properties.skipsUnusedColumns
    try bindLateness(of: table, definition)
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
    if declared[view.name.identifier]?.isDefined != false { try checkFree(view.name) }
    declared[view.name.identifier]?.isDefined = true
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
    let context = BindingContext(source: source, budget: budget, allowsNow: true, types: types)
    let binder = QueryBinder(catalog: catalog, context: context, allowsOrder: false)
    var plan = try binder.bindTop(view.query).plan
    plan = try QueryBinder.renamed(plan, view.columns, at: view.name)
    if let declaration = declared[view.name.identifier] {
      plan = try declaration.fitted(plan, of: view.name)
    }
    try context.budget.use(plan, at: view.name.range)
    try checkNames(plan.output, view)
    let isMaterialized = kind == .plain && properties.materialized
    let definition = ViewDefinition(
      name: view.name.identifier, kind: isMaterialized ? .materialized : kind,
      plan: rewriting ? Rewriter.optimiseView(plan) : ClockRules.apply(plan),
      properties: properties.list, connectors: properties.connectors)
    if let property = properties.emitFinal {
      finals[definition.name] = (try finalColumn(property, definition), property.valueRange)
    }
    views.append(definition)
    catalog.add(view.name.identifier, .relation(plan.output))
  }

  // MARK: Recursive views

  private mutating func declare(_ view: SyntaxDeclareView) throws(SQLFault) {
    try claim(view.name)
    var columns: [PlanColumn] = []
    for column in view.columns {
      let type = try TypeBinder.bind(column.type, types: types)
      columns.append(PlanColumn(name: column.name.identifier, type: type, nullable: column.nullable))
    }
    var seen: Set<SQLIdentifier> = []
    for column in view.columns where !seen.insert(column.name.identifier).inserted {
      throw SQLFault(
        .compilation, "Column with name '\(column.name.identifier)' already defined", at: column.name.range)
    }
    let name = view.name.identifier
    declared[name] = DeclaredView(columns: columns, range: view.name.range)
    catalog.add(name, .relation(columns))
  }

  private func undefined() -> [SQLFault] {
    declared.sorted { $0.value.range.start < $1.value.range.start }.filter { !$0.value.isDefined }.map {
      SQLFault(.compilation, "Recursive view '\($0.key)' is declared but not defined", at: $0.value.range)
    }
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
