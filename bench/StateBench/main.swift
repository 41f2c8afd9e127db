import Checkpoints
import DataModel
import Dataflow
import PipelineModel
import Platform
import SQLFrontend
import SQLLowering
import StepEngine
import StorageAPI

// StateBench DIRECTORY ROWS [MEMORY_MB]: fills a keyed table and a view in steps, takes a checkpoint, changes more and
// more rows and tells what the checkpoints write, opens the state as a new process would, and asks for one row. Prints
// one JSON line a figure.

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

  /// Rows of the same number have the same key; `version` changes their values.
  func input(_ first: Int, _ count: Int, _ spread: Int, version: Int = 0) -> [TableInput] {
    var texts = ByteColumn()
    var (ids, keys, values): ([Int64], [Int64], [Int64]) = ([], [], [])
    for row in first..<first + count {
      // Spread over the keys, as ids of a real table come.
      ids.append(Int64(row &* 7_368_787 % spread))
      keys.append(Int64(row % 97))
      values.append(Int64((row + version) % 1009))
      texts.append("some text that makes the record about a hundred bytes long, \(row) \(version)".utf8)
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
    let manifest = try write(life)
    report(name, [("ms", milliseconds(since: start)), ("state_mb", (Double(manifest.sizeBytes) / 1e6).rounded())])
  }

  @discardableResult
  func write(_ life: Life) throws -> CheckpointManifest {
    let capture = EngineCapture(
      steps: StepCount(1), end: Offset(1), traces: try life.circuit.state(), sections: [], storage: life.storage)
    return try life.checkpoints.write(capture.content(fingerprint: [1]))
  }

  /// The fill's merges end and are in checkpoints: until nothing was written for a while.
  func settle(_ life: Life) throws {
    let start = clock.monotonic()
    let before = ProcessFacts.writtenBytes()
    let pause = Signal()
    var (quiet, last) = (0, before)
    while quiet < 5 {
      let hasChanged = try life.circuit.upkeep()
      try write(life)
      _ = pause.wait(timeoutNanoseconds: 100_000_000)
      let now = ProcessFacts.writtenBytes()
      quiet = hasChanged || now - last > 4096 ? 0 : quiet + 1
      last = now
    }
    report(
      "merges of the fill", [("ms", milliseconds(since: start)), ("written_mb", (Double(last - before) / 1e6).rounded())])
  }

  struct Change {
    var changed = 0
    var checkpoint = 0
    var other = 0

    var ratios: [(String, Double)] {
      func ratio(_ bytes: Int) -> Double { (Double(bytes) / Double(max(1, changed)) * 100).rounded() / 100 }
      return [
        ("changed_bytes", Double(changed)), ("checkpoint_bytes", Double(checkpoint)), ("other_bytes", Double(other)),
        ("checkpoint_by_changed", ratio(checkpoint)), ("all_by_changed", ratio(checkpoint + other)),
      ]
    }
  }

  /// Many checkpoints, each after as many changed rows: what each wrote, and all together, so that a merge counts for
  /// all the changes that it merges.
  func changes(_ life: Life, rows changed: Int, of count: Int, times: Int, version: inout Int) throws {
    var sum = Change()
    for _ in 0..<times {
      let one = try change(life, rows: changed, of: count, version: version)
      version += 1
      sum.changed += one.changed
      sum.checkpoint += one.checkpoint
      sum.other += one.other
    }
    report(
      "checkpoints after changes, sum",
      [("state_rows", Double(count)), ("changed_rows", Double(changed)), ("checkpoints", Double(times))] + sum.ratios)
  }

  /// Changed bytes: those of the new records as columns. The table keeps a record that went and one that came for each
  /// until they are merged, and the write calls of everything count: checkpoints, spills and merges.
  func change(_ life: Life, rows changed: Int, of count: Int, version: Int) throws -> Change {
    let written = ProcessFacts.writtenBytes()
    var bytes = 0
    let size = 10_000
    for first in stride(from: 0, to: changed, by: size) {
      let input = input(first, min(size, changed - first), count, version: version)
      for change in input.flatMap(\.changes) { bytes += ColumnBatch(columns: change.columns, weights: []).sizeBytes }
      _ = try life.circuit.step(input, now: 0)
      _ = try life.circuit.upkeep()
    }
    let before = ProcessFacts.writtenBytes()
    let start = clock.monotonic()
    try write(life)
    let after = ProcessFacts.writtenBytes()
    let took = milliseconds(since: start)
    let change = Change(changed: bytes, checkpoint: Int(after - before), other: Int(before - written))
    report(
      "checkpoint after changes",
      [("state_rows", Double(count)), ("changed_rows", Double(changed))] + change.ratios + [("ms", took)])
    return change
  }

  func run(_ count: Int) throws {
    let life = try boot()
    try fill(life, count)
    try checkpoint(life, "checkpoint")
    _ = try life.circuit.step(input(0, 100, count), now: 0)
    try checkpoint(life, "checkpoint after 100 more records")
    var version = 1
    try settle(life)
    for (changed, times) in [(100, 30), (1000, 30), (10_000, 30), (100_000, 10)] where changed <= count {
      try changes(life, rows: changed, of: count, times: times, version: &version)
    }
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
