import Checkpoints
import Completion
import DataModel
import InputLog
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import Synchronization

/// Brings the state of a pipeline whose program has changed to the new program, between two lives.
///
/// The former program takes all that is in the log and writes a checkpoint. From that a checkpoint for the new program
/// is made and published, and last the store is marked as the new program's. A crash on the way leaves the state to the
/// former program; the next start tries again.
struct ProgramConversion {
  let environment: HostEnvironment
  let descriptor: PipelineDescriptor
  /// The new one.
  let program: Program
  let log: PipelineLogBuffer
  /// Whether somebody still wants the pipeline to run.
  let isWanted: @Sendable () async -> Bool
  let control: BootstrapControl
  /// Called when it is sure that the change is made now.
  var begun: @Sendable () async -> Void = {}

  /// The program that the state is of.
  private struct Former {
    let program: Program
    let code: String
    let fingerprint: [UInt8]
  }

  private var directory: String { environment.stateDirectory(of: descriptor.id) }
  private var options: StartOptions { descriptor.deployment.initial ?? StartOptions() }

  /// What has to be approved first; nil when it is done. Errors: `bootstrapNotAllowed` when the policy or the kind of
  /// change forbids it; those of a life otherwise.
  func run() async throws(PipelineError) -> ApprovalDiff? {
    let former = try await onPool { () throws(PipelineError) in try self.former() }
    let change = ProgramChange(from: former.program, to: program)
    if options.bootstrapPolicy == "reject" {
      throw PipelineError(
        .bootstrapNotAllowed, "the program has changed (\(change.summary)), and bootstrap_policy is 'reject'")
    }
    let isEmpty = try await onPool { () throws(PipelineError) in try self.isEmpty() }
    if !isEmpty, let obstacle = try await onPool({ () throws(PipelineError) in try self.obstacle(change) }) {
      throw PipelineError(
        .bootstrapNotAllowed,
        "the changed program cannot be computed from the stored state (\(change.summary)): \(obstacle); restore the "
          + "former program, or clear the storage")
    }
    guard options.bootstrapPolicy == "allow" || descriptor.deployment.isApproved else {
      return try ApprovalDiff(from: former.program, to: program)
    }
    log.info("the program has changed: \(change.summary)")
    await begun()
    try await finish(former)
    let result = await environment.bootstraps.run(control, isWanted: isWanted) {
      Result { () throws(PipelineError) in try self.convert(change, former) }
    }
    guard let result else {
      throw PipelineError(ProgramConversion.givenUp.code, ProgramConversion.givenUp.message)
    }
    try result.get()
    let done = control.progress
    log.info("the state is the changed program's rows=\(done.rowsDone) records=\(done.recordsDone)")
    return nil
  }

  private func onPool<Value: Sendable>(
    _ work: @escaping @Sendable () throws(PipelineError) -> Value
  ) async throws(PipelineError) -> Value {
    try await environment.pool.run { Result { () throws(PipelineError) in try work() } }.get()
  }

  // MARK: Blocking

  private func withStore<Value>(
    _ work: (any OrderedStore) throws(PipelineError) -> Value
  ) throws(PipelineError) -> Value {
    let store: any OrderedStore
    do { store = try environment.storeOpener.open(directory: "\(directory)/store") } catch {
      throw failure(error.description)
    }
    defer { store.close() }
    return try work(store)
  }

  private func failure(_ message: String) -> PipelineError {
    PipelineError(.storageFailure, "the state of the pipeline cannot be opened: \(message)")
  }

  private func former() throws(PipelineError) -> Former {
    try withStore { store throws(PipelineError) in
      let meta: StateMeta?
      do { meta = try StateMeta.read(from: store) } catch { throw failure("\(error)") }
      guard let meta else { throw failure("it has no log") }
      let lost = "the program has changed since its state was written, and the former one is not known to this build: "
      guard let code = meta.programCode, case .success(let program) = ConnectorCheck.compile(code),
        ProgramFingerprint.of(program) == meta.program
      else {
        throw PipelineError(
          .bootstrapNotAllowed, lost + "restore it and start it once, or clear the storage (clear)")
      }
      return Former(program: program, code: code, fingerprint: meta.program)
    }
  }

