/// What became of the queries of one script.
struct ScriptReport {
  let name: String
  /// Queries for this engine.
  var queries = 0
  /// Queries for other engines: not counted anywhere else.
  var foreign = 0
  var adHoc = 0
  var asView = 0
  private(set) var skipped: [String: Int] = [:]
  private(set) var failures: [String] = []

  init(name: String) { self.name = name }

  mutating func skip(_ reason: String) { skipped[reason, default: 0] += 1 }
  mutating func fail(_ what: String) { failures.append(what) }

  /// Part of the queries that passed both ways.
  var share: Double { queries == 0 ? 1 : Double(asView) / Double(queries) }

  var text: String {
    var line =
      "\(name): \(queries) queries, passed ad hoc \(adHoc), as view \(asView), failed \(failures.count)"
    line += ", for other engines \(foreign)"
    for (reason, count) in skipped.sorted(by: { $0.key < $1.key }) {
      line += "\n  skipped \(count): \(reason)"
    }
    for failure in failures.prefix(30) { line += "\n  FAILED \(failure)" }
    return line
  }
}
