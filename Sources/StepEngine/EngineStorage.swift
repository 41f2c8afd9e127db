package import Dataflow
package import Platform

/// Where an engine's state goes that memory does not hold: files of the checkpoint directory. One for each life; the
/// engine closes it when it ends.
package struct EngineStorage: Sendable {
  let traces: TraceStorage

  /// Nil settings are the defaults of `Limits`. `newName` gives names that the directory never had, with the suffix
  /// of checkpoint files.
  package struct Settings: Sendable {
    package var memoryBytes: Int?
    package var cacheBytes: Int?
    package var spilledBatchBytesMin: Int?
    /// Without threads its owner calls `turn`.
    package var hasThreads = true
    package init() {}
  }

  package init(
    directory: String, fileSystem: any FileSystem, settings: Settings, newName: @escaping @Sendable () -> String
  ) {
    var own = TraceStorage.Settings()
    if let bytes = settings.memoryBytes { own.memoryBytes = bytes }
    own.cacheBytes = settings.cacheBytes ?? own.memoryBytes / 4
    if let bytes = settings.spilledBatchBytesMin { own.spilledBatchBytesMin = bytes }
    own.hasThreads = settings.hasThreads
    traces = TraceStorage(directory: directory, fileSystem: fileSystem, settings: own, newName: newName)
  }

  /// The circuit's large runs go here from now on.
  package func attach(to circuit: Circuit) { circuit.attach(traces) }

  /// One write or merge of the background; waits for nothing but the disk.
  package func turn() -> LoopTurn { traces.turn() }

  /// Ends the background thread; for a life whose engine never began. Idempotent.
  package func close() { traces.close() }
}
