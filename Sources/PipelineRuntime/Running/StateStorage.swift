import Checkpoints
import PipelineModel
import Platform
import StepEngine

/// How the state of one life is kept: in the checkpoint directory, so that a checkpoint names what was spilled.
enum StateStorage {
  static func directory(of pipeline: String) -> String { "\(pipeline)/checkpoints" }

  static func make(
    _ environment: HostEnvironment, directory: String, _ config: RuntimeConfig
  ) -> EngineStorage {
    var settings = EngineStorage.Settings()
    // The other half is for deltas, queues and what the allocator keeps.
    settings.memoryBytes =
      config.memoryMegabytesMax.map { max(bytes($0, 1_000_000) / 2, Limits.stateMemoryBytesMin) } ?? defaultBytes
    settings.cacheBytes = config.cacheMebibytes.map { bytes($0, 1 << 20) }
    settings.spilledBatchBytesMin = config.minStorageBytes
    // Without storage nothing is written; an enormous budget keeps all in memory.
    if !config.storageEnabled { settings.memoryBytes = .max / 8 }
    return EngineStorage(
      directory: StateStorage.directory(of: directory), fileSystem: environment.fileSystem, settings: settings
    ) { "\(environment.newID())\(CheckpointStore.fileSuffix)" }
  }

  /// The next start takes an older checkpoint than those that use the damaged file.
  static func markBad(_ checkpoints: CheckpointStore, usingFile file: String, _ log: PipelineLogBuffer) {
    do throws(CheckpointError) {
      let count = try checkpoints.markBad(usingFile: file)
      log.error("state file is damaged, checkpoints that use it are bad file=\(file) checkpoints=\(count)")
    } catch { log.error("checkpoints that use a damaged file cannot be marked file=\(file): \(error)") }
  }

  private static let defaultBytes = max(
    Int(clamping: ProcessFacts.machineMemoryBytes() / Limits.stateMemoryPart), Limits.stateMemoryBytes)

  private static func bytes(_ count: Int, _ unit: Int) -> Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? .max : bytes
  }
}
