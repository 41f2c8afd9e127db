import Checkpoints
import DataModel
import Dataflow
import PipelineModel
import Platform
import SQLFrontend
import SQLLowering
import StepEngine
import StorageAPI

// StateBench DIRECTORY ROWS [MEMORY_MB]: fills a keyed table and a view in steps, takes a checkpoint, opens it as a new
// process would, and asks for one row. Prints one JSON line a figure.

let sql = """
  CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k INT NOT NULL, v BIGINT NOT NULL, s VARCHAR)
    WITH ('materialized' = 'true');
  CREATE MATERIALIZED VIEW by_k AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM t GROUP BY k;
  """

struct StateBench {
  let directory: String
  let memoryBytes: Int?
  let rows = MemoryStore()
  let clock = SystemClock()

  func milliseconds(since start: MonotonicTime) -> Double {
    Double((clock.monotonic().nanoseconds - start.nanoseconds) / 1000) / 1000
  }

  func report(_ run: String, _ figures: [(String, Double)]) {
    let text = figures.map { ", \"\($0.0)\": \($0.1)" }.joined()
    print("{\"run\": \"\(run)\"\(text)}")
  }

  struct Life {
    let checkpoints: CheckpointStore
    let storage: EngineStorage
    let circuit: Circuit
  }

  func boot() throws -> Life {
    let checkpoints = CheckpointStore(
      directory: directory, store: rows, fileSystem: PosixFileSystem(), clock: clock, random: SystemRandom())
    var settings = EngineStorage.Settings()
    settings.memoryBytes = memoryBytes
    let storage = EngineStorage(directory: directory, fileSystem: PosixFileSystem(), settings: settings) {
      [clock] in "\(UniqueID.version7(clock: clock, random: SystemRandom()))\(CheckpointStore.fileSuffix)"
    }
    let circuit = Lowering.circuit(for: try SQLCompiler.compile(sql, rewriting: true).get(), observed: [])
    storage.attach(to: circuit)
    if let newest = try checkpoints.open().first {
      let position = try EnginePosition(restoring: checkpoints.load(newest), of: newest, from: storage)
      try circuit.restore(position.traces)
    }
    return Life(checkpoints: checkpoints, storage: storage, circuit: circuit)
  }

  func input(_ first: Int, _ count: Int, _ spread: Int) -> [TableInput] {
    var texts = ByteColumn()
    var (ids, keys, values): ([Int64], [Int64], [Int64]) = ([], [], [])
    for row in first..<first + count {
      // Spread over the keys, as ids of a real table come.
      ids.append(Int64(row &* 7_368_787 % spread))
      keys.append(Int64(row % 97))
      values.append(Int64(row % 1009))
      texts.append("some text that makes the record about a hundred bytes long, \(row)".utf8)
    }
    let columns = [
      ColumnVector(.int64(ids)), ColumnVector(.int64(keys)), ColumnVector(.int64(values)),
      ColumnVector(.bytes(texts)),
    ]
    let kinds = [UInt8](repeating: ChangeKind.insert.rawValue, count: count)
    return [
      TableInput(
        table: SQLIdentifier("t"), changes: [ChangeBatch(columns: columns, kinds: kinds, presence: [])])
    ]
  }

  func fill(_ life: Life, _ count: Int) throws {
    let size = 10_000
    var steps: [Double] = []
    let start = clock.monotonic()
    for first in stride(from: 0, to: count, by: size) {
      let input = input(first, size, count)
      let began = clock.monotonic()
      _ = try life.circuit.step(input, now: 0)
      _ = try life.circuit.upkeep()
      steps.append(milliseconds(since: began))
    }
    let total = milliseconds(since: start)
    steps.sort()
    report(
      "fill, steps of \(size) rows",
      [
        ("ns_per_row", (total * 1e6 / Double(count)).rounded()), ("p50_ms", steps[steps.count / 2]),
        ("p99_ms", steps[steps.count * 99 / 100]), ("max_ms", steps[steps.count - 1]),
        ("rss_mb", (Double(ProcessFacts.residentBytes()) / 1e6).rounded()),
      ])
  }

  func checkpoint(_ life: Life, _ name: String) throws {
    let start = clock.monotonic()
    let capture = EngineCapture(
      steps: StepCount(1), end: Offset(1), traces: try life.circuit.state(), sections: [], storage: life.storage)
    let manifest = try life.checkpoints.write(capture.content(fingerprint: [1]))
    report(name, [("ms", milliseconds(since: start)), ("state_mb", (Double(manifest.sizeBytes) / 1e6).rounded())])
  }

  func run(_ count: Int) throws {
    let life = try boot()
    try fill(life, count)
    try checkpoint(life, "checkpoint")
    _ = try life.circuit.step(input(0, 100, count), now: 0)
    try checkpoint(life, "checkpoint after 100 more records")
    life.storage.close()
    let start = clock.monotonic()
    let next = try boot()
    let opened = milliseconds(since: start)
    let view = next.circuit.snapshot(of: SQLIdentifier("by_k"))
    let table = next.circuit.snapshot(of: SQLIdentifier("t"))
    var answers = 0
    try view?.trace.forEachBatch(rowsMax: 1000) { batch in
      answers += batch.count
      return true
    }
    answers += try table?.trace.lookup([.int64(1)]).count ?? 0
    report(
      "restart to first answer", [("ms", milliseconds(since: start)), ("opened_ms", opened), ("rows", Double(answers))])
    let began = clock.monotonic()
    _ = try next.circuit.step(input(0, 10_000, count), now: 0)
    report("first step of 10,000 records after the restart", [("ms", milliseconds(since: began))])
    next.storage.close()
  }
}

let arguments = CommandLine.arguments
guard arguments.count > 2, let count = Int(arguments[2]) else {
  print("StateBench DIRECTORY ROWS [MEMORY_MB]")
  throw FileError(.notFound, path: "", "no directory and number of rows")
}
let memory = arguments.count > 3 ? Int(arguments[3]).map { $0 << 20 } : nil
try PosixFileSystem().createDirectories(arguments[1])
try StateBench(directory: arguments[1], memoryBytes: memory).run(count)
