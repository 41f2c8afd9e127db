import Connectors
import DataModel
import Dataflow
import Platform
import SQLFrontend
import SQLLowering

/// One query over the Nexmark tables, compiled as a pipeline would.
struct Query {
  let name: String
  let program: Program
  /// The Nexmark tables that the view reads, in the order of the program.
  let tables: [NexmarkTable]
  /// Whether the view reads the side input, which is fed in a step before the others.
  let readsSideInput: Bool
  private let view: ViewDefinition

  /// `tables.sql` and `NAME.sql`, which defines the view NAME and any local views before it.
  init(_ name: String, directory: String) throws {
    self.name = name
    let files = PosixFileSystem()
    let text =
      String(decoding: try files.read("\(directory)/tables.sql"), as: UTF8.self)
      + String(decoding: try files.read("\(directory)/\(name).sql"), as: UTF8.self)
    switch SQLCompiler.compile(text) {
    case .success(let program): self.program = program
    case .failure(let errors):
      let texts = errors.diagnostics.map { "\($0.range.startLine):\($0.range.startColumn) \($0.message)" }
      throw BenchError("\(name) is refused: \(texts.joined(separator: "; "))")
    }
    guard let view = program.views.first(where: { $0.name == SQLIdentifier(name) }) else {
      throw BenchError("\(name).sql defines no view \(name)")
    }
    self.view = view
    var read: Set<SQLIdentifier> = []
    Query.collect(view.plan, program, &read)
    tables = program.tables.compactMap {
      read.contains($0.name) ? NexmarkTable(rawValue: $0.name.canonical) : nil
    }
    readsSideInput = read.contains(SideInput.table)
    let known = tables.count + (readsSideInput ? 1 : 0)
    guard known == program.tables.count(where: { read.contains($0.name) }), !tables.isEmpty else {
      throw BenchError("\(name) reads tables that are none of Nexmark's, or none")
    }
  }

  var schema: Schema { view.schema }

  /// What the program's table leaves out.
  func skippedColumns(of table: NexmarkTable) -> Set<Int> {
    program.tables.first { $0.name == SQLIdentifier(table.rawValue) }?.skippedColumns ?? []
  }

  /// Without the program's other tables, so that only what is fed is there.
  func circuit(workers: Int) -> Circuit {
    let read = tables.map { SQLIdentifier($0.rawValue) } + (readsSideInput ? [SideInput.table] : [])
    let own = Program(
      tables: program.tables.filter { read.contains($0.name) }, views: program.views, warnings: [])
    return Lowering.circuit(for: own, observed: [], workers: CircuitWorkers(workers))
  }

  private static func collect(_ plan: Plan, _ program: Program, _ read: inout Set<SQLIdentifier>) {
    if case .scan(let relation, _) = plan, read.insert(relation).inserted,
      let view = program.views.first(where: { $0.name == relation })
    {
      collect(view.plan, program, &read)
    }
    for input in plan.inputs { collect(input, program, &read) }
  }
}
