import DataModel

/// LATENESS, WATERMARK and `emit_final`.
extension ProgramBinder {
  private var latenessBinder: LatenessBinder {
    LatenessBinder(context: BindingContext(source: source, budget: budget, allowsNow: false, types: types))
  }

  mutating func bindLateness(of table: SyntaxCreateTable, _ definition: TableDefinition) throws(SQLFault) {
    var hasWatermark = false
    for (index, column) in table.columns.enumerated() {
      let field = definition.schema.fields[index]
      let shown = PlanColumn(name: field.name, type: field.type, nullable: field.nullable)
      if let amount = column.lateness {
        let bound = try latenessBinder.waterline(amount, of: shown, at: column.name, "LATENESS")
        lateness.append(
          LatenessDefinition(relation: definition.name, column: index, waterline: bound, drops: true))
      }
      guard let amount = column.watermark else { continue }
      // Rows that wait are in no table yet.
      if definition.materialized || definition.schema.primaryKey != nil {
        let kind = definition.materialized ? "materialized table" : "table with a PRIMARY KEY"
        throw .unimplemented("WATERMARK in a \(kind)", at: amount.range)
      }
      if hasWatermark { throw .unimplemented("Several WATERMARK columns in one table", at: amount.range) }
      hasWatermark = true
      let bound = try latenessBinder.waterline(amount, of: shown, at: column.name, "WATERMARK")
      lateness.append(
        LatenessDefinition(relation: definition.name, column: index, waterline: bound, drops: false))
    }
  }

  mutating func bind(_ statement: SyntaxLateness, namesMayBeMissing: Bool) {
    do throws(SQLFault) {
      let name = statement.view.identifier
      guard let view = views.first(where: { $0.name == name }) else {
        if namesMayBeMissing || catalog.contains(name) && !tables.contains(where: { $0.name == name }) {
          return
        }
        throw SQLFault(.compilation, "LATENESS for '\(name)', which is not a view", at: statement.view.range)
      }
      let found = view.plan.output.firstIndex { $0.name == statement.column.identifier }
      guard let column = found else {
        throw SQLFault(
          .compilation, "Column '\(statement.column.identifier)' not found in view '\(name)'",
          at: statement.column.range)
      }
      guard !lateness.contains(where: { $0.relation == name && $0.column == column }) else {
        throw SQLFault(
          .compilation, "LATENESS of '\(name).\(statement.column.identifier)' is already declared",
          at: statement.column.range)
      }
      let bound = try latenessBinder.waterline(
        statement.amount, of: view.plan.output[column], at: statement.column, "LATENESS")
      lateness.append(LatenessDefinition(relation: name, column: column, waterline: bound, drops: true))
    } catch { faults.append(error) }
  }

  /// By name, or by position from 0.
  func finalColumn(_ property: SyntaxProperty, _ view: ViewDefinition) throws(SQLFault) -> Int {
    if view.kind == .local {
      throw SQLFault(
        .compilation, "'emit_final' is not allowed for LOCAL view '\(view.name)'", at: property.keyRange)
    }
    let columns = view.plan.output
    if let number = Int(property.value), columns.indices.contains(number) { return number }
    if let index = columns.firstIndex(where: { $0.name == SQLIdentifier(property.value) }) { return index }
    throw SQLFault(
      .compilation, "Column '\(property.value)' of 'emit_final' not found in view '\(view.name)'",
      at: property.valueRange)
  }

  /// All that was bound; notes what is wrong with `emit_final`.
  mutating func program() -> Program {
    let ordered = RecursionOrder(views).ordered(declared: Set(declared.keys))
    var program = Program(tables: tables, views: ordered, warnings: [])
    program.lateness = lateness
    guard !finals.isEmpty else { return program }
    let waterlines = WaterlineAnalysis(program)
    program.views = ordered.map { view in
      guard let final = finals[view.name] else { return view }
      var view = view
      guard let waterline = waterlines[view.name][final.column] else {
        faults.append(
          SQLFault(
            .compilation,
            "Could not infer a waterline for column '\(view.plan.output[final.column].name)' of view "
              + "'\(view.name)', which has an 'emit_final' annotation", at: final.range))
        return view
      }
      view.final = FinalColumn(column: final.column, waterline: waterline)
      return view
    }
    return program
  }
}

extension Program {
  init(_ program: Program, warnings: [SQLDiagnostic]) {
    self.init(tables: program.tables, views: program.views, warnings: warnings)
    lateness = program.lateness
  }
}
