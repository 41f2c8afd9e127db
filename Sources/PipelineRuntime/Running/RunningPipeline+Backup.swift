import Checkpoints
import PipelineModel
import Platform
import StorageAPI

/// Copies the state directory of one pipeline.
struct StateBackup {
  let fileSystem: any FileSystem
  let directory: String
  let target: String

  /// The watermark goes first: it is never ahead of the log then. Durable on return. Blocks.
  func run(_ checkpoints: CheckpointStore, _ store: any OrderedStore) throws(PipelineError) {
    do {
      try fileSystem.createDirectories(target)
      if fileSystem.exists("\(directory)/watermark") {
        try fileSystem.writeFile("\(target)/watermark", try fileSystem.read("\(directory)/watermark"), sync: true)
      }
      try checkpoints.backUp(to: "\(target)/checkpoints") { () throws(StorageError) in
        try store.backUp(to: "\(target)/store")
      }
      try fileSystem.syncDirectory(target)
    } catch { throw PipelineError(.storageFailure, "the pipeline cannot be backed up: \(error)") }
  }
}

extension CheckpointCoordinator {
  /// No checkpoint is published or dropped meanwhile. Blocks.
  func backUp(_ backup: StateBackup) throws(PipelineError) { try backup.run(parts.checkpoints, parts.store) }
}

extension PipelineSupervisor {
  /// Copies the state as it is, of a running pipeline while it runs. Waits for transitions under way. Errors:
  /// `bootstrapInProgress`, since that may take long.
  func backUp(to target: String) async throws(PipelineError) {
    try checkNotBootstrapping()
    let result = await withCheckedContinuation { (done: CheckedContinuation<Result<Void, PipelineError>, Never>) in
      enqueue { done.resume(returning: await $0.backUpNow(to: target)) }
    }
    try result.get()
  }

  private func backUpNow(to target: String) async -> Result<Void, PipelineError> {
    let (environment, directory) = (environment, environment.stateDirectory(of: id))
    let backup = StateBackup(fileSystem: environment.fileSystem, directory: directory, target: target)
    let coordinator = running?.stages.checkpoints
    return await environment.pool.run {
      Result { () throws(PipelineError) in
        if let coordinator { return try coordinator.backUp(backup) }
        guard environment.fileSystem.exists("\(directory)/store") else { return }
        try PipelineSupervisor.backUpStopped(backup, environment)
      }
    }
  }

  private static func backUpStopped(
    _ backup: StateBackup, _ environment: HostEnvironment
  ) throws(PipelineError) {
    let store: any OrderedStore
    do { store = try environment.storeOpener.open(directory: "\(backup.directory)/store") } catch {
      throw PipelineError(.storageFailure, "the pipeline cannot be backed up: \(error)")
    }
    defer { store.close() }
    let checkpoints = CheckpointStore(
      directory: StateStorage.directory(of: backup.directory), store: store, fileSystem: environment.fileSystem,
      clock: environment.clock, random: environment.random)
    do { _ = try checkpoints.open() } catch {
      throw PipelineError(.storageFailure, "the pipeline cannot be backed up: \(error)")
    }
    try backup.run(checkpoints, store)
  }
}
