import Platform

/// When a session cuts blocks, stages them, and publishes; tests make it small.
struct IngestBounds: Sendable {
  var blockBytes = Limits.ingestBlockBytes
  var stagedFlushBytes = Limits.stagedFlushBytes
  var partBytes = Limits.ingestPartBytes
}
