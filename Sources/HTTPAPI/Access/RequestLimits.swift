import Platform

/// Bounds of a request that an operator may set.
package struct RequestLimits: Hashable, Sendable {
  /// All header fields together; beyond it 431.
  package var headerBytes = Limits.requestHeaderBytesMax
  /// Path and query; beyond it 414.
  package var urlBytes = Limits.urlBytesMax
  /// Body of a call that carries no records; beyond it 413.
  package var bodyBytes = Limits.controlBodyBytesMax
  /// Levels of a JSON body; beyond it 400.
  package var nesting = 64
  /// A client that sends more slowly is sent away with 408.
  package var pace = PaceLimits()

  package init() {}
}
