import Platform

/// When a session cuts blocks, stages them, and publishes; tests make it small.
package struct IngestBounds: Sendable {
  package let blockBytes: Int
  package let stagedFlushBytes: Int
  package let partBytes: Int

  package init(
    blockBytes: Int = Limits.ingestBlockBytes, stagedFlushBytes: Int = Limits.stagedFlushBytes,
    partBytes: Int = Limits.ingestPartBytes
  ) {
    self.blockBytes = blockBytes
    self.stagedFlushBytes = stagedFlushBytes
    self.partBytes = partBytes
  }
}
