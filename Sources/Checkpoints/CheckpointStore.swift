package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Checkpoints of one log: data files in a directory, manifests as rows of the log's store. Every call
/// blocks; one
/// caller at a time.
///
/// Order of a write: data file, its fsync, the directory's fsync, then one synced batch that publishes the
/// manifest and
/// drops the rows it replaces, then the files that no manifest names. A crash between any two leaves the
/// former or the
/// new checkpoints whole and at most orphaned files, which `open` removes.
package final class CheckpointStore: Sendable {
  private struct State {
    /// Good ones, newest first.
    var manifests: [CheckpointManifest] = []
    /// Marked bad: their rows and files stay for whoever looks into it, until the next checkpoint succeeds.
    var bad: [CheckpointManifest] = []
    /// Keys of rows that cannot be read; they stay as long.
    var damagedRows: [[UInt8]] = []
    /// Where batches of this process lie already.
    var written: [UInt64: BatchRef] = [:]
    /// Files that could not be removed; tried again at the next checkpoint.
    var garbage: [String] = []
  }

  private let directory: String
  private let store: any OrderedStore
  private let fileSystem: any FileSystem
  private let clock: any PipelineClock
  private let random: any RandomSource
  private let state = Mutex(State())

  package init(
    directory: String, store: any OrderedStore, fileSystem: any FileSystem, clock: any PipelineClock,
    random: any RandomSource
  ) {
    self.directory = directory
    self.store = store
    self.fileSystem = fileSystem
    self.clock = clock
    self.random = random
  }

  /// Checkpoints that were published and cannot be taken: marked bad, or their row is damaged. 0 after the
  /// next write.
  package var unusableCount: Int { state.withLock { $0.bad.count + $0.damagedRows.count } }

  /// Good manifests, newest first. Removes files that no manifest names. Damaged rows are skipped and counted
  /// in
  /// `unusableCount`. Errors: `corrupt` for a row of an unknown format version; then nothing is removed.
  package func open() throws(CheckpointError) -> [CheckpointManifest] {
    var opened = State()
    var manifests: [CheckpointManifest] = []
    for (key, value) in try rows() {
      if let manifest = CheckpointManifest(encoded: value) {
        manifests.append(manifest)
      } else if let version = CheckpointManifest.foreignVersion(value) {
        throw CheckpointError(.corrupt, "checkpoint manifest has an unknown format version=\(version)")
      } else {
        opened.damagedRows.append(key)
      }
    }
    opened.manifests = CheckpointDecision.retain(manifests, count: .max).kept
    opened.bad = manifests.filter(\.isBad)
    do throws(FileError) {
      try fileSystem.createDirectories(directory)
      let files = try fileSystem.entries(of: directory).filter { $0.hasSuffix(CheckpointFile.suffix) }
      opened.garbage = remove(CheckpointDecision.orphans(files, kept: manifests))
    } catch { throw CheckpointError(.io, error.description) }
    state.withLock { $0 = opened }
    return opened.manifests
  }

  private func rows() throws(CheckpointError) -> [(key: [UInt8], value: [UInt8])] {
    var rows: [(key: [UInt8], value: [UInt8])] = []
    do throws(StorageError) {
      try store.scan(.base, from: KeySpace.checkpoint.key(), to: KeySpace.checkpoint.end) { key, value in
        rows.append((key, value))
        return true
      }
    } catch { throw CheckpointError(.io, error.description) }
    return rows
  }

  /// After a restore: this in-memory batch lies there already.
  package func adopt(key: UInt64, ref: BatchRef) { state.withLock { $0.written[key] = ref } }

  /// Writes what no file holds yet and publishes the checkpoint; durable on return. After an error the former
  /// checkpoints are as they were.
  package func write(_ content: CheckpointContent) throws(CheckpointError) -> CheckpointManifest {
    let before = state.withLock { $0 }
    let id = UniqueID.version7(clock: clock, random: random)
    var file = CheckpointFile(name: "\(id)\(CheckpointFile.suffix)", written: before.written)
    let newest = (before.manifests + before.bad).map(\.sequence).max() ?? 0
    let manifest = CheckpointManifest(
      id: id, sequence: newest + 1, createdAt: clock.wall(), content: content, file: &file)
    let encoded = manifest.encoded
    guard CheckpointManifest(encoded: encoded) == manifest else {
      throw CheckpointError(.io, "a name or the fingerprint of the checkpoint is too long")
    }
    try save(file)
    let (kept, dropped) = CheckpointDecision.retain(
      [manifest] + before.manifests + before.bad, count: Limits.checkpointsKept)
    let droppedRows = dropped.map { KeySpace.checkpoint.key($0.id) } + before.damagedRows
    try publish(manifest, encoded, dropping: droppedRows)
    let files = Set(dropped.flatMap(\.files)).union(before.garbage).sorted()
    let garbage = remove(CheckpointDecision.orphans(files, kept: kept))
    let inUse = Set(manifest.traces.flatMap(\.refs))
    let written = file.written.filter { inUse.contains($0.value) }
    state.withLock { $0 = State(manifests: kept, written: written, garbage: garbage) }
    return manifest
  }

  private func save(_ file: CheckpointFile) throws(CheckpointError) {
    do throws(FileError) {
      try fileSystem.writeFile("\(directory)/\(file.name)", file.bytes, sync: true)
      try fileSystem.syncDirectory(directory)
    } catch {
      // Half a file on a full disk would only make things worse; what stays is an orphan for `open`.
      _ = remove([file.name])
      throw CheckpointError(.io, error.description)
    }
  }

  private func publish(
    _ manifest: CheckpointManifest, _ encoded: [UInt8], dropping keys: [[UInt8]] = []
  ) throws(CheckpointError) {
    var batch = WriteBatch()
    batch.put(KeySpace.checkpoint.key(manifest.id), encoded)
    for key in keys { batch.delete(key) }
    do { try store.write(batch, .synced) } catch { throw CheckpointError(.io, error.description) }
  }

  /// The files that are still there: a failed removal costs space only.
  private func remove(_ files: [String]) -> [String] {
    files.filter { file in
      do throws(FileError) {
        try fileSystem.remove("\(directory)/\(file)")
        return false
      } catch { return error.code != .notFound }
    }
  }

  /// Everything of a checkpoint, each part checked. Errors: `corrupt` naming the file.
  package func load(_ manifest: CheckpointManifest) throws(CheckpointError) -> RestoredCheckpoint {
    var traces: [(id: String, batches: [RestoredCheckpoint.Batch])] = []
    for part in manifest.traces {
      var batches: [RestoredCheckpoint.Batch] = []
      for ref in part.refs { batches.append(RestoredCheckpoint.Batch(ref: ref, bytes: try read(ref))) }
      traces.append((part.name, batches))
    }
    var sections: [(name: String, bytes: [UInt8])] = []
    for part in manifest.sections {
      var bytes: [UInt8] = []
      for ref in part.refs { bytes += try read(ref) }
      sections.append((part.name, bytes))
    }
    return RestoredCheckpoint(traces: traces, sections: sections)
  }

  private func read(_ ref: BatchRef) throws(CheckpointError) -> [UInt8] {
    let path = "\(directory)/\(ref.file)"
    let damaged = CheckpointError(
      .corrupt, "checkpoint file is damaged path=\(path) offset=\(ref.offset) length=\(ref.length)")
    guard let length = Int(exactly: ref.length) else { throw damaged }
    let bytes: [UInt8]
    do { bytes = try fileSystem.readRange(path, offset: ref.offset, length: length) } catch {
      throw CheckpointError(error.code == .notFound ? .corrupt : .io, error.description)
    }
    guard bytes.count == length, Checksum.crc32c(bytes) == ref.crc32c else { throw damaged }
    return bytes
  }

  /// Never taken again, also after a restart; removed at the next checkpoint, which writes again what lies in
  /// its files.
  package func markBad(_ id: UniqueID) throws(CheckpointError) {
    guard var manifest = state.withLock({ $0.manifests.first { $0.id == id } }) else { return }
    manifest.isBad = true
    try publish(manifest, manifest.encoded)
    let suspect = manifest.files
    state.withLock { state in
      state.manifests.removeAll { $0.id == id }
      state.bad.append(manifest)
      state.written = state.written.filter { !suspect.contains($0.value.file) }
    }
  }
}
