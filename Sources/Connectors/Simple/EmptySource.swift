package import ConnectorKit

/// `empty_input`: has no records.
package final class EmptySource: Source {
  package init() {}
  package func start(from resume: ResumePoint?) throws(ConnectorError) {}
  package func next(recordsMax: Int, now: UInt64) throws(ConnectorError) -> SourcePoll { .ended }
  package func stop() {}
}
