package import PipelineModel

/// What outputs tell their owner. Called without any lock held, from the step thread, the threads of this
/// room and the
/// tasks of subscribers; the delivered counts of one name may arrive out of order, so the greatest counts.
package struct OutputEvents: Sendable {
  /// An output joined; every step below the count needs nothing from it.
  let added: @Sendable (String, StepCount) -> Void
  let removed: @Sendable (String) -> Void
  /// Every step below the count has left through this output.
  let delivered: @Sendable (String, StepCount) -> Void
  /// This output will never take anything again, and why.
  let failed: @Sendable (String, String) -> Void
  /// Makes the journal rows written so far durable; false: not now. May block.
  let syncJournal: @Sendable () -> Bool

  package init(
    added: @escaping @Sendable (String, StepCount) -> Void, removed: @escaping @Sendable (String) -> Void,
    delivered: @escaping @Sendable (String, StepCount) -> Void,
    failed: @escaping @Sendable (String, String) -> Void, syncJournal: @escaping @Sendable () -> Bool
  ) {
    self.failed = failed
    self.added = added
    self.removed = removed
    self.delivered = delivered
    self.syncJournal = syncJournal
  }
}
