package import StorageAPI

/// Checkpoints that hold what is cut from the log.
package enum CheckpointCut {
  /// Adds to a write what drops every checkpoint newer than `kept`; the next opening removes their files. Blocks.
  /// Errors: `io`.
  package static func put(
    behind kept: CheckpointManifest, in store: any OrderedStore, _ batch: inout WriteBatch
  ) throws(CheckpointError) {
    var gone: [[UInt8]] = []
    do throws(StorageError) {
      try store.scan(.base, from: KeySpace.checkpoint.key(), to: KeySpace.checkpoint.end) { key, value in
        if let manifest = CheckpointManifest(encoded: value), manifest.sequence > kept.sequence {
          gone.append(key)
        }
        return true
      }
    } catch { throw CheckpointError(.io, error.description) }
    for key in gone { batch.delete(key) }
  }
}
