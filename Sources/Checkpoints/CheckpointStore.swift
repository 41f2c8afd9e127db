package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Checkpoints of one log: data files in a directory, manifests as rows of the log's store. Every call
/// blocks; one caller at a time.
///
/// Order of a write: data files, their fsync, the directory's fsync, then one synced batch that publishes the
/// manifest and drops the rows it replaces, then the files that no manifest names. A crash between any two leaves the
/// former or the new checkpoints whole and at most orphaned files, which `open` removes. A file that a trace or a
/// snapshot still reads goes with its last reader.
package final class CheckpointStore: Sendable {
  private struct State {
    /// Good ones, newest first.
    var manifests: [CheckpointManifest] = []
    /// Marked bad: their rows and files stay for whoever looks into it, until the next checkpoint succeeds.
    var bad: [CheckpointManifest] = []
    /// Keys of rows that cannot be read; they stay as long.
    var damagedRows: [[UInt8]] = []
    /// Files that a manifest names and somebody may read.
    var live: [String: WeakFile] = [:]
    /// Files that could not be removed; tried again at the next checkpoint.
    var garbage: [String] = []
  }

  private struct WeakFile {
    weak var file: SharedFile?
  }

  /// Of every file that the directory holds.
  package static let fileSuffix = ".data"

  private let directory: String
  private let store: any OrderedStore
  private let fileSystem: any FileSystem
  private let clock: any PipelineClock
  private let random: any RandomSource
  private let state = Mutex(State())
  /// Held while manifests are written.
  private let writing = Mutex(())

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

  /// Whether a checkpoint that can be named, good or bad, is of another program.
  package func holdsOthers(than fingerprint: [UInt8]) -> Bool {
    state.withLock { state in (state.manifests + state.bad).contains { $0.fingerprint != fingerprint } }
  }

  /// The greatest sequence of those of other programs, good or bad; nil without one.
  package func newest(otherThan fingerprint: [UInt8]) -> UInt64? {
    state.withLock { state in
      (state.manifests + state.bad).filter { $0.fingerprint != fingerprint }.map(\.sequence).max()
    }
  }

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
        throw CheckpointError(
          .corrupt,
          "checkpoint manifest has a format that another release wrote version=\(version): use that release, or "
            + "clear the storage")
      } else {
        opened.damagedRows.append(key)
      }
    }
    opened.manifests = CheckpointDecision.retain(manifests, count: .max).kept
    opened.bad = manifests.filter(\.isBad)
    do throws(FileError) {
      try fileSystem.createDirectories(directory)
      let files = try fileSystem.entries(of: directory).filter { $0.hasSuffix(CheckpointStore.fileSuffix) }
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

  /// Writes what no file holds yet and publishes the checkpoint, in one write with `rows`; durable on return. After an
  /// error the former checkpoints are as they were.
  package func write(
    _ content: CheckpointContent, with rows: WriteBatch = WriteBatch()
  ) throws(CheckpointError) -> CheckpointManifest {
    try writing.withLock { _ throws(CheckpointError) in try writeNext(content, rows) }
  }

  private func writeNext(
    _ content: CheckpointContent, _ rows: WriteBatch
  ) throws(CheckpointError) -> CheckpointManifest {
    let before = state.withLock { $0 }
    let id = UniqueID.version7(clock: clock, random: random)
    // Half a file on a full disk would only make things worse: it goes when this object does.
    let target = SharedFile(
      directory: directory, name: "\(id)\(CheckpointStore.fileSuffix)", fileSystem: fileSystem, isKept: false)
    var file = CheckpointFile(target)
    let newest = (before.manifests + before.bad).map(\.sequence).max() ?? 0
    let manifest = try CheckpointManifest(
      id: id, sequence: newest + 1, createdAt: clock.wall(), content: content, file: &file)
    let encoded = manifest.encoded
    guard CheckpointManifest(encoded: encoded) == manifest else {
      throw CheckpointError(.io, "a name or the fingerprint of the checkpoint is too long")
    }
    try file.finish()
    do { try fileSystem.syncDirectory(directory) } catch { throw CheckpointError(.io, error.description) }
    let (kept, dropped) = CheckpointDecision.retain(
      [manifest] + before.manifests + before.bad, count: Limits.checkpointsKept)
    let droppedRows = dropped.map { KeySpace.checkpoint.key($0.id) } + before.damagedRows
    // A failure may come after the row is durable: what it would name must stay until the next opening.
    let files = [target] + file.others
    for named in files { named.keep() }
    try publish(manifest, encoded, dropping: droppedRows, with: rows)
    for (batch, part) in file.written { batch.published(part) }
    keep(files, kept, dropped, garbage: before.garbage)
    return manifest
  }

  /// After a publication: what is named stays, all else goes.
  private func keep(
    _ files: [SharedFile], _ kept: [CheckpointManifest], _ dropped: [CheckpointManifest], garbage: [String]
  ) {
    let gone = CheckpointDecision.orphans(
      Set(dropped.flatMap(\.files)).union(garbage).sorted(), kept: kept)
    let left = remove(gone)
    state.withLock { state in
      for file in files { state.live[file.name] = WeakFile(file: file) }
      for name in gone { state.live[name] = nil }
      state.live = state.live.filter { $0.value.file != nil }
      state.manifests = kept
      state.bad = []
      state.damagedRows = []
      state.garbage = left
    }
  }

  private func publish(
    _ manifest: CheckpointManifest, _ encoded: [UInt8], dropping keys: [[UInt8]] = [],
    with rows: WriteBatch = WriteBatch()
  ) throws(CheckpointError) {
    var batch = rows
    batch.put(KeySpace.checkpoint.key(manifest.id), encoded)
    for key in keys { batch.delete(key) }
    do { try store.write(batch, .synced) } catch { throw CheckpointError(.io, error.description) }
  }

  /// The files that are still there: a failed removal costs space only. One that is read goes with its last reader.
  private func remove(_ files: [String]) -> [String] {
    files.filter { name in
      if let reader = state.withLock({ $0.live[name]?.file }) {
        reader.letGo()
        return false
      }
      do throws(FileError) {
        try fileSystem.remove("\(directory)/\(name)")
        return false
      } catch { return error.code != .notFound }
    }
  }

  /// A checkpoint's sections, checked, and where its runs lie: every file is there in full. Whoever opens a run checks
  /// it. Errors: `corrupt` naming the file.
  package func load(_ manifest: CheckpointManifest) throws(CheckpointError) -> RestoredCheckpoint {
    var sections: [(name: String, bytes: [UInt8])] = []
    for part in manifest.sections {
      var bytes: [UInt8] = []
      for ref in part.refs { bytes += try read(ref) }
      sections.append((part.name, bytes))
    }
    var sizes: [String: UInt64] = [:]
    var traces: [(id: String, parts: [StoredPart])] = []
    for part in manifest.traces {
      var parts: [StoredPart] = []
      for ref in part.refs {
        let file = shared(ref.file)
        if sizes[ref.file] == nil { sizes[ref.file] = try Self.size(file) }
        guard ref.offset + ref.length <= sizes[ref.file] ?? 0 else { throw damaged(ref) }
        parts.append(StoredPart(file: file, ref: ref))
      }
      traces.append((part.name, parts))
    }
    return RestoredCheckpoint(traces: traces, sections: sections)
  }

  /// One object a file, as long as somebody has it.
  private func shared(_ name: String) -> SharedFile {
    state.withLock { state in
      if let file = state.live[name]?.file { return file }
      let file = SharedFile(directory: directory, name: name, fileSystem: fileSystem, isKept: true)
      state.live[name] = WeakFile(file: file)
      return file
    }
  }

  private static func size(_ file: SharedFile) throws(CheckpointError) -> UInt64 {
    do { return try file.size() } catch {
      throw CheckpointError(error.code == .notFound ? .corrupt : .io, error.description)
    }
  }

  private func damaged(_ ref: BatchRef) -> CheckpointError {
    CheckpointError(
      .corrupt,
      "checkpoint file is damaged path=\(directory)/\(ref.file) offset=\(ref.offset) length=\(ref.length)")
  }

  private func read(_ ref: BatchRef) throws(CheckpointError) -> [UInt8] {
    guard let length = Int(exactly: ref.length) else { throw damaged(ref) }
    let bytes: [UInt8]
    do {
      bytes = try fileSystem.readRange("\(directory)/\(ref.file)", offset: ref.offset, length: length)
    } catch {
      throw CheckpointError(error.code == .notFound ? .corrupt : .io, error.description)
    }
    guard bytes.count == length, Checksum.crc32c(bytes) == ref.crc32c else { throw damaged(ref) }
    return bytes
  }

  /// Second names for all files that good checkpoints have, in a new directory; `copyRows` copies the store that names
  /// them. Nothing is published or dropped meanwhile. Durable on return.
  package func backUp(
    to target: String, copyRows: () throws(StorageError) -> Void
  ) throws(CheckpointError) {
    try writing.withLock { _ throws(CheckpointError) in
      do throws(StorageError) { try copyRows() } catch { throw CheckpointError(.io, error.description) }
      let named = state.withLock { Set($0.manifests.flatMap(\.files)).sorted() }
      do throws(FileError) {
        try fileSystem.createDirectories(target)
        for name in named { try fileSystem.link("\(directory)/\(name)", to: "\(target)/\(name)") }
        try fileSystem.syncDirectory(target)
      } catch { throw CheckpointError(.io, error.description) }
    }
  }

  /// Never taken again, also after a restart; removed at the next checkpoint.
  package func markBad(_ id: UniqueID) throws(CheckpointError) {
    try writing.withLock { _ throws(CheckpointError) in try mark(id) }
  }

  private func mark(_ id: UniqueID) throws(CheckpointError) {
    guard var manifest = state.withLock({ $0.manifests.first { $0.id == id } }) else { return }
    manifest.isBad = true
    try publish(manifest, manifest.encoded)
    state.withLock { state in
      state.manifests.removeAll { $0.id == id }
      state.bad.append(manifest)
    }
  }

  /// Marks every checkpoint that names the file; the number of them.
  package func markBad(usingFile name: String) throws(CheckpointError) -> Int {
    try writing.withLock { _ throws(CheckpointError) in
      let users = state.withLock { $0.manifests.filter { $0.files.contains(name) } }
      for manifest in users { try mark(manifest.id) }
      return users.count
    }
  }
}
