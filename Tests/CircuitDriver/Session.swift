import DataModel
import Dataflow
import Formats
import Platform
import SQLFrontend
import SQLLowering

/// One program and its circuit.
struct Session {
  /// Rows of a relation as texts, with their weights; none is 0.
  typealias Contents = [String: Int64]

  var reply: [String] = []
  private var program: Program?
  private var circuit: Circuit?
  private var pending: [TableInput] = []
  /// The sum of all deltas of each view.
  private var sums: [SQLIdentifier: Contents] = [:]
  /// 1 to 3, by the program's text; every restart has another number.
  private var workers = 1
  private var time: Int64 = 1_700_000_000_000_000
  /// Of a program with little memory: everything goes to files and comes back.
  private var storage: TraceStorage?

  /// `memory` nil: all state stays in memory.
  mutating func load(_ lines: [String], rewriting: Bool, memory: Int?) throws {
    storage?.close()
    (program, circuit, pending, sums) = (nil, nil, [], [:])
    storage = try memory.map(StateFiles.storage)
    let text = lines.joined(separator: "\n")
    let compiled: Program
    switch SQLCompiler.compile(text, rewriting: rewriting) {
    case .success(let program): compiled = program
    case .failure(let errors): throw Self.refusal(errors)
    }
    workers = 1 + text.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % 3
    let circuit = self.circuit(of: compiled)
    if let storage { circuit.attach(storage) }
    (program, self.circuit) = (compiled, circuit)
    for view in compiled.views {
      let types = view.schema.types.map { Lines.quoted($0.description) }
      reply.append("schema \(view.name.canonical) [\(types.joined(separator: ","))]")
      sums[view.name] = [:]
    }
    if circuit.needsInitialStep { try step() }
  }

  private func circuit(of program: Program) -> Circuit {
    Lowering.circuit(for: program, observed: [], truncationRowsMin: 1, workers: CircuitWorkers(workers, rowsMin: 0))
  }

  mutating func change(_ table: String, _ records: [String]) throws {
    let name = SQLIdentifier(table)
    guard let definition = program?.tables.first(where: { $0.name == name }) else {
      throw Refusal(kind: "protocol", "no table \(table)")
    }
    var decoder = InputDecoder(
      format: InputFormat(kind: .json, updateFormat: .insertDelete), schema: definition.schema,
      rowErrorsKept: 1)
    decoder.feed(Array(records.joined(separator: "\n").utf8))
    decoder.finish()
    if let error = decoder.errors.first { throw Refusal(kind: "record", "\(error)") }
    if let batch = decoder.takeBatch() {
      pending.append(TableInput(table: name, changes: [batch.changes]))
    }
  }

  mutating func step() throws {
    let (circuit, program) = try running()
    defer { pending = [] }
    time += 1_000_000
    let deltas: [RelationDelta]
    do { deltas = try circuit.step(pending, now: time) } catch {
      throw Refusal(kind: "evaluation", "\(error)")
    }
    reply.append("now \(time)")
    for delta in deltas { try add(delta, program) }
    if storage != nil { _ = try circuit.upkeep() }
    for view in program.views where view.kind != .local {
      try compare(view, try Self.contents(of: view, in: circuit))
      if deltas.contains(where: { $0.relation == view.name }) { tell(view.name) }
    }
  }

  /// A checkpoint after which the same circuit goes on.
  func checkpoint() throws { _ = try running().0.state() }

  /// As a checkpoint and a restart do it.
  mutating func restart() throws {
    let (circuit, program) = try running()
    workers = workers % 3 + 1
    let copy = self.circuit(of: program)
    if let storage { copy.attach(storage) }
    var states: [TraceState] = []
    for state in try circuit.state() {
      do throws(CodecError) {
        var runs: [TraceRun] = []
        for run in state.runs {
          guard case .memory(let batch) = run else {
            runs.append(run)
            continue
          }
          runs.append(.memory(try BlockCodec.decode(BlockCodec.encode(batch), layout: state.layout)))
        }
        states.append(TraceState(id: state.id, layout: state.layout, runs: runs))
      } catch {
        throw Refusal(kind: "restart", "\(state.id): \(error)")
      }
    }
    do { try copy.restore(states) } catch { throw Refusal(kind: "restart", "\(error)") }
    self.circuit = copy
    for view in program.views where view.kind != .local {
      try compare(view, try Self.contents(of: view, in: copy))
    }
  }

