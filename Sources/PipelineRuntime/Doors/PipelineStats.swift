package import PipelineModel

/// One consistent reading for `/stats`; names follow the contract's keys.
package struct PipelineStats: Sendable {
  package struct Global: Sendable {
    package var isPaused = false
    package var isReplaying = false
    package var rssBytes: UInt64 = 0
    package var cpuMilliseconds: UInt64 = 0
    package var uptimeMilliseconds: UInt64 = 0
    package var startTimeSeconds: Int64 = 0
    package var initialStartTimeSeconds: Int64 = 0
    package var incarnation: Incarnation
    package var storageBytes: UInt64 = 0
    package var bufferedInputRecords: UInt64 = 0
    package var bufferedInputBytes: UInt64 = 0
    package var totalInputRecords: UInt64 = 0
    package var totalInputBytes: UInt64 = 0
    package var totalProcessedRecords: UInt64 = 0
    package var totalProcessedBytes: UInt64 = 0
    /// Changes behind the LATENESS of their column; in no reference metric.
    package var totalLateRecords: UInt64 = 0
    package var totalCompletedRecords: UInt64 = 0
    package var totalInitiatedSteps: StepCount = .zero
    package var totalCompletedSteps: StepCount = .zero
    package var pipelineComplete = false
    /// Nil when there is none.
    package var transaction: Transaction?
    package init(incarnation: Incarnation) { self.incarnation = incarnation }
  }

  package struct Transaction: Sendable, Hashable {
    package let id: UInt64
    package let isCommitting: Bool
    /// Since its start.
    package let milliseconds: UInt64
    /// So far while it is open.
    package let records: UInt64
    /// Of a commit: through the circuit.
    package let takenRecords: UInt64

    package init(id: UInt64, isCommitting: Bool, milliseconds: UInt64, records: UInt64, takenRecords: UInt64) {
      self.id = id
      self.isCommitting = isCommitting
      self.milliseconds = milliseconds
      self.records = records
      self.takenRecords = takenRecords
    }
  }

  package struct Input: Sendable {
    package var endpointName: String
    package var stream: String
    package var isHTTP = false
    package var totalBytes: UInt64 = 0
    package var totalRecords: UInt64 = 0
    package var bufferedRecords: UInt64 = 0
    package var bufferedBytes: UInt64 = 0
    package var transportErrors: UInt64 = 0
    package var parseErrors: UInt64 = 0
    package var endOfInput = false
    package var paused = false
    package var fatalError: String?
    /// Newest last, at most 100: message and wall time.
    package var recentErrors: [RecentError] = []
    package init(endpointName: String, stream: String) {
      self.endpointName = endpointName
      self.stream = stream
    }
  }

  package struct Output: Sendable {
    package var endpointName: String
    package var stream: String
    package var transmittedRecords: UInt64 = 0
    package var transmittedBytes: UInt64 = 0
    package var queuedRecords: UInt64 = 0
    package var queuedBatches: UInt64 = 0
    package var encodeErrors: UInt64 = 0
    package var transportErrors: UInt64 = 0
    package var processedInputRecords: UInt64 = 0
    package var processedSteps: StepCount = .zero
    package var memoryBytes: UInt64 = 0
    /// `exactly_once`, `at_least_once`; nil for subscribers.
    package var guarantee: String?
    package var fatalError: String?
    package var recentErrors: [RecentError] = []
    package init(endpointName: String, stream: String) {
      self.endpointName = endpointName
      self.stream = stream
    }
  }

  package struct RecentError: Sendable, Hashable {
    package let at: WallTime
    package let message: String
    package init(at: WallTime, message: String) {
      self.at = at
      self.message = message
    }
  }

  package var global: Global
  package var inputs: [Input] = []
  package var outputs: [Output] = []
  package init(global: Global) { self.global = global }
}
