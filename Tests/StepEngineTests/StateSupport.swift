import Checkpoints
import DataModel
import Dataflow
import PipelineModel
import Platform
import SQLFrontend
import SQLLowering
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

/// A program with every kind of operator that keeps state.
enum StatefulProgram {
  static let text = """
    CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k BIGINT NOT NULL, v BIGINT, s VARCHAR)
      WITH ('materialized' = 'true');
    CREATE TABLE u (k BIGINT NOT NULL, w BIGINT NOT NULL);
    CREATE MATERIALIZED VIEW sums AS
      SELECT k, COUNT(*) AS n, SUM(v) AS total, MIN(v) AS low, MAX(v) AS high FROM t GROUP BY k;
    CREATE MATERIALIZED VIEW texts AS SELECT s, COUNT(DISTINCT k) AS ks FROM t GROUP BY s;
    CREATE MATERIALIZED VIEW joined AS
      SELECT t.id, t.s, u.w FROM t JOIN u ON t.k = u.k WHERE t.v > u.w;
    CREATE MATERIALIZED VIEW firsts AS
      SELECT * FROM (
        SELECT k, id, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS n FROM t) AS ranked
      WHERE n <= 2;
    CREATE MATERIALIZED VIEW ranked AS
      SELECT id, RANK() OVER (PARTITION BY s ORDER BY v) AS place FROM t WHERE id < 40;
    CREATE MATERIALIZED VIEW known AS SELECT DISTINCT s, k FROM t;
    CREATE MATERIALIZED VIEW lonely AS SELECT k FROM t EXCEPT SELECT k FROM u;
    """

  static func program() throws -> Program {
    switch SQLCompiler.compile(text, rewriting: true) {
    case .success(let program): return program
    case .failure(let errors):
      for error in errors.diagnostics { Issue.record("\(error.message)\n\(error.snippet)") }
      throw errors
    }
  }

  static func circuit() throws -> Circuit { Lowering.circuit(for: try program(), observed: []) }

  /// Random upserts, deletions and rows for both tables; `spread` keys and ids.
  static func inputs(_ random: SeededRandom, count: Int, spread: UInt64) -> [TableInput] {
    func number(_ below: UInt64) -> Value { .int64(Int64(random.next(below: below))) }
    var t: [[Value]] = []
    var u: [[Value]] = []
    for _ in 0..<count {
      let text = String(repeating: "text ", count: Int(random.next(below: 4)))
      t.append([
        number(spread), number(spread / 4 + 1), random.next(below: 9) == 0 ? .null : number(1000),
        .text(text + "\(random.next(below: 20))"),
      ])
      if random.next(below: 4) == 0 { u.append([number(spread / 4 + 1), number(800)]) }
    }
    let deletes = t.map { _ in random.next(below: 6) == 0 }
    return [
      input("t", t, [.int64, .int64, .int64, .bytes], deletes),
      input("u", u, [.int64, .int64], u.map { _ in random.next(below: 3) == 0 }),
    ]
  }

  private static func input(
    _ table: String, _ rows: [[Value]], _ types: [PhysicalType], _ deletes: [Bool]
  ) -> TableInput {
    let columns = types.indices.map { column in
      var builder = ColumnBuilder(types[column])
      for row in rows { builder.append(row[column]) }
      return builder.finish()
    }
    let kinds = deletes.map { $0 ? ChangeKind.delete.rawValue : ChangeKind.insert.rawValue }
    return TableInput(
      table: SQLIdentifier(table), changes: [ChangeBatch(columns: columns, kinds: kinds, presence: [])])
  }
}

/// Everything that a circuit shows, as text.
func contents(_ circuit: Circuit) throws -> [String] {
  var lines: [String] = []
  for (name, snapshot) in circuit.snapshots().sorted(by: { $0.key.canonical < $1.key.canonical }) {
    try snapshot.trace.forEachBatch(rowsMax: 1000) { batch in
      for row in 0..<batch.count {
        lines.append("\(name) \(batch.columns.map { $0.value(at: row) }) \(batch.weights[row])")
      }
      return true
    }
  }
  return lines
}

func render(_ deltas: [RelationDelta]) -> [String] { deltas.map { "\($0.relation) \($0.rows)" } }

/// One machine: files and rows that outlive the circuits on it.
final class StateMachine {
  let files = MemoryFiles()
  let rows = MemoryStore()
  let clock = ManualClock()
  let random: SeededRandom
  static let directory = "/state/checkpoints"

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// A process: its circuit over the state of the newest good checkpoint.
  struct Life {
    let checkpoints: CheckpointStore
    let storage: EngineStorage
    let circuit: Circuit
    var steps: UInt64
  }

  func boot(_ settings: EngineStorage.Settings) throws -> Life {
    let checkpoints = CheckpointStore(
      directory: Self.directory, store: rows, fileSystem: files, clock: clock, random: random)
    let (clock, random) = (clock, random)
    let storage = EngineStorage(directory: Self.directory, fileSystem: files, settings: settings) {
      "\(UniqueID.version7(clock: clock, random: random))\(CheckpointStore.fileSuffix)"
    }
    let circuit = try StatefulProgram.circuit()
    storage.attach(to: circuit)
    guard let newest = try checkpoints.open().first else {
      return Life(checkpoints: checkpoints, storage: storage, circuit: circuit, steps: 0)
    }
    let position = try EnginePosition(restoring: checkpoints.load(newest), of: newest, from: storage)
    try circuit.restore(position.traces)
    return Life(checkpoints: checkpoints, storage: storage, circuit: circuit, steps: position.steps.rawValue)
  }

  func checkpoint(_ life: Life) throws -> CheckpointManifest {
    let capture = EngineCapture(
      steps: StepCount(life.steps), end: Offset(life.steps), traces: try life.circuit.state(), sections: [],
      storage: life.storage)
    return try life.checkpoints.write(capture.content(fingerprint: [1]))
  }
}
