import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Synchronization
import TestSupport
import Testing

// Goal: what leaves memory for the traces, the oldest first, changes no view. Method: a program takes the same steps with
// all state in memory and with a budget far below it; keys come in an order as auctions do, old ones come back now and
// then, rows are deleted. The deltas told so far are the same after each step.

@Suite("State that leaves memory") struct ShrinkingTests {
  private static let program = """
    CREATE TABLE a (k BIGINT, s VARCHAR);
    CREATE TABLE b (k BIGINT, v BIGINT, s VARCHAR);
    CREATE TABLE c (k BIGINT, v BIGINT, s VARCHAR) WITH ('append_only' = 'true');
    CREATE VIEW pairs AS SELECT a.k, b.v, b.s, a.s AS t FROM a JOIN b ON a.k = b.k;
    CREATE VIEW best AS SELECT k, v, s FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, s) AS r FROM c) WHERE r <= 2;
    CREATE VIEW counts AS SELECT k, COUNT(*) AS n, COUNT(DISTINCT v) AS d, MAX(s) AS m FROM b GROUP BY k;
    CREATE VIEW wide AS SELECT a.k, a.s, b.v FROM a LEFT JOIN b ON a.k = b.k;
    """

  private final class Names: Sendable {
    private let last = Atomic(0)
    func next() -> String { "\(last.add(1, ordering: .relaxed).newValue).data" }
  }

  private struct Feed {
    var generator: SeededGenerator
    var live: [String: [Row]] = [:]

    mutating func rows(_ table: String, step: Int, count: Int) -> ChangeBatch {
      var rows: [Row] = []
      var kinds: [UInt8] = []
      for _ in 0..<count {
        if table != "c", Int.random(in: 0..<12, using: &generator) == 0, let own = live[table], !own.isEmpty {
          rows.append(own[Int.random(in: 0..<own.count, using: &generator)])
          live[table]?.removeAll { $0 == rows[rows.count - 1] }
          kinds.append(ChangeKind.delete.rawValue)
          continue
        }
        let isOld = Int.random(in: 0..<40, using: &generator) == 0
        let key = Int.random(in: isOld ? 0...step * 8 : step * 8...step * 8 + 15, using: &generator)
        let text = String(repeating: "x", count: Int.random(in: 0..<90, using: &generator)) + "\(key)"
        var row: Row = [.int64(Int64(key))]
        if table != "a" { row.append(.int64(Int64.random(in: 0..<9, using: &generator))) }
        row.append(.text(text))
        if live[table]?.contains(row) == true { continue }
        live[table, default: []].append(row)
        rows.append(row)
        kinds.append(ChangeKind.insert.rawValue)
      }
      let types: [PhysicalType] = table == "a" ? [.int64, .bytes] : [.int64, .int64, .bytes]
      return ChangeBatch(columns: columns(rows, types), kinds: kinds)
    }
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 1)])
  func viewsAreTheSame(seed: UInt64, workers: Int) throws {
    let program = try compile(Self.program)
    var settings = TraceStorage.Settings()
    settings.memoryBytes = 256 << 10
    settings.cacheBytes = 16 << 10
    settings.spilledBatchBytesMin = 4 << 10
    let files = MemoryFiles()
    let names = Names()
    let storage = TraceStorage(directory: "/state", fileSystem: files, settings: settings) {
      names.next()
    }
    defer { storage.close() }
    let small = Lowering.circuit(for: program, observed: [], workers: CircuitWorkers(workers))
    small.attach(storage)
    let whole = Lowering.circuit(for: program, observed: [])
    var feed = Feed(generator: SeededGenerator(seed))
    var told: [[SQLIdentifier: ZSet]] = [[:], [:]]
    var spilled = 0
    for step in 0..<60 {
      let inputs = ["a", "b", "c"].map { name in
        TableInput(table: SQLIdentifier(name), changes: [feed.rows(name, step: step, count: name == "a" ? 20 : 120)])
      }
      for (index, circuit) in [small, whole].enumerated() {
        for delta in try circuit.step(inputs, now: 0) { told[index][delta.relation, default: [:]].add(delta.rows) }
      }
      _ = try small.upkeep()
      spilled = max(spilled, files.names.count)
      for view in program.views { #expect(told[0][view.name] == told[1][view.name], "\(view.name) after step \(step)") }
    }
    #expect(spilled > 0, "the budget is below the state")
    #expect(small.stateBytes < whole.stateBytes)
  }
}
