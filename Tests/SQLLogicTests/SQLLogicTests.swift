import Foundation
import Testing

// Goal: SQL means what it means elsewhere, and a view holds what its query gives. Method: scripts in the
// sqllogictest format, each query run ad hoc over the tables' contents and as a materialized view over
// tables that are fed in random steps. `TIDEMARK_SLT=<dir>` runs the scripts of another folder too,
// `TIDEMARK_SLT_LIMIT=<n>` only the first n queries of each, `TIDEMARK_SLT_SEED=<n>` other steps.

@Suite("SQL logic tests", .serialized)
struct SQLLogicTests {
  static let environment = ProcessInfo.processInfo.environment
  static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus").path

  static func scripts(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".test") }.sorted().map { folder + "/" + $0 }
  }

  @Test("own corpus", arguments: SQLLogicTests.scripts(corpus))
  func ownScript(path: String) throws { try run(path) }

  @Test("corpus of the environment", arguments: environment["TIDEMARK_SLT"].map(SQLLogicTests.scripts) ?? [])
  func givenScript(path: String) throws { try run(path) }

  private func run(_ path: String) throws {
    let bytes = try #require(FileManager.default.contents(atPath: path))
    let script = try ScriptParser.parse(Array(bytes), name: String(path.split(separator: "/").last ?? ""))
    let seed = Self.environment["TIDEMARK_SLT_SEED"].flatMap(UInt64.init) ?? 1
    let limit = Self.environment["TIDEMARK_SLT_LIMIT"].flatMap(Int.init) ?? .max
    let report = ScriptRunner.run(script, seed: seed, queriesMax: limit)
    print("seed \(seed): \(report.text)")
    #expect(report.failures.isEmpty)
    #expect(report.share >= 0.95 || report.queries == 0, "\(report.text)")
  }
}