  mutating func adhoc(_ viewName: String, _ lines: [String]) throws {
    let (circuit, program) = try running()
    guard let view = program.views.first(where: { $0.name == SQLIdentifier(viewName) }) else {
      throw Refusal(kind: "protocol", "no view \(viewName)")
    }
    let catalog =
      program.tables.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: $0.materialized) }
      + program.views.map {
        QueryRelation(name: $0.name, schema: $0.schema, materialized: $0.kind == .materialized)
      }
    let plan: QueryPlan
    switch SQLCompiler.query(lines.joined(separator: "\n"), catalog: catalog) {
    case .success(.select(let bound)): plan = bound
    case .success: throw Refusal(kind: "protocol", "an ad-hoc query is a SELECT")
    case .failure(let errors): throw Self.refusal(errors)
    }
    let snapshots = circuit.snapshots()
    let answer: QueryRunner.QueryResult
    do { answer = try QueryRunner.run(plan, relations: { snapshots[$0] }, now: time) } catch {
      throw Refusal(kind: "evaluation", "ad-hoc: \(error)")
    }
    var found: Contents = [:]
    for batch in answer.batches {
      for row in 0..<batch.count { found[Lines.row(batch, row, answer.columns.map(\.type)), default: 0] += 1 }
    }
    guard found == sums[view.name] else {
      throw Refusal(kind: "adhoc", "view \(viewName): " + Self.difference(found, sums[view.name] ?? [:]))
    }
  }

  // MARK: Parts

  private func running() throws -> (Circuit, Program) {
    guard let circuit, let program else { throw Refusal(kind: "protocol", "no program") }
    return (circuit, program)
  }

  private static func refusal(_ errors: SQLErrors) -> Refusal {
    Refusal(
      kind: "compile",
      errors.diagnostics.map { "\($0.errorType): \($0.message)\n\($0.snippet)" }.joined(separator: "\n"))
  }

  private mutating func add(_ delta: RelationDelta, _ program: Program) throws {
    guard let view = program.views.first(where: { $0.name == delta.relation }) else { return }
    let types = view.schema.types
    var sum = sums[view.name] ?? [:]
    var seen: Set<String> = []
    for row in 0..<delta.rows.count {
      let text = Lines.row(delta.rows, row, types)
      let weight = delta.rows.weights[row]
      guard weight != 0, seen.insert(text).inserted else {
        throw Refusal(kind: "delta", "delta of \(view.name) is not consolidated: \(text) \(weight)")
      }
      let total = sum[text, default: 0] + weight
      sum[text] = total == 0 ? nil : total
    }
    sums[view.name] = sum
  }

  private static func contents(of view: ViewDefinition, in circuit: Circuit) throws -> Contents? {
    guard view.kind == .materialized else { return nil }
    guard let snapshot = circuit.snapshot(of: view.name) else {
      throw Refusal(kind: "snapshot", "no snapshot of \(view.name)")
    }
    let types = view.schema.types
    var result: Contents = [:]
    try snapshot.trace.forEachBatch(rowsMax: 64) { batch in
      for row in 0..<batch.count { result[Lines.row(batch, row, types), default: 0] += batch.weights[row] }
      return true
    }
    return result
  }

  /// The snapshot of a view must be the sum of its deltas.
  private func compare(_ view: ViewDefinition, _ snapshot: Contents?) throws {
    guard let snapshot, let sum = sums[view.name], sum != snapshot else { return }
    throw Refusal(kind: "snapshot", "view \(view.name): " + Self.difference(snapshot, sum))
  }

  private static func difference(_ found: Contents, _ deltas: Contents) -> String {
    let rows = Set(found.keys).union(deltas.keys).filter { found[$0] != deltas[$0] }.sorted()
    return rows.prefix(10).map { "\($0) is \(found[$0] ?? 0) times there, by deltas \(deltas[$0] ?? 0)" }
      .joined(separator: "\n")
  }

  private mutating func tell(_ view: SQLIdentifier) {
    let rows = sums[view] ?? [:]
    reply.append("view \(view.canonical) \(rows.count)")
    for (row, weight) in rows { reply.append("\(weight) \(row)") }
  }
}
