package import StorageAPI

/// Checkpoints in stores of older formats.
package enum CheckpointUpgrade {
  /// Adds to a write what drops manifests of version 1, whose runs have no footers: what they held is in a
  /// newer checkpoint, or is computed from the log again. Errors: `io`, `corrupt` when neither can be.
  package static func put(
    isLogWhole: Bool, in store: any OrderedStore, _ batch: inout WriteBatch
  ) throws(CheckpointError) {
    var old: [[UInt8]] = []
    var hasNewer = false
    do throws(StorageError) {
      try store.scan(.base, from: KeySpace.checkpoint.key(), to: KeySpace.checkpoint.end) { key, value in
        if CheckpointManifest.foreignVersion(value) == 1 { old.append(key) }
        if CheckpointManifest(encoded: value)?.isBad == false { hasNewer = true }
        return true
      }
    } catch { throw CheckpointError(.io, error.description) }
    guard old.isEmpty || hasNewer || isLogWhole else {
      throw CheckpointError(
        .corrupt,
        "its checkpoints have manifests of version 1, which this version cannot read, and the log in front of "
          + "them is gone: use the release that wrote them, or clear the storage")
    }
    for key in old { batch.delete(key) }
  }
}
