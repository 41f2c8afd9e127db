package import PipelineModel

/// An error that an endpoint shows.
package struct RecentError: Hashable, Sendable {
  package let at: WallTime
  package let message: String

  package init(at: WallTime, message: String) {
    self.at = at
    self.message = message
  }
}

/// What an endpoint has taken and what steps have done with it. Pure.
///
/// Accepted is counted before the append, so `processed` overtakes it only by records of an earlier life:
/// replayed ones and the recovered backlog; then accepted follows.
struct EndpointCounters: Sendable {
  static let recentErrorsMax = 100

  private(set) var acceptedRecords: UInt64 = 0
  private(set) var acceptedBytes: UInt64 = 0
  private(set) var processedRecords: UInt64 = 0
  private(set) var processedBytes: UInt64 = 0
  private(set) var parseErrors: UInt64 = 0
  private(set) var transportErrors: UInt64 = 0
  /// The newest errors of both kinds, oldest first.
  private(set) var recentErrors: [RecentError] = []
  var endOfInput = false
  var fatalError: String?

  mutating func accept(records: UInt64, bytes: UInt64) {
    acceptedRecords &+= records
    acceptedBytes &+= bytes
  }

  /// The append of accepted records failed.
  mutating func takeBack(records: UInt64, bytes: UInt64) {
    acceptedRecords -= min(acceptedRecords, records)
    acceptedBytes -= min(acceptedBytes, bytes)
    follow()
  }

  mutating func process(records: UInt64, bytes: UInt64) {
    processedRecords &+= records
    processedBytes &+= bytes
    follow()
  }

  mutating func reject(count: UInt64, recent: [RecentError]) {
    parseErrors &+= count
    keep(recent)
  }

  mutating func failTransport(_ error: RecentError) {
    transportErrors &+= 1
    keep([error])
  }

  mutating func restoreTransportErrors(_ count: UInt64) { transportErrors = max(transportErrors, count) }

  /// Takes over what a checkpoint holds; error counts never go back below what the endpoint row said.
  mutating func restore(_ kept: EndpointCounters) {
    processedRecords = kept.processedRecords
    processedBytes = kept.processedBytes
    follow()
    parseErrors = max(parseErrors, kept.parseErrors)
    restoreTransportErrors(kept.transportErrors)
    recentErrors = kept.recentErrors
    endOfInput = endOfInput || kept.endOfInput
  }

  private mutating func follow() {
    acceptedRecords = max(acceptedRecords, processedRecords)
    acceptedBytes = max(acceptedBytes, processedBytes)
  }

  private mutating func keep(_ errors: [RecentError]) {
    recentErrors += errors.suffix(EndpointCounters.recentErrorsMax)
    let surplus = recentErrors.count - EndpointCounters.recentErrorsMax
    if surplus > 0 { recentErrors.removeFirst(surplus) }
  }
}
