package import PipelineModel

/// Counters of one sink or subscriber at one moment.
package struct OutputReading: Sendable {
  package struct RecentError: Sendable, Hashable {
    package let at: WallTime
    package let message: String
  }

  package let name: String
  package let relation: String
  package let isSubscriber: Bool
  package var transmittedRecords: UInt64 = 0
  package var transmittedBytes: UInt64 = 0
  package var queuedRecords: UInt64 = 0
  package var queuedBatches: UInt64 = 0
  package var transportErrors: UInt64 = 0
  package var deliveredSteps: StepCount = .zero
  /// Input records of the delivered steps.
  package var processedInputRecords: UInt64 = 0
  package var memoryBytes: UInt64 = 0
  /// `exactly_once` or `at_least_once`; nil for subscribers.
  package var guarantee: String?
  package var fatalError: String?
  /// Newest last, at most 100.
  package var recentErrors: [RecentError] = []

  init(name: String, relation: String, isSubscriber: Bool) {
    self.name = name
    self.relation = relation
    self.isSubscriber = isSubscriber
  }
}
