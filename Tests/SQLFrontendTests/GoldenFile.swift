import DataModel
import Foundation
import SQLFrontend
import Testing

/// Cases of a golden text: SQL, a line `==`, and what comes of it; cases are separated by lines `----`.
///
/// The text lives in a Swift file as one raw string, so that nothing must be found at run time. With
/// `UPDATE_GOLDEN=1` the file is written anew from what comes of the SQL now; look at the difference before
/// keeping it.
struct GoldenFile {
  let path: String
  let text: String

  private var cases: [(sql: String, expected: String)] {
    text.components(separatedBy: "\n----\n").map { part in
      let halves = part.components(separatedBy: "\n==\n")
      let trim = { (text: String) in text.trimmingCharacters(in: .newlines) }
      return (trim(halves[0]), halves.count > 1 ? trim(halves[1]) : "")
    }
  }

  func check(_ outcome: (String) -> String) throws {
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      let parts = cases.map { $0.sql + "\n==\n" + outcome($0.sql) }
      let old = try String(contentsOfFile: path, encoding: .utf8)
      let head = try #require(old.range(of: "#\"\"\"\n"))
      let body = parts.joined(separator: "\n----\n").components(separatedBy: "\n")
        .map { $0.isEmpty ? $0 : "  " + $0 }.joined(separator: "\n")
      try (old[..<head.upperBound] + body + "\n  \"\"\"#\n").write(
        toFile: path, atomically: true, encoding: .utf8)
      return
    }
    for (sql, expected) in cases { #expect(outcome(sql) == expected, "\(sql)") }
  }
}

/// Text forms of results, for goldens.
enum Shown {
  /// Tables of all tests; one line, so that the SQL of a case begins at line 2.
  static let tables = """
    create table t (a int, b bigint not null, c varchar, d decimal(10, 2), e double, \
    f date, g timestamp, h boolean); \
    create table u (a int not null, k varchar(10), x real, s smallint); \
    create table w (id bigint not null primary key, a int, name varchar not null);
    """

  static func plan(of query: String) -> String {
    switch SQLCompiler.compile(tables + "\ncreate view v as " + query) {
    case .failure(let errors): return "ERROR " + errors.diagnostics.map(\.message).joined(separator: "\n")
    case .success(let program):
      guard let plan = program.views.first?.plan else { return "no view" }
      return "[" + plan.output.map(\.description).joined(separator: ", ") + "]\n" + plan.description
    }
  }

  static func errors(of program: String) -> String {
    switch SQLCompiler.compile(tables + "\n" + program) {
    case .failure(let errors): return errors.diagnostics.map(diagnostic).joined(separator: "\n")
    case .success(let program): return (["ok"] + program.warnings.map(diagnostic)).joined(separator: "\n")
    }
  }

  static func adhoc(_ query: String) -> String {
    guard case .success(let program) = SQLCompiler.compile(tables) else { return "fixture is wrong" }
    let relations = program.tables.map { table in
      QueryRelation(
        name: table.name, schema: table.schema, materialized: table.name != .init("w"), isTable: true)
    }
    switch SQLCompiler.query(query, catalog: relations) {
    case .failure(let errors): return errors.diagnostics.map(diagnostic).joined(separator: "\n")
    case .success(.explain(let plan)): return "EXPLAIN \(plan.plan)"
    case .success(.insert(let insert)): return "INSERT \(insert.table)\n\(insert.query.plan)"
    case .success(.select(let plan)):
      let order = plan.order.map {
        "#\($0.column)\($0.descending ? " desc" : "")\($0.nullsFirst ? " nulls first" : "")"
      }
      let cut = "limit \(plan.limit.map { "\($0)" } ?? "none") offset \(plan.offset)"
      return "visible \(plan.visibleColumns) order [\(order.joined(separator: ", "))] \(cut)\n\(plan.plan)"
    }
  }

  static func diagnostic(_ diagnostic: SQLDiagnostic) -> String {
    let range = diagnostic.range
    let place = "\(range.startLine):\(range.startColumn)-\(range.endLine):\(range.endColumn)"
    let kind = diagnostic.isWarning ? "warning: " : ""
    return "\(place) \(kind)\(diagnostic.errorType): \(diagnostic.message)\n\(diagnostic.snippet)"
  }
}
