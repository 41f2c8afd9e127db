import DataModel

/// Runs a script: every query ad hoc at its place, and in batches as views of one program.
struct ScriptRunner {
  let script: Script
  let seed: UInt64
  let queriesMax: Int

  private var world = ScriptWorld()
  private var pending: [ViewBatch.Entry] = []
  private var batches: UInt64 = 0
  private var report: ScriptReport

  init(_ script: Script, seed: UInt64, queriesMax: Int = .max) {
    self.script = script
    self.seed = seed
    self.queriesMax = queriesMax
    report = ScriptReport(name: script.name)
    report.foreign = script.foreignQueries
  }

  static func run(_ script: Script, seed: UInt64, queriesMax: Int = .max) -> ScriptReport {
    var runner = ScriptRunner(script, seed: seed, queriesMax: queriesMax)
    runner.run()
    return runner.report
  }

  private mutating func run() {
    var broken: String?
    for record in script.records where report.queries < queriesMax {
      switch record {
      case .halt: broken = broken ?? "behind halt"
      case .statement(let line, let sql, let expectsError):
        if broken == nil { broken = statement(sql, line, expectsError) }
      case .query(let query):
        if broken == "behind halt" {
          report.foreign += 1
        } else {
          report.queries += 1
          if let broken { report.skip(broken) } else { check(query) }
        }
      }
    }
    flush()
  }

  /// Why the rest of the script cannot be run; nil when it can.
  private mutating func statement(_ sql: String, _ line: Int, _ expectsError: Bool) -> String? {
    let before = world
    do {
      let effect = try world.execute(sql)
      if case .unsupported(let what) = effect { return "rest of the script behind \(what)" }
      if expectsError {
        report.fail("\(script.name):\(line): accepted: \(sql)")
        world = before
      } else if case .change = effect {
        let after = world
        world = before
        flush()
        world = after
      }
      return nil
    } catch {
      world = before
      guard !expectsError else { return nil }
      report.fail("\(script.name):\(line): \(error) in \(sql)")
      return "rest of the script behind a statement that failed"
    }
  }

  private mutating func check(_ query: QueryRecord) {
    let answer: Answer
    do {
      answer = try world.query(query.sql)
    } catch {
      if let reason = KnownDifference.reason(query, error: "\(error)") { return report.skip(reason) }
      return report.fail("\(script.name):\(query.line): \(error) in \(query.sql)")
    }
    let text = ResultText(answer.rows, columns: answer.columns, types: query.types)
    var difference = text.difference(from: query)
    if answer.columns.count != query.types.count {
      difference = "\(answer.columns.count) columns, not \(query.types.count)"
    }
    if let difference {
      return report.fail("\(script.name):\(query.line): \(difference) in \(query.sql)")
    }
    report.adHoc += 1
    pending.append(ViewBatch.Entry(query: query, adHoc: answer))
    if pending.count == ViewBatch.entriesMax { flush() }
  }

  /// Runs what waits as views over the contents of now.
  private mutating func flush() {
    guard !pending.isEmpty else { return }
    let batch = ViewBatch(world: world, seed: seed &+ batches)
    batches += 1
    for (entry, difference) in zip(pending, batch.check(pending)) {
      if let difference {
        report.fail("\(script.name):\(entry.query.line): as a view: \(difference) in \(entry.query.sql)")
      } else {
        report.asView += 1
      }
    }
    pending = []
  }
}
