// Goal: the life cycle obeys the contract (sections 2 to 4 and 14). Method: commands and facts into the pure machine;
// statuses, errors, actions and the recorded history out.
import DataModel
import PipelineModel
import PipelineRuntime
import Platform
import SQLFrontend
import Testing

@Suite("PipelineLifecycle")
struct PipelineLifecycleTests {
  static let now = WallTime(microseconds: 1)
  static let program = Program(tables: [], views: [], warnings: [])

  static func fresh() -> PipelineLifecycle {
    let id = UniqueID(high: 1, low: 2)
    let descriptor = PipelineDescriptor(
      id: PipelineID(id), definition: PipelineDefinition(name: "p", programCode: ""), createdAt: now,
      counters: PipelineDescriptor.Counters(), program: ProgramState(status: .pending, since: now),
      deployment: DeploymentState(at: now), storage: StorageState(status: .cleared))
    return PipelineLifecycle(descriptor, makeEventID: { id })
  }

  static func compile(_ lifecycle: inout PipelineLifecycle) -> [PipelineLifecycle.Action] {
    var actions: [PipelineLifecycle.Action] = []
    let version = lifecycle.descriptor.counters.programVersion
    for status in [ProgramState.Status.compilingSql, .sqlCompiled, .compilingRust, .success] {
      actions +=
        lifecycle.compiled(to: status, version: version, diagnostics: [], program: program, now: now) ?? []
    }
    return actions
  }

  static func running() throws -> PipelineLifecycle {
    var lifecycle = fresh()
    _ = compile(&lifecycle)
    #expect(try lifecycle.start(StartOptions(), now: now) == [.deploy])
    lifecycle.initializing(
      deploymentID: UniqueID(high: 3, low: 4), log: LogID(UniqueID(high: 5, low: 6)), now: now)
    lifecycle.reached(.running, now: now)
    return lifecycle
  }

  static func code(_ body: () throws -> Void) -> ErrorCode? {
    do {
      try body()
      return nil
    } catch { return (error as? PipelineError)?.code }
  }

  @Test("refresh_version: 1 created, 3 compiled, 4 edited, 6 compiled again")
  func refreshVersion() throws {
    var lifecycle = Self.fresh()
    #expect(lifecycle.descriptor.counters.refreshVersion == 1)
    _ = Self.compile(&lifecycle)
    #expect(lifecycle.descriptor.counters.refreshVersion == 3)
    var definition = lifecycle.descriptor.definition
    definition.programCode = "x"
    #expect(try lifecycle.edit(definition, now: Self.now) == [.compile(programVersion: 2)])
    #expect(lifecycle.descriptor.counters.refreshVersion == 4)
    _ = Self.compile(&lifecycle)
    #expect(lifecycle.descriptor.counters.refreshVersion == 6)
    #expect(try lifecycle.edit(definition, now: Self.now) == [])
    definition.description = "only words"
    #expect(try lifecycle.edit(definition, now: Self.now) == [])
    #expect(lifecycle.descriptor.counters.version == 2)
  }

  @Test("a result of an older program version changes nothing")
  func staleCompilation() throws {
    var lifecycle = Self.fresh()
    var definition = lifecycle.descriptor.definition
    definition.programCode = "x"
    _ = try lifecycle.edit(definition, now: Self.now)
    let stale = lifecycle.compiled(
      to: .success, version: 1, diagnostics: [], program: Self.program, now: Self.now)
    #expect(stale == nil)
    #expect(lifecycle.descriptor.program.status == .pending)
  }

