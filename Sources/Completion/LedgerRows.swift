package import PipelineModel
package import StorageAPI

/// The offset → step rows (`s` + end offset → step index) of steps that are no longer in memory. Blocks.
package struct LedgerRows: Sendable {
  private let store: any OrderedStore

  package init(store: any OrderedStore) { self.store = store }

  /// The step that holds the record before `end`. Ranges older than the kept rows get the oldest kept step.
  package func step(of end: Offset) throws(StorageError) -> StepIndex? {
    var found: StepIndex?
    try store.scan(.base, from: KeySpace.stepIndex.key(end.rawValue), to: KeySpace.stepIndex.end) {
      _, value in
      found = KeySpace.number(value, at: 0).map { StepIndex($0) }
      return false
    }
    return found
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
}
