package import DataModel

/// A source's position in its own input, opaque to all but the source (JSON text by custom): stored in the
/// same write
/// as the records up to it.
package struct ResumePoint: Hashable, Sendable {
  package let bytes: [UInt8]
  package init(bytes: [UInt8]) { self.bytes = bytes }
}

/// What a source hands over at once.
package struct SourceChunk: Sendable {
  package let rows: ChangeBatch
  /// Input bytes that the rows stand for, as the statistics count them.
  package let sizeBytes: Int
  /// Position after these rows.
  package let resume: ResumePoint
  /// No rows will ever follow.
  package let endOfInput: Bool

  package init(rows: ChangeBatch, sizeBytes: Int, resume: ResumePoint, endOfInput: Bool) {
    self.rows = rows
    self.sizeBytes = sizeBytes
    self.resume = resume
    self.endOfInput = endOfInput
  }
}

/// Answer of a source to `next`.
package enum SourcePoll: Sendable {
  case chunk(SourceChunk)
  /// Nothing yet; ask again after so many nanoseconds.
  case idle(nanoseconds: UInt64)
  /// All has been handed over.
  case ended
}

/// Pulls records from outside. Called from one dedicated thread, so it may block, but for no longer than 100
/// ms a call
/// so that pause and stop are heard. The feed appends a chunk durably before it asks for the next.
package protocol Source: AnyObject {
  /// Continues behind `resume` (nil: from the beginning).
  func start(from resume: ResumePoint?) throws(ConnectorError)
  /// At most about `recordsMax` records; `now` is monotonic nanoseconds.
  func next(recordsMax: Int, now: UInt64) throws(ConnectorError) -> SourcePoll
  func stop()
}