  @Test("the history of start and stop has only the contract's combinations, in its order")
  func history() throws {
    var lifecycle = try Self.running()
    #expect(lifecycle.stop(force: true, now: Self.now) == [.undeploy(checkpoint: false)])
    lifecycle.stopping(error: nil, now: Self.now)
    lifecycle.stopped(error: nil, checkpoints: [], now: Self.now)
    let tuples = lifecycle.events.dropFirst(5).map { event in
      [
        event.deployment.resources.rawValue, event.deployment.desiredResources.rawValue,
        event.deployment.runtime?.rawValue ?? "-", event.storage.status.rawValue,
      ].joined(separator: " ")
    }
    #expect(
      tuples == [
        "Stopped Provisioned - Cleared", "Stopped Provisioned - InUse", "Provisioning Provisioned - InUse",
        "Provisioned Provisioned Initializing InUse", "Provisioned Provisioned Running InUse",
        "Provisioned Stopped Running InUse", "Stopping Stopped - InUse", "Stopped Stopped - InUse",
      ])
  }

  @Test("while views are computed the status says so, with progress, and nothing of it stays")
  func bootstrapping() throws {
    var lifecycle = Self.fresh()
    _ = Self.compile(&lifecycle)
    _ = try lifecycle.start(StartOptions(), now: Self.now)
    var progress = BootstrapProgress()
    progress.rowsTotal = 3
    lifecycle.bootstrapped(progress)
    #expect(lifecycle.descriptor.deployment.bootstrap == nil)
    lifecycle.bootstrapping(deploymentID: UniqueID(high: 3, low: 4), now: Self.now)
    #expect(lifecycle.descriptor.deployment.combinedStatus == "Bootstrapping")
    let events = lifecycle.events.count
    lifecycle.bootstrapped(progress)
    #expect(lifecycle.descriptor.deployment.bootstrap == progress && lifecycle.events.count == events)
    #expect(try lifecycle.setPaused(true, now: Self.now) == [.setPaused(true)])
    lifecycle.initializing(
      deploymentID: UniqueID(high: 3, low: 4), log: LogID(UniqueID(high: 5, low: 6)), now: Self.now)
    #expect(lifecycle.descriptor.deployment.bootstrap == nil)
    #expect(lifecycle.descriptor.deployment.combinedStatus == "Initializing")
    #expect(lifecycle.stop(force: true, now: Self.now) == [.undeploy(checkpoint: false)])
  }

  @Test("a panic goes through Stopping with its error, and must be dismissed or started over")
  func panic() throws {
    var lifecycle = try Self.running()
    let error = DeploymentError(code: .workerPanic, message: "divide")
    lifecycle.stopping(error: error, now: Self.now)
    lifecycle.stopped(error: error, checkpoints: [], now: Self.now)
    #expect(lifecycle.descriptor.deployment.error == error)
    var options = StartOptions()
    options.dismissError = false
    #expect(Self.code { _ = try lifecycle.start(options, now: Self.now) } == .cannotStartWithUndismissedError)
    try lifecycle.dismissError(now: Self.now)
    #expect(lifecycle.descriptor.deployment.error == nil)
    #expect(lifecycle.descriptor.deployment.dismissals == 1, "the consent to dead letters")
    try lifecycle.dismissError(now: Self.now)
    #expect(lifecycle.descriptor.deployment.dismissals == 1, "there was no error to dismiss")
    #expect(try lifecycle.start(options, now: Self.now) == [.deploy])
  }

  @Test("a start from a checkpoint names one that is kept")
  func fromCheckpoint() throws {
    var lifecycle = try Self.running()
    let known = UniqueID.version7(clock: SystemClock(), random: SystemRandom())
    let kept = CheckpointSummary(
      id: known, fingerprint: "", sizeBytes: 0, steps: .zero, processedRecords: 0)
    lifecycle.stopping(error: nil, now: Self.now)
    lifecycle.stopped(error: nil, checkpoints: [kept], now: Self.now)
    var options = StartOptions()
    options.fromCheckpoint = UniqueID.version7(clock: SystemClock(), random: SystemRandom())
    #expect(Self.code { _ = try lifecycle.start(options, now: Self.now) } == .invalidParam)
    var cut = StartOptions()
    cut.discardsLater = true
    #expect(Self.code { _ = try lifecycle.start(cut, now: Self.now) } == .invalidParam, "it names no checkpoint")
    options.fromCheckpoint = known
    #expect(try lifecycle.start(options, now: Self.now) == [.deploy])
    // A start that is under way is not silently taken for a rewind.
    cut.fromCheckpoint = known
    #expect(Self.code { _ = try lifecycle.start(cut, now: Self.now) } == .illegalPipelineAction)
    #expect(try lifecycle.start(options, now: Self.now) == [])
  }

  @Test("start is repeatable with the same parameters only")
  func repeatedStart() throws {
    var lifecycle = try Self.running()
    #expect(try lifecycle.start(StartOptions(), now: Self.now) == [])
    var paused = StartOptions()
    paused.initial = .paused
    #expect(Self.code { _ = try lifecycle.start(paused, now: Self.now) } == .initialImmutableUnlessStopped)
    var policy = StartOptions()
    policy.bootstrapPolicy = "allow"
    #expect(
      Self.code { _ = try lifecycle.start(policy, now: Self.now) } == .bootstrapPolicyImmutableUnlessStopped)
    paused.initial = .standby
    #expect(Self.code { _ = try lifecycle.start(paused, now: Self.now) } == .initialStandbyNotAllowed)
  }

  @Test("a start before the compilation deploys when it succeeds, and is withdrawn when it fails")
  func startBeforeCompiled() throws {
    var good = Self.fresh()
    #expect(try good.start(StartOptions(), now: Self.now) == [])
    #expect(Self.compile(&good) == [.deploy])
    var bad = Self.fresh()
    _ = try bad.start(StartOptions(), now: Self.now)
    _ = bad.compiled(to: .sqlError, version: 1, diagnostics: [], program: nil, now: Self.now)
    #expect(bad.descriptor.deployment.desiredResources == .stopped)
    #expect(bad.descriptor.deployment.error != nil)
    #expect(
      Self.code { _ = try bad.start(StartOptions(), now: Self.now) } == .cannotStartWithCompilationError)
  }

  @Test("what a running or uncleared pipeline forbids")
  func restrictions() throws {
    var lifecycle = try Self.running()
    var definition = lifecycle.descriptor.definition
    definition.programCode = "x"
    #expect(Self.code { _ = try lifecycle.edit(definition, now: Self.now) } == .updateRestrictedToStopped)
    #expect(Self.code { try lifecycle.checkDeletable() } == .deleteRestrictedToFullyStopped)
    #expect(Self.code { _ = try lifecycle.clear(now: Self.now) } == .storageStatusImmutableUnlessStopped)
    _ = lifecycle.stop(force: true, now: Self.now)
    lifecycle.stopping(error: nil, now: Self.now)
    #expect(Self.code { _ = try lifecycle.start(StartOptions(), now: Self.now) } == .illegalPipelineAction)
    lifecycle.stopped(error: nil, checkpoints: [], now: Self.now)
    #expect(Self.code { try lifecycle.checkDeletable() } == .deleteRestrictedToClearedStorage)
    #expect(Self.code { _ = try lifecycle.setPaused(true, now: Self.now) } == .pipelineInteractionNotDeployed)
    definition = lifecycle.descriptor.definition
    definition.runtimeConfig.restricted = [RestrictedSetting(path: "runtime_config.workers", json: "3")]
    #expect(
      Self.code { _ = try lifecycle.edit(definition, now: Self.now) } == .editRestrictedToClearedStorage)
    #expect(try lifecycle.clear(now: Self.now) == [.clearStorage])
    #expect(
      Self.code { _ = try lifecycle.start(StartOptions(), now: Self.now) } == .cannotStartWhileClearingStorage
    )
    lifecycle.cleared(now: Self.now)
    try lifecycle.checkDeletable()
    #expect(try lifecycle.edit(definition, now: Self.now) == [.compile(programVersion: 1)])
  }

  @Test("a graceful stop asks for a checkpoint, a second forced stop overtakes it")
  func stops() throws {
    var lifecycle = try Self.running()
    #expect(lifecycle.stop(force: false, now: Self.now) == [.undeploy(checkpoint: true)])
    #expect(lifecycle.descriptor.deployment.desiredRuntime == .suspended)
    #expect(lifecycle.stop(force: true, now: Self.now) == [.undeploy(checkpoint: false)])
    lifecycle.stopping(error: nil, now: Self.now)
    lifecycle.stopped(error: nil, checkpoints: [], now: Self.now)
    #expect(lifecycle.stop(force: true, now: Self.now) == [])
  }
}
