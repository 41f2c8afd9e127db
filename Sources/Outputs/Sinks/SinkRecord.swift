package import DataModel
package import PipelineModel
import Platform

/// What everybody may know of one sink: its queue and its counters. Guarded by the dispatcher's lock.
package struct SinkRecord: Sendable {
  package let name: String
  package let relation: SQLIdentifier
  package var queue: SinkQueue
  package var guarantee: String?
  private var transmittedRecords: UInt64 = 0
  private var transmittedBytes: UInt64 = 0
  private var transportErrors: UInt64 = 0
  private var fatalError: String?
  private var recentErrors: [OutputReading.RecentError] = []

  package init(name: String, relation: SQLIdentifier, queue: SinkQueue) {
    self.name = name
    self.relation = relation
    self.queue = queue
  }

  package mutating func noteSent(records: UInt64, bytes: Int) {
    transmittedRecords &+= records
    transmittedBytes &+= UInt64(max(0, bytes))
  }

  package mutating func noteError(_ message: String, fatal: Bool, at time: WallTime) {
    transportErrors &+= 1
    if fatal { fatalError = message }
    recentErrors.append(OutputReading.RecentError(at: time, message: message))
    if recentErrors.count > SinkRecord.recentErrorsMax { recentErrors.removeFirst() }
  }

  package func reading(inputRecords: UInt64) -> OutputReading {
    var reading = OutputReading(name: name, relation: relation.canonical, isSubscriber: false)
    reading.transmittedRecords = transmittedRecords
    reading.transmittedBytes = transmittedBytes
    reading.queuedRecords = queue.queuedRecords
    reading.queuedBatches = UInt64(queue.items.count)
    reading.transportErrors = transportErrors
    reading.deliveredSteps = queue.delivered
    reading.processedInputRecords = queue.processedInput(of: inputRecords)
    reading.memoryBytes = UInt64(queue.bytes)
    reading.guarantee = guarantee
    reading.fatalError = fatalError
    reading.recentErrors = recentErrors
    return reading
  }

  package static let recentErrorsMax = 100
}
