import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: a query over small rows whose answer, or a step on the way, is more than a column of texts holds ends with an
// error. The first of these ended the process. Method: ad-hoc queries over few rows.

@Suite("Small queries that ask for too much")
struct AmplificationTests {
  private static let schema = Schema(
    fields: [Field(name: SQLIdentifier("a"), type: .integer, nullable: true)])
  private static let name = SQLIdentifier("t")

  private func run(_ text: String) throws -> [Row] {
    let rows = Dictionary(uniqueKeysWithValues: (0..<100).map { ([Value.int64(Int64($0))], Int64(1)) })
    let frozen = try snapshots([(name: Self.name, schema: Self.schema, rows: rows)])
    let catalog = [QueryRelation(name: Self.name, schema: Self.schema, materialized: true)]
    guard case .select(let plan) = try SQLCompiler.query(text, catalog: catalog).get() else { return [] }
    return try QueryRunner.run(plan, relations: { frozen[$0] }, now: 0).batches.flatMap { batch in
      (0..<batch.count).map { row in batch.columns.map { $0.value(at: row) } }
    }
  }

  private static let short = "repeat('x', 100000)"

  /// A text of 12 MB where `a` is 0, made of few copies.
  private static let long = "case when a = 0 then repeat(repeat('x', 3000), 4000) else '' end"

  @Test(
    "an error, not a trap",
    arguments: [
      ("unnest(r.n) as u(x)", "count(*)", "select \(short) s, sequence(1, 100000) n from t where a = 0"),
      ("", "cardinality(transform(sequence(1, 100000), x -> s))", "select \(short) s from t where a = 0"),
      ("", "first_value(s) over (order by a)", "select a, \(long) s from t"),
      ("", "max(s) over ()", "select a, \(long) s from t"),
      ("", "nth_value(s, 1) ignore nulls over (order by a)", "select a, \(long) s from t"),
      ("", "cardinality(array[\(many("s", 24))])", "select \(long) s from t where a = 0"),
      ("", "cardinality(array_repeat(array[s], 20))", "select \(long) s from t where a = 0"),
      ("", "s, \(many("s || 'y'", 3))", "select \(long.replacing("a = 0", with: "a < 30")) s from t"),
    ])
  func refused(unnest: String, columns: String, source: String) throws {
    let text = "select \(columns) from (\(source)) r\(unnest.isEmpty ? "" : ", \(unnest)")"
    #expect(throws: EvaluationError.self, "\(text)") { try run(text) }
  }

  private static func many(_ text: String, _ count: Int) -> String {
    [String](repeating: text, count: count).joined(separator: ", ")
  }

  @Test("far window positions are outside of every frame")
  func positions() throws {
    for number in ["1000000", "2147483647"] {
      let rows = try run("select nth_value(a, \(number)) over (order by a) from t")
      #expect(rows == [Row](repeating: [.null], count: 100))
    }
  }
}
