import DataModel

/// Which part of an operator's state, shared out by key, a trace holds.
struct StateShare: Hashable {
  let index: Int
  let count: Int

  init(index: Int, of count: Int) {
    self.index = index
    self.count = count
  }

  private static let whole = StateShare(index: 0, of: 1)

  func id(in stateID: String) -> String { "\(stateID)|\(index)/\(count)|" }

  /// The id without its share, and the share. Only behind the last `#`: names of relations may hold anything.
  static func split(_ id: String) -> (base: String, share: StateShare) {
    guard let name = id.lastIndex(of: "#") else { return (id, .whole) }
    let pieces = id[name...].split(separator: "|", omittingEmptySubsequences: false)
    guard pieces.count == 3 else { return (id, .whole) }
    let numbers = pieces[1].split(separator: "/").compactMap { Int($0) }
    guard numbers.count == 2, numbers[1] > 0, (0..<numbers[1]).contains(numbers[0]) else { return (id, .whole) }
    return (String(id[..<name]) + pieces[0] + pieces[2], StateShare(index: numbers[0], of: numbers[1]))
  }

  /// State as a circuit with other shares wants it: `ids` are its traces. States whose share it has pass through.
  ///
  /// The rows of others are read whole, and shared out anew by the keys of their traces.
  /// Errors: `corrupt` and `storage` of a file that is read.
  static func shared(_ states: [TraceState], for ids: [String]) throws(EvaluationError) -> [TraceState] {
    let wanted = Set(ids)
    var targets: [String: [(id: String, share: StateShare)]] = [:]
    for id in ids {
      let (base, share) = split(id)
      targets[base, default: []].append((id, share))
    }
    var result = states.filter { wanted.contains($0.id) }
    var strangers: [String: [TraceState]] = [:]
    for state in states where !wanted.contains(state.id) { strangers[split(state.id).base, default: []].append(state) }
    for (base, old) in strangers.sorted(by: { $0.key < $1.key }) {
      guard let new = targets[base] else {
        result += old
        continue
      }
      result += try reshared(old, new)
    }
    return result
  }

  private static func reshared(
    _ old: [TraceState], _ new: [(id: String, share: StateShare)]
  ) throws(EvaluationError) -> [TraceState] {
    // A trace that was read back without a run does not know its own.
    let layout = (old.first { !$0.runs.isEmpty } ?? old[0]).layout
    var runs = [[TraceRun]](repeating: [], count: new.count)
    for state in old {
      for run in state.runs {
        for (place, part) in try parts(of: run, layout, new.map(\.share)).enumerated() where !part.isEmpty {
          runs[place].append(.memory(part))
        }
      }
    }
    return zip(new, runs).map { TraceState(id: $0.id, layout: layout, runs: $1) }
  }

  private static func parts(
    of run: TraceRun, _ layout: TraceLayout, _ shares: [StateShare]
  ) throws(EvaluationError) -> [SortedBatch] {
    var builders = shares.map { BatchBuilder(reservingRows: run.count / $0.count, bytes: run.rowBytes / $0.count) }
    var cursor = RunCursor(run, keeping: false)
    while let (batch, range) = try cursor.next() {
      var keys = RowAppender(reservingRows: range.count, bytes: 0)
      for row in range {
        let key = batch.keyRange(row)
        keys.append(batch.rows.bytes, key.lowerBound, key.upperBound)
      }
      let columns = StateRows.decode(keys.finish(), layout.key)
      for (place, share) in shares.enumerated() {
        let rows = try KeyShares.rows(columns, count: range.count, shares: share.count)[share.index]
        for row in rows {
          let source = range.lowerBound + Int(row)
          builders[place].append(batch, source, weight: batch.weights[source])
        }
      }
    }
    return builders.map { $0.finish() }
  }
}