  /// Whether the log never had a record.
  private func isEmpty() throws(PipelineError) -> Bool {
    try withStore { store throws(PipelineError) in try self.isEmpty(store) }
  }

  private func isEmpty(_ store: any OrderedStore) throws(PipelineError) -> Bool {
    do {
      // A log that was trimmed has a checkpoint behind its first record.
      let newest = try store.last(.base, from: KeySpace.checkpoint.key(), to: KeySpace.checkpoint.end)
      let taken = newest.map { CheckpointManifest(encoded: $0.value)?.end != .zero } ?? false
      return try store.last(.log, from: KeySpace.bigEndian(0), to: nil) == nil && !taken
    } catch { throw failure("\(error)") }
  }

  /// Why the change cannot be made; nil when it can. Blocks.
  func obstacle(_ change: ProgramChange) throws(PipelineError) -> String? {
    try withStore { store throws(PipelineError) in try self.obstacle(change, store) }
  }

  private func obstacle(_ change: ProgramChange, _ store: any OrderedStore) throws(PipelineError) -> String? {
    let origins: TableOrigins
    do { origins = try TableOrigins(from: store) } catch { throw failure(error.description) }
    return change.obstacle { origins.lacking($0) }
  }

  /// How the program differs from that of the stored state. Blocks. Errors: `bootstrapNotAllowed` without state.
  func storedDiff() throws(PipelineError) -> ApprovalDiff {
    guard environment.fileSystem.exists("\(directory)/store") else {
      throw PipelineError(.bootstrapNotAllowed, "the pipeline has no stored state")
    }
    let former = try former().program
    var diff = try ApprovalDiff(from: former, to: program)
    if try !isEmpty() { diff.obstacle = try obstacle(ProgramChange(from: former, to: program)) }
    return diff
  }

  /// As `storedDiff`, while the former program runs. Blocks.
  func diff(from former: Program, _ store: any OrderedStore) throws(PipelineError) -> ApprovalDiff {
    var diff = try ApprovalDiff(from: former, to: program)
    if try !isEmpty(store) { diff.obstacle = try obstacle(ProgramChange(from: former, to: program), store) }
    return diff
  }

  private func convert(_ change: ProgramChange, _ former: Former) throws(PipelineError) {
    try withStore { store throws(PipelineError) in
      let checkpoints = CheckpointStore(
        directory: StateStorage.directory(of: directory), store: store, fileSystem: environment.fileSystem,
        clock: environment.clock, random: environment.random)
      let state = StateStorage.make(environment, directory: directory, descriptor.definition.runtimeConfig)
      defer { state.close() }
      do {
        guard let newest = try checkpoints.open().first(where: { $0.fingerprint == former.fingerprint }) else {
          throw CheckpointError(.io, "the former program has no checkpoint")
        }
        let loaded = try checkpoints.load(newest)
        let capture = try change.state(
          after: try EnginePosition(restoring: loaded, of: newest, from: state),
          sections: loaded.sections.map { StateSection(name: $0.name, bytes: $0.bytes) },
          telling: options.silentBootstrap ? [] : try PipelineConnectors(program).observedRelations,
          try means(state, store))
        guard !control.isCancelled else { throw PipelineError(
            ProgramConversion.givenUp.code, ProgramConversion.givenUp.message) }
        let fingerprint = ProgramFingerprint.of(program)
        var batch = WriteBatch()
        StateMeta.put(fingerprint, descriptor.definition.programCode, in: &batch)
        StateMeta.put(changedAfter: newest.sequence, in: &batch)
        TableOrigins.put(change.begunTables, at: newest.end, in: &batch)
        _ = try checkpoints.write(capture.content(fingerprint: fingerprint), with: batch)
      } catch let error as PipelineError { throw error } catch let error as StepError {
        let code: ErrorCode =
          switch error.code {
          case .evaluation: .workerPanic
          case .refused: .bootstrapNotAllowed
          case .corrupt, .storage, .state, .exhausted: .checkpointFailure
          }
        throw PipelineError(
          code, "the changed program cannot be computed from the stored state: \(error.message)")
      } catch {
        throw PipelineError(.checkpointFailure, "the state of the changed program cannot be written: \(error)")
      }
    }
  }

