package import PipelineModel

/// Records that were refused or that no step could take, kept with their bytes and reasons.
package protocol DeadLetterDoors: AnyObject, Sendable {
  /// Oldest first, at most `limit`. Errors: `invalidParam`, and those of the token.
  func deadLetters(_ query: DeadLetterQuery, limit: Int) async throws(PipelineError) -> [DeadLetterRecord]
  /// Takes letters again, each endpoint's as one request with its own token.
  func replayDeadLetters(
    _ query: DeadLetterQuery, edits: [String: String], options: IngressOptions
  ) async throws(PipelineError) -> DeadLetterReplayReport
}

/// Which letters are meant; what is nil matches all.
package struct DeadLetterQuery: Sendable, Hashable {
  package var ids: [String]?
  package var table: String?
  /// Part of the reason.
  package var reason: String?
  /// Those of one request, and of its records.
  package var token: String?
  package var isReplayed: Bool?
  /// Only letters behind this one.
  package var after: String?

  package init() {}

  /// Whether it means all letters.
  package var isOpen: Bool { ids == nil && table == nil && reason == nil && token == nil }
}

package struct DeadLetterRecord: Sendable {
  package let id: String
  package let table: String
  package let endpoint: String?
  package let at: WallTime
  package let reason: String
  /// Number of the record in its request, from 1; nil when a step failed.
  package let eventNumber: UInt64?
  /// The log's end when the request was taken, or the failed record's own.
  package let offset: Offset
  /// The step that could not take it; nil when it was refused before the log.
  package let step: StepIndex?
  package let raw: [UInt8]
  package let isTruncated: Bool
  package let replayed: UInt32

  package typealias Place = (offset: Offset, eventNumber: UInt64?, step: StepIndex?)

  package init(
    id: String, place: Place, table: String, endpoint: String?, at: WallTime,
    reason: String, raw: (bytes: [UInt8], isTruncated: Bool), replayed: UInt32
  ) {
    self.id = id
    offset = place.offset
    eventNumber = place.eventNumber
    step = place.step
    self.table = table
    self.endpoint = endpoint
    self.at = at
    self.reason = reason
    self.raw = raw.bytes
    isTruncated = raw.isTruncated
    self.replayed = replayed
  }
}

package struct DeadLetterReplayReport: Sendable {
  package struct Attempt: Sendable {
    package let table: String
    package let ids: [String]
    package let receipt: IngressReceipt
    package init(table: String, ids: [String], receipt: IngressReceipt) {
      self.table = table
      self.ids = ids
      self.receipt = receipt
    }
  }

  package var attempts: [Attempt] = []
  /// Letters that were not taken, and why.
  package var skipped: [(id: String, reason: String)] = []
  package init() {}
}
