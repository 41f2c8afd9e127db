package import PipelineModel

/// What the statistics show of one endpoint.
package struct EndpointReading: Hashable, Sendable {
  package let id: EndpointID
  package let name: String
  /// Canonical name of the table.
  package let table: String
  package let isHTTP: Bool
  /// Accepted over the log's whole life, as far as steps have told this life.
  package let totalRecords: UInt64
  package let totalBytes: UInt64
  /// Accepted and not yet in a step.
  package let bufferedRecords: UInt64
  package let bufferedBytes: UInt64
  package let transportErrors: UInt64
  package let parseErrors: UInt64
  package let endOfInput: Bool
  package let fatalError: String?
  /// The newest errors, oldest first, at most 100.
  package let recentErrors: [RecentError]
}