  private func means(_ state: EngineStorage, _ store: any OrderedStore) throws(StorageError) -> ProgramChange.Means {
    let origins = try TableOrigins(from: store)
    var means = ProgramChange.Means(
      storage: state, store: store, clock: environment.clock, control: control,
      onRowError: RowErrorPolicy(rawValue: descriptor.definition.runtimeConfig.onRowError) ?? .fail)
    means.origin = { origins.origin(of: $0) }
    means.lacking = { origins.lacking($0) }
    return means
  }

  // MARK: The last life of the former program

  /// Takes what the log holds, and writes a checkpoint. Its sources stay at rest, and the log stays whole.
  private func finish(_ former: Former) async throws(PipelineError) {
    let ready = FirstAnswer<DeploymentError?>()
    control.whenCancelled { ready.give(ProgramConversion.givenUp) }
    let trouble = Trouble()
    let reporter = RunningPipeline.Reporter(
      ready: { _ in ready.give(nil) },
      failed: { _, error in
        trouble.first.withLock { $0 = $0 ?? error }
        ready.give(error)
      })
    let (environment, descriptor, log) = (environment, descriptor, log)
    let program = former.program.withoutSources
    var assembly = PipelineAssembly(
      environment: environment, descriptor: descriptor, program: program, programCode: former.code, log: log,
      from: options.restorePoint)
    assembly.keepsLog = true
    let pipeline = try await onPool { [assembly] () throws(PipelineError) in try assembly.assemble(reporter) }
    pipeline.begin()
    var problem = await ready.wait()
    if problem == nil { problem = await drain(pipeline, trouble) }
    if problem == nil { problem = await checkpoint(pipeline) }
    _ = await pipeline.shutDown(
      RunningPipeline.Ending(checkpoint: false, bounded: false, reason: problem == nil ? .stopped : .crashed))
    guard let problem else { return }
    throw PipelineError(
      problem.code, "the former program cannot take what is left in the log: \(problem.message)",
      details: problem.details)
  }

  /// Nil when it succeeded.
  private func checkpoint(_ pipeline: RunningPipeline) async -> DeploymentError? {
    let answer = FirstAnswer<DeploymentError?>()
    control.whenCancelled { answer.give(ProgramConversion.givenUp) }
    let checkpoints = pipeline.stages.checkpoints
    Task { answer.give(await checkpoints.takeAndWait().map { RunningPipeline.checkpointError($0) }) }
    return await answer.wait()
  }

  private static let givenUp = DeploymentError(code: .bootstrapNotAllowed, message: "the start was given up")

  private final class Trouble: Sendable { let first = Mutex<DeploymentError?>(nil) }

  /// Until nothing is left in the log; or why that cannot be.
  private func drain(_ pipeline: RunningPipeline, _ trouble: Trouble) async -> DeploymentError? {
    let stages = pipeline.stages
    if let transaction = stages.transactions.reading, !transaction.isCommitting {
      return DeploymentError(
        code: .bootstrapNotAllowed,
        message: "transaction \(transaction.id) is open: restore the former program and commit it")
    }
    pipeline.setPaused(false)
    while stages.ledger.totals.processedEnd < stages.appender.durableEnd || stages.transactions.reading != nil {
      if let failure = trouble.first.withLock({ $0 }) { return failure }
      guard await isWanted() else {
        return ProgramConversion.givenUp
      }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }
}

extension Program {
  /// The same tables and views; nothing comes in by itself.
  fileprivate var withoutSources: Program {
    var copy = Program(
      tables: tables.map { table in
        var copy = TableDefinition(
          name: table.name, schema: table.schema, materialized: table.materialized,
          isAppendOnly: table.isAppendOnly, properties: table.properties, connectors: nil)
        copy.skipsUnusedColumns = table.skipsUnusedColumns
        copy.skippedColumns = table.skippedColumns
        return copy
      }, views: views, warnings: [])
    copy.lateness = lateness
    return copy
  }
}
