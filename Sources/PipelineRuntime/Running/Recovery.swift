import Checkpoints
import Completion
import InputLog
import PipelineModel
import Platform
import StepEngine
import StorageAPI

/// Opens the state of a pipeline for a new life: open → restore → recover the log → fence, in that order.
/// Blocks.
struct Recovery {
  /// A state directory that is open and fenced for one life.
  struct Opened {
    let store: any OrderedStore
    let log: LogID
    let incarnation: Incarnation
    let history: [IncarnationRow]
    let checkpoints: CheckpointStore
    let state: EngineStorage
    let kept: [CheckpointManifest]
    let position: EnginePosition
    let sections: [StateSection]
    let recoveredLog: RecoveredLog
    let initialStart: WallTime
  }

  private struct Restored {
    var position = EnginePosition.beginning
    var sections: [StateSection] = []
    var kept: [CheckpointManifest] = []
  }

  let environment: HostEnvironment
  let directory: String
  let fingerprint: [UInt8]
  let programCode: String
  /// The log that the storage must hold; nil before the first start.
  let expectedLog: LogID?
  let log: PipelineLogBuffer
  let config: RuntimeConfig
  /// Nil for the newest checkpoint.
  let from: RestorePoint?

  func open() throws(PipelineError) -> Opened {
    do { try environment.fileSystem.createDirectories(directory) } catch {
      throw storageFailure(error.description)
    }
    let store: any OrderedStore
    do { store = try environment.storeOpener.open(directory: "\(directory)/store") } catch {
      throw storageFailure(error.description)
    }
    do { return try open(store) } catch {
      store.close()
      throw error
    }
  }

  private func open(_ store: any OrderedStore) throws(PipelineError) -> Opened {
    let meta = try identify(store)
    if from?.discardsLater == true { try rewind(store, meta) }
    let checkpoints = checkpointStore(store)
    let state = StateStorage.make(environment, directory: directory, config)
    let restored = try restore(from: checkpoints, state, meta)
    let recovered = try recoverLog(store, behind: restored)
    let incarnation = Incarnation(environment.newID())
    let history = try fence(store, incarnation, recovered.durableEnd)
    return Opened(
      store: store, log: meta.log, incarnation: incarnation, history: history, checkpoints: checkpoints,
      state: state, kept: restored.kept, position: restored.position, sections: restored.sections,
      recoveredLog: recovered, initialStart: meta.initialStart)
  }

  private func checkpointStore(_ store: any OrderedStore) -> CheckpointStore {
    CheckpointStore(
      directory: StateStorage.directory(of: directory), store: store, fileSystem: environment.fileSystem,
      clock: environment.clock, random: environment.random)
  }

  private func recoverLog(_ store: any OrderedStore, behind restored: Restored) throws(PipelineError) -> RecoveredLog {
    do {
      return try LogRecovery.recover(
        store: store, watermarkPath: "\(directory)/watermark", fileSystem: environment.fileSystem,
        floor: restored.position.end)
    } catch {
      throw PipelineError(error.code == .storage ? .storageFailure : .dataLoss, error.message)
    }
  }

  /// Nothing is cut for a checkpoint that cannot be restored, or for a log that has lost what was acknowledged.
  private func rewind(_ store: any OrderedStore, _ meta: StateMeta) throws(PipelineError) {
    let state = StateStorage.make(environment, directory: directory, config)
    defer { state.close() }
    let restored = try restore(from: checkpointStore(store), state, meta)
    guard let checkpoint = restored.kept.first(where: { $0.id == from?.checkpoint }) else {
      throw checkpointFailure("the one to begin from is damaged, and nothing is discarded for an older one")
    }
    let wall = environment.clock.wall().microseconds
    let cut = try Rewind(
      store: store, checkpoint: checkpoint, durableEnd: try recoverLog(store, behind: restored).durableEnd,
      now: WallTime(microseconds: wall - wall % max(1, config.clockResolutionMicroseconds)),
      policy: RowErrorPolicy(rawValue: config.onRowError) ?? .fail
    ).run()
    log.warning("the log is cut behind checkpoint \(checkpoint.id): lost offsets=\(cut)")
  }

  /// The log's identity; made on the first start together with the program's fingerprint.
  private func identify(_ store: any OrderedStore) throws(PipelineError) -> StateMeta {
    let known: StateMeta?
    do { known = try StateMeta.read(from: store) } catch { throw storageFailure("\(error)") }
    guard let known else {
      // A log that is gone must not be replaced by an empty one without consent.
      if let expectedLog { throw missingLog(expectedLog) }
      return try found(store)
    }
    if let expectedLog, expectedLog != known.log { throw missingLog(expectedLog) }
    if known.format < StateMeta.currentFormat {
      try StateUpgrade(store: store).run(from: known.format)
      log.info("the storage is upgraded from format \(known.format) to \(StateMeta.currentFormat)")
    }
    guard known.program == fingerprint else {
      throw PipelineError(.bootstrapNotAllowed, "the program has changed since its state was written")
    }
    if known.programCode != programCode { try keep(programCode, store) }
    return known
  }

  /// Another text of the same program, or the first one in a store of an older build.
  private func keep(_ code: String, _ store: any OrderedStore) throws(PipelineError) {
    var batch = WriteBatch()
    StateMeta.put(fingerprint, code, in: &batch)
    do { try store.write(batch, .buffered) } catch { throw storageFailure(error.description) }
  }

