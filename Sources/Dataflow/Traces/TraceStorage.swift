package import DataModel
package import Platform
import Synchronization

/// Where the traces of a pipeline keep what memory does not hold: files of its state directory, a cache of their
/// blocks, a thread that merges and one that writes. Shared by all traces and readers of one life.
///
/// Its files go with the last trace or snapshot that reads them, unless a checkpoint keeps them; what a crash leaves is
/// removed when the directory is opened.
package final class TraceStorage: Sendable {
  package struct Settings: Sendable {
    /// For batches of traces and cached blocks together.
    package var memoryBytes = Limits.stateMemoryBytes
    /// Of these for cached blocks.
    package var cacheBytes = Limits.stateMemoryBytes / 4
    /// Smaller batches are not written to files of their own.
    package var spilledBatchBytesMin = Limits.spilledBatchBytesMin
    package var blockBytes = Limits.stateBlockBytes
    /// Rows that one insert merges at once.
    package var inlineMergeRowsMax = Limits.inlineMergeRowsMax
    /// Without them its owner calls `turn`.
    package var hasThreads = true
    package init() {}
  }

  package let settings: Settings
  package let cache: BlockCache
  private let directory: String
  private let fileSystem: any FileSystem
  private let newName: @Sendable () -> String
  /// Writes of one run never wait behind a long merge, so that memory comes free.
  private let merges = Mailbox<RunJob>(capacity: 1 << 16)
  private let writes = Mailbox<RunJob>(capacity: 1 << 16)
  private let threads = Mutex<[DedicatedThread]>([])
  private let isClosing = Atomic(false)
  /// What the traces held in memory when last counted.
  private let traceBytes = Atomic(0)
  private let onDone = Mutex<(@Sendable () -> Void)?>(nil)

  /// `newName` gives the name of a file that the directory never had.
  package init(
    directory: String, fileSystem: any FileSystem, settings: Settings,
    newName: @escaping @Sendable () -> String
  ) {
    self.directory = directory
    self.fileSystem = fileSystem
    self.settings = settings
    self.newName = newName
    cache = BlockCache(bytesMax: min(settings.cacheBytes, settings.memoryBytes / 2))
  }

  /// Bytes that traces and the records in front of them may hold in memory: what cached blocks do not.
  var traceBytesMax: Int { settings.memoryBytes - cache.sizeBytes }

  /// Bytes of the records. They are asked for more often than traces, so they have most of the memory as long as no
  /// blocks of files are cached.
  var recordBytesMax: Int { max(settings.memoryBytes / 8 * 5 - cache.sizeBytes, traceBytesMax / 2) }

  func noteTraceBytes(_ bytes: Int) { traceBytes.store(bytes, ordering: .relaxed) }

  /// Called on a thread of the storage whenever a merge or a write has ended.
  package func whenDone(_ action: @escaping @Sendable () -> Void) { onDone.withLock { $0 = action } }

  /// Ends the threads after what they are at; unfinished work is given up, and no more is begun. Idempotent; waits.
  package func close() {
    isClosing.store(true, ordering: .relaxed)
    merges.close()
    writes.close()
    let running = threads.withLock { $0 }
    for thread in running { thread.join() }
  }

  /// Begins to merge neighbours. `toFile` nil: a file when an input lies in one, or when memory is short and the
  /// result large.
  func begin(_ runs: [TraceRun], _ layout: TraceLayout, toFile: Bool?) -> RunJob? {
    let bytes = runs.reduce(0) { $0 + $1.rowBytes + $1.count * 24 }
    let isTight = traceBytes.load(ordering: .relaxed) + bytes > traceBytesMax
    let goesToFile =
      toFile
      ?? (runs.contains { $0.isStored } || bytes >= SortedBatch.byteLimit
        || (isTight && bytes >= settings.spilledBatchBytesMin))
    let job = RunJob(runs, layout, toFile: goesToFile)
    guard (runs.count == 1 ? writes : merges).offer(job) else { return nil }
    threads.withLock { threads in
      guard settings.hasThreads, threads.isEmpty else { return }
      threads = [
        DedicatedThread(name: "state-merge") { [self] in work(merges) },
        DedicatedThread(name: "state-write") { [self] in work(writes) },
      ]
    }
    return job
  }

  private func work(_ jobs: Mailbox<RunJob>) {
    while let job = jobs.take(timeoutNanoseconds: nil) { finish(job) }
  }

  /// One write or merge; waits for nothing but the disk.
  package func turn() -> LoopTurn {
    guard let job = writes.take(timeoutNanoseconds: 0) ?? merges.take(timeoutNanoseconds: 0) else {
      return isClosing.load(ordering: .relaxed) ? .ended : .wait(nanoseconds: nil)
    }
    finish(job)
    return .again
  }

  /// Returns when the job has its result.
  func wait(for job: RunJob) {
    if settings.hasThreads { job.wait() } else { finish(job) }
  }

  private func finish(_ job: RunJob) {
    if job.result != nil { return }
    if isClosing.load(ordering: .relaxed) {
      job.end(.failure(Self.closed))
    } else {
      job.run(self)
    }
    let action = onDone.withLock { $0 }
    action?()
  }

  private static let closed = EvaluationError(.cancelled, "the state is closed")

  /// Merges runs into one of a new file; nil when nothing is left. Streams: memory stays at some blocks.
  package func write(_ runs: [TraceRun], _ layout: TraceLayout) throws(EvaluationError) -> StoredRun? {
    let file = SharedFile(directory: directory, name: newName(), fileSystem: fileSystem, isKept: false)
    let written = try RunStream.write(runs, layout, blockBytes: settings.blockBytes) {
      bytes throws(EvaluationError) in
      if isClosing.load(ordering: .relaxed) { throw Self.closed }
      do { try file.append(bytes) } catch {
        throw EvaluationError(.storage, "state cannot be written: \(error)")
      }
    }
    guard let written else { return nil }
    let place = RunPlace(offset: 0, length: written.length, crc32c: written.crc32c, skippedRows: 0)
    let stored = StoredRun(file: file, place: place, footer: written.footer, cache: cache)
    if runs.count == 1, case .memory(let batch) = runs[0] { batch.stored = stored }
    return stored
  }

  /// The run that a checkpoint or an earlier write has put there; reads its footer. Errors: `corrupt`.
  package func open(_ file: SharedFile, _ place: RunPlace) throws(EvaluationError) -> StoredRun {
    try StoredRun.open(file, place, cache: cache)
  }
}
