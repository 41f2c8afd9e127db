package import PipelineModel
package import StorageAPI

/// One step that holds records of a range.
package struct LedgerStep: Hashable, Sendable {
  package let step: StepIndex
  /// End of the step's records.
  package let end: Offset
  /// The step's NOW(); nil for steps of versions that did not keep it.
  package let at: WallTime?
}

/// The offset → step rows (`s` + end offset → step index, NOW()) of steps that are no longer in memory. Blocks.
package struct LedgerRows: Sendable {
  private let store: any OrderedStore

  package init(store: any OrderedStore) { self.store = store }

  /// Rows that one read for a step takes along for the look-ups that follow.
  static let runMax = 16

  /// The row of the step that holds the record before `end`, and some that follow up to `processedEnd`: behind it
  /// may be rows of steps that are taken anew. Empty without one. Ranges older than the kept rows get the oldest
  /// kept step.
  func run(from end: Offset, to processedEnd: Offset) throws(StorageError) -> StepRun {
    var run = StepRun(from: end)
    try store.scan(.base, from: KeySpace.stepIndex.key(end.rawValue), to: KeySpace.stepIndex.end) { key, value in
      guard let rowEnd = KeySpace.number(key, at: 1), let step = KeySpace.number(value, at: 0) else { return false }
      if run.ends.isEmpty || Offset(rowEnd) <= processedEnd { run.append(StepIndex(step), end: Offset(rowEnd)) }
      return Offset(rowEnd) < processedEnd && run.ends.count < LedgerRows.runMax
    }
    return run
  }

  /// End of the last step among the first `steps`; zero without one. Walks back from the newest, so it costs
  /// what lags.
  package func end(of steps: StepCount) throws(StorageError) -> Offset {
    var upper = KeySpace.stepIndex.end
    while let row = try store.last(.base, from: KeySpace.stepIndex.key(), to: upper) {
      if let step = KeySpace.number(row.value, at: 0), steps.includes(StepIndex(step)) {
        return Offset(KeySpace.number(row.key, at: 1) ?? 0)
      }
      upper = row.key
    }
    return .zero
  }

  /// The steps that hold records of a range, at most `limit`, oldest first.
  package func steps(of range: OffsetRange, limit: Int) throws(StorageError) -> [LedgerStep] {
    guard !range.isEmpty, limit > 0 else { return [] }
    var found: [LedgerStep] = []
    // A step that ends at the range's first offset holds nothing of it.
    let from = KeySpace.stepIndex.key(range.first.rawValue &+ 1)
    try store.scan(.base, from: from, to: KeySpace.stepIndex.end) { key, value in
      guard let end = KeySpace.number(key, at: 1), let step = KeySpace.number(value, at: 0) else { return true }
      let at = KeySpace.number(value, at: 8).map { WallTime(microseconds: Int64(bitPattern: $0)) }
      found.append(LedgerStep(step: StepIndex(step), end: Offset(end), at: at))
      return end < range.end.rawValue && found.count < limit
    }
    return found
  }
}