  private func missingLog(_ expected: LogID) -> PipelineError {
    PipelineError(
      .dataLoss,
      "the state directory does not hold the log of this pipeline: restore it, or clear the storage to begin "
        + "anew log=\(expected.value) directory=\(directory)")
  }

  private func found(_ store: any OrderedStore) throws(PipelineError) -> StateMeta {
    let id = environment.newID()
    let now = environment.clock.wall()
    var batch = WriteBatch()
    batch.put(StateMeta.Key.format, [StateMeta.currentFormat])
    batch.put(StateMeta.Key.log, id.bytes)
    StateMeta.put(fingerprint, programCode, in: &batch)
    TableOrigins.found(in: &batch)
    batch.put(StateMeta.Key.initialStart, KeySpace.bigEndian(UInt64(bitPattern: now.microseconds)))
    do { try store.write(batch, .synced) } catch { throw storageFailure(error.description) }
    return StateMeta(
      format: StateMeta.currentFormat, log: LogID(id), program: fingerprint, programCode: programCode,
      initialStart: now, changedAfter: nil)
  }

  private func storageFailure(_ message: String) -> PipelineError {
    PipelineError(.storageFailure, "the state of the pipeline cannot be opened: \(message)")
  }

  /// The newest checkpoint that can be read. A bad one is marked and an older one taken; with none left the
  /// pipeline
  /// begins at the start of the log, if that is still whole.
  private func restore(
    from store: CheckpointStore, _ state: EngineStorage, _ meta: StateMeta
  ) throws(PipelineError) -> Restored {
    let all: [CheckpointManifest]
    do { all = try store.open() } catch { throw checkpointFailure(error.description) }
    let manifests = own(all, store, meta)
    guard all.isEmpty || !manifests.isEmpty else {
      throw checkpointFailure("the kept ones are of another program, or from before it was changed back to this one")
    }
    // Bad ones found in earlier starts count: what they held is gone from the log all the same.
    let unusable = store.unusableCount
    var kept = manifests
    if let from, !manifests.contains(where: { $0.id == from.checkpoint }) {
      throw checkpointFailure("there is no good checkpoint \(from.checkpoint)")
    }
    for manifest in manifests.drop(while: { from != nil && $0.id != from?.checkpoint }) {
      do throws(RestoreFailure) {
        return try restore(manifest, kept: kept, from: store, state)
      } catch {
        guard error.isDamage else { throw checkpointFailure(error.message) }
        log.error("checkpoint is bad, taking an older one id=\(manifest.id): \(error.message)")
        do { try store.markBad(manifest.id) } catch { throw checkpointFailure("\(error)") }
        kept.removeAll { $0.id == manifest.id }
      }
    }
    // The log before a change of the program means something else to this one.
    guard meta.changedAfter == nil, !store.holdsOthers(than: fingerprint) else {
      throw checkpointFailure(
        "those of this program cannot be read, and older ones are of another program, or from before it was changed")
    }
    guard all.count + unusable < Limits.checkpointsKept else {
      throw checkpointFailure("none of the \(manifests.count + unusable) kept checkpoints can be read")
    }
    return Restored()
  }

  /// Those of this program since it was changed last, newest first. What is older may be of the same program too, when
  /// it was changed and changed back: but another one took the log behind it.
  private func own(
    _ all: [CheckpointManifest], _ store: CheckpointStore, _ meta: StateMeta
  ) -> [CheckpointManifest] {
    let other = store.newest(otherThan: fingerprint) ?? 0
    return all.filter { $0.sequence > max(other, meta.changedAfter ?? 0) }
  }

  /// Why one checkpoint was not restored; only damage makes it bad for good, a passing fault does not.
  private struct RestoreFailure: Error {
    let isDamage: Bool
    let message: String
  }

  private func restore(
    _ manifest: CheckpointManifest, kept: [CheckpointManifest], from store: CheckpointStore,
    _ state: EngineStorage
  ) throws(RestoreFailure) -> Restored {
    let loaded: RestoredCheckpoint
    do { loaded = try store.load(manifest) } catch {
      throw RestoreFailure(isDamage: error.code == .corrupt, message: error.description)
    }
    var restored = Restored()
    do {
      restored.position = try EnginePosition(restoring: loaded, of: manifest, from: state)
    } catch { throw RestoreFailure(isDamage: error.code == .corrupt, message: error.message) }
    restored.sections = loaded.sections.map { StateSection(name: $0.name, bytes: $0.bytes) }
    restored.kept = kept
    return restored
  }

  private func checkpointFailure(_ message: String) -> PipelineError {
    PipelineError(.checkpointFailure, "no checkpoint can be restored: \(message)")
  }

  /// Opens the row of the new life, which closes an open row of the former one as crashed.
  private func fence(
    _ store: any OrderedStore, _ incarnation: Incarnation, _ durableEnd: Offset
  ) throws(PipelineError) -> [IncarnationRow] {
    do {
      let history = try IncarnationHistory.load(store: store)
      let begun = history.begin(incarnation, at: durableEnd, now: environment.clock.wall())
      try store.write(begun.batch, .synced)
      return begun.rows
    } catch { throw storageFailure("\(error)") }
  }
}
