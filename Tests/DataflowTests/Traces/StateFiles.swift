import DataModel
import Dataflow
import Platform
import Synchronization
import TestSupport

/// A storage over files in memory, with blocks so small that every structure has many of them.
final class StateFiles {
  let files = MemoryFiles()
  let storage: TraceStorage

  init(
    memoryBytes: Int = 1 << 20, blockBytes: Int = 256, spilledBatchBytesMin: Int = 1 << 10,
    inlineMergeRowsMax: Int = 64
  ) {
    var settings = TraceStorage.Settings()
    settings.memoryBytes = memoryBytes
    settings.blockBytes = blockBytes
    settings.spilledBatchBytesMin = spilledBatchBytesMin
    settings.inlineMergeRowsMax = inlineMergeRowsMax
    let counter = Counter()
    storage = TraceStorage(directory: "/state", fileSystem: files, settings: settings) {
      "\(counter.next()).data"
    }
  }

  private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
  }

  /// The run in a file, opened anew as after a restart.
  func stored(_ run: TraceRun, _ layout: TraceLayout) throws -> TraceRun {
    guard let written = try storage.write([run], layout) else { return run }
    return .stored(try storage.open(written.file, written.place))
  }
}
