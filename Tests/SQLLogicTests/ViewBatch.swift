import DataModel
import Dataflow
import SQLFrontend
import SQLLowering

/// Queries as materialized views of one program whose tables are fed in random steps.
struct ViewBatch {
  struct Entry {
    let query: QueryRecord
    /// What the same query gave ad hoc.
    let adHoc: Answer
  }

  /// A step that failed, by its number.
  private struct StepFailure: Error {
    let step: Int
    let error: EvaluationError
  }

  static let entriesMax = 100

  let world: ScriptWorld
  let seed: UInt64

  /// What is wrong with each query; nil is right.
  func check(_ entries: [Entry]) -> [String?] {
    guard entries.count > 1 else { return entries.map(checkAlone) }
    if let answers = try? run(entries, feed()) {
      return zip(entries, answers).map { Self.difference($0, $1) }
    }
    let half = entries.count / 2
    return check(Array(entries.prefix(half))) + check(Array(entries.dropFirst(half)))
  }

  private func feed() -> RandomFeed {
    var random = SeededGenerator(seed)
    return RandomFeed(world.tables, &random)
  }

  /// Contents on the way may be such that the query has no answer; then it has none ad hoc over them either,
  /// and the whole contents are fed at once.
  private func checkAlone(_ entry: Entry) -> String? {
    do {
      let feed = feed()
      do {
        return Self.difference(entry, try run([entry], feed)[0])
      } catch let failure as StepFailure {
        var before = world
        before.tables = try feed.contents(after: failure.step + 1, world.tables)
        do {
          _ = try before.query(entry.query.sql)
          return "step \(failure.step) of seed \(seed) failed: \(failure.error); ad hoc it has an answer"
        } catch is EvaluationError {}
        return Self.difference(entry, try run([entry], RandomFeed(all: world.tables))[0])
      }
    } catch {
      return "seed \(seed): \(error)"
    }
  }

  private func run(_ entries: [Entry], _ feed: RandomFeed) throws -> [Answer] {
    var text = world.program
    for (index, entry) in entries.enumerated() {
      let columns = entry.adHoc.columns.indices.map { "c\($0)" }.joined(separator: ", ")
      text += "create materialized view \"q \(index)\" (\(columns)) as \(entry.query.sql);\n"
    }
    let program = try ScriptWorld.compile(text)
    var circuit = Lowering.circuit(for: program, observed: [])
    for step in feed.steps.indices {
      do {
        _ = try circuit.step(feed.inputs(step, world.tables), now: 0)
      } catch {
        throw StepFailure(step: step, error: error)
      }
      if step == 1, seed % 4 == 0 {
        let fresh = Lowering.circuit(for: program, observed: [])
        try fresh.restore(circuit.state())
        circuit = fresh
      }
    }
    let snapshots = circuit.snapshots()
    return try entries.indices.map { index in
      var answer = Answer(columns: entries[index].adHoc.columns, rows: [])
      let name = SQLIdentifier("q \(index)", caseSensitive: true)
      try snapshots[name]?.trace.forEachBatch(rowsMax: 8192) { batch in
        answer.append(batch)
        return true
      }
      return answer
    }
  }

  /// A view has no order: where the script's is the query's own, the rows must be those of the ad-hoc answer.
  private static func difference(_ entry: Entry, _ answer: Answer) -> String? {
    let query = entry.query
    let text = ResultText(answer.rows, columns: answer.columns, types: query.types)
    if query.sort != .nosort { return text.difference(from: query) }
    let adHoc = ResultText(entry.adHoc.rows, columns: entry.adHoc.columns, types: query.types)
    let (found, expected) = (text.sortedRows, adHoc.sortedRows)
    return found == expected ? nil : "expected \(expected.prefix(10)), found \(found.prefix(10))"
  }
}
