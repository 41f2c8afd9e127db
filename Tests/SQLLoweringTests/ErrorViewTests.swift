import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: a row on which an expression fails is missing in its view alone, is in the error collection, and goes from
// there when it is deleted. Method: random rows, some of which fail in one view or another, against the lists of good
// and bad ones; the same circuit intolerant; state over a restore.

@Suite("Error view") struct ErrorViewTests {
  private static let text = """
    create table t (id bigint not null, d bigint not null) with ('materialized' = 'true');
    create materialized view quotients as select id, 100 / d as q from t;
    create materialized view small as select id from t where 100 / (d - 1) < 20;
    create materialized view sums as select 10 / d as g, count(*) as n from t group by 10 / d;
    create materialized view all_rows as select id, d from t;
    """

  private static func circuit(workers: Int = 1, collects: Bool = true) throws -> Circuit {
    Lowering.circuit(
      for: try compile(text), observed: [], workers: CircuitWorkers(workers, rowsMin: 0), collectsErrors: collects)
  }

  private static func input(_ rows: [Row], _ kinds: [UInt8]) -> TableInput {
    TableInput(
      table: SQLIdentifier("t"),
      changes: [ChangeBatch(columns: columns(rows, [.int64, .int64]), kinds: kinds, presence: [])])
  }

  private static func errors(_ circuit: Circuit) throws -> [String: Int64] {
    var found: [String: Int64] = [:]
    for (row, weight) in try #require(contents(circuit.snapshot(of: ErrorView.name))) {
      var texts: [String] = []
      for value in row {
        guard case .bytes(let bytes) = value else { continue }
        texts.append(String(decoding: bytes, as: UTF8.self))
      }
      found[texts.prefix(3).joined(separator: " "), default: 0] += weight
    }
    return found
  }

  @Test(arguments: [(UInt64(1), 1), (2, 1), (3, 2)])
  func onlyWhatFailsIsMissing(seed: UInt64, workers: Int) throws {
    var random = SeededGenerator(seed)
    var circuit = try Self.circuit(workers: workers)
    circuit.tolerance = .all
    var table: [Row] = []
    for step in 0..<20 {
      var rows: [Row] = []
      var kinds: [UInt8] = []
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        if !table.isEmpty, Int.random(in: 0..<4, using: &random) == 0 {
          rows.append(table.remove(at: Int.random(in: table.indices, using: &random)))
          kinds.append(ChangeKind.delete.rawValue)
        } else {
          let row: Row = [
            .int64(.random(in: 0..<30, using: &random)),
            .int64(.random(in: 0..<Int64(step % 3 == 0 ? 3 : 20), using: &random)),
          ]
          table.append(row)
          rows.append(row)
          kinds.append(ChangeKind.insert.rawValue)
        }
      }
      _ = try circuit.step([Self.input(rows, kinds)], now: 0)
      try Self.compare(circuit, table, "seed \(seed) step \(step)")
      if step == 10 {
        let fresh = try Self.circuit(workers: workers)
        try fresh.restore(circuit.state())
        fresh.tolerance = .all
        circuit = fresh
      }
    }
  }

  private static func number(_ value: Value) -> Int64 {
    if case .int64(let number) = value { number } else { 0 }
  }

  private static func compare(_ circuit: Circuit, _ table: [Row], _ place: String) throws {
    var quotients: ZSet = [:]
    var small: ZSet = [:]
    var sums: [Int64: Int64] = [:]
    var errors: [String: Int64] = [:]
    for row in table {
      let (id, d) = (number(row[0]), number(row[1]))
      if d == 0 {
        errors["quotients project [\(id),\(d)]", default: 0] += 1
        errors["sums aggregate [\(id),\(d)]", default: 0] += 1
      } else {
        quotients.add([row[0], .int64(100 / d)], 1)
        sums[10 / d, default: 0] += 1
      }
      if d == 1 {
        errors["small project [\(id),\(d)]", default: 0] += 1
      } else if 100 / (d - 1) < 20 {
        small.add([row[0]], 1)
      }
    }
    #expect(contents(circuit.snapshot(of: SQLIdentifier("quotients"))) == quotients, "\(place)")
    #expect(contents(circuit.snapshot(of: SQLIdentifier("small"))) == small, "\(place)")
    let groups = ZSet(uniqueKeysWithValues: sums.map { ([.int64($0.key), .int64($0.value)], 1) })
    #expect(contents(circuit.snapshot(of: SQLIdentifier("sums"))) == groups, "\(place)")
    #expect(contents(circuit.snapshot(of: SQLIdentifier("all_rows")))?.rows.count == table.count, "\(place)")
    let found = try self.errors(circuit)
    // `sums` may read only the columns that it needs.
    #expect(found.filter { !$0.key.hasPrefix("sums") } == errors.filter { !$0.key.hasPrefix("sums") }, "\(place)")
    func count(_ errors: [String: Int64]) -> Int64 {
      errors.filter { $0.key.hasPrefix("sums") }.values.reduce(0, +)
    }
    #expect(count(found) == count(errors), "\(place)")
  }

  @Test func countsAndIntolerance() throws {
    let circuit = try Self.circuit()
    let insert = ChangeKind.insert.rawValue
    let bad = Self.input([[.int64(1), .int64(0)], [.int64(2), .int64(5)]], [insert, insert])
    #expect(throws: EvaluationError.self) { _ = try circuit.step([bad], now: 0) }
    #expect(try Self.errors(circuit).isEmpty && circuit.addedErrors == 0)
    circuit.tolerance = .all
    let deltas = try circuit.step([bad], now: 0)
    #expect(circuit.addedErrors == 2)
    let told = try #require(deltas.first { $0.relation == ErrorView.name })
    #expect(told.rows.count == 2 && told.rows.weights == [1, 1])
    guard case .bytes(let reason) = told.rows.columns[3].value(at: 0) else { return }
    #expect(String(decoding: reason, as: UTF8.self).contains("by zero"))
    _ = try circuit.step([], now: 0)
    #expect(circuit.addedErrors == 0)
    let plain = try Self.circuit(collects: false)
    plain.tolerance = .all
    #expect(throws: EvaluationError.self) { _ = try plain.step([bad], now: 0) }
  }
}
