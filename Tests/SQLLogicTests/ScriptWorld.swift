import DataModel
import Dataflow
import SQLFrontend
import SQLLowering

/// An answer of the engine, weights told as repetitions.
struct Answer {
  var columns: [ColumnType]
  var rows: [[Value]]

  mutating func append(_ batch: ColumnBatch) {
    for index in 0..<batch.count where batch.weights[index] > 0 {
      let row = batch.columns.map { $0.value(at: index) }
      rows.append(contentsOf: repeatElement(row, count: Int(batch.weights[index])))
    }
  }
}

/// The tables and views of a script at one place in it, and queries over them from scratch.
struct ScriptWorld {
  private struct Frozen {
    let catalog: [QueryRelation]
    let snapshots: [SQLIdentifier: RelationSnapshot]
  }

  var tables: [ScriptTable] = [] { didSet { frozen = nil } }
  /// Name and CREATE statement, in the order of their definition.
  var views: [(name: SQLIdentifier, text: String)] = [] { didSet { frozen = nil } }
  private var frozen: Frozen?

  /// The CREATE statements of all tables and views.
  var program: String {
    (tables.map(\.definition) + views.map(\.text)).map { $0 + ";\n" }.joined()
  }

  func table(_ name: SQLIdentifier) throws -> Int {
    guard let index = tables.firstIndex(where: { $0.name == name }) else {
      throw ScriptProblem("no table \(name)")
    }
    return index
  }

  static func compile(_ text: String) throws -> Program {
    switch SQLCompiler.compile(text) {
    case .success(let program): return program
    case .failure(let errors):
      throw ScriptProblem(errors.diagnostics.first { !$0.isWarning }?.message ?? "does not compile")
    }
  }

  mutating func query(_ text: String) throws -> Answer {
    let frozen = try freeze()
    let statement: QueryStatement
    switch SQLCompiler.query(text, catalog: frozen.catalog) {
    case .success(let bound): statement = bound
    case .failure(let errors):
      throw ScriptProblem(errors.diagnostics.first { !$0.isWarning }?.message ?? "does not compile")
    }
    switch statement {
    case .select(let plan):
      let result = try QueryRunner.run(plan, relations: { frozen.snapshots[$0] }, now: 0)
      var answer = Answer(columns: result.columns.map(\.type), rows: [])
      for batch in result.batches { answer.append(batch) }
      return answer
    case .explain, .insert: throw ScriptProblem("not a query: \(text)")
    }
  }

  private mutating func freeze() throws -> Frozen {
    if let frozen { return frozen }
    let program = try Self.compile(program)
    let circuit = Lowering.circuit(for: program, observed: [])
    let inputs = tables.filter { !$0.rows.isEmpty }.map { table in
      table.changes(table.rows, [ChangeKind](repeating: .insert, count: table.rows.count))
    }
    _ = try circuit.step(inputs, now: 0)
    let catalog =
      program.tables.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: true) }
      + program.views.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: true) }
    let result = Frozen(catalog: catalog, snapshots: circuit.snapshots())
    frozen = result
    return result
  }
}
