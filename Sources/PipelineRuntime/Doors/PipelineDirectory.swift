
package import PipelineModel
package import SQLFrontend

/// All pipelines of a server: what the management calls of the faces may ask.
///
/// Names are raw path text: an invalid or unknown one throws `unknownPipelineName` (create: the name codes).
package protocol PipelineDirectory: Sendable {
  func create(_ definition: PipelineDefinition) async throws(PipelineError) -> PipelineDescriptor
  func list() async -> [PipelineDescriptor]
  func descriptor(_ name: String) async throws(PipelineError) -> PipelineDescriptor
  /// Creates or replaces; true when created.
  func replace(
    _ name: String, with definition: PipelineDefinition
  ) async throws(PipelineError) -> (PipelineDescriptor, created: Bool)
  func patch(_ name: String, with patch: PipelinePatch) async throws(PipelineError) -> PipelineDescriptor
  func delete(_ name: String) async throws(PipelineError)

  func start(_ name: String, options: StartOptions) async throws(PipelineError)
  func pause(_ name: String) async throws(PipelineError)
  func resume(_ name: String) async throws(PipelineError)
  func stop(_ name: String, force: Bool) async throws(PipelineError)
  func clear(_ name: String) async throws(PipelineError)
  func dismissError(_ name: String) async throws(PipelineError)
  /// Allows the change of a pipeline that awaits approval. Errors: `illegalPipelineAction`, `invalidBootstrapConfig`.
  func approve(_ name: String, silent: Bool, concurrent: Bool) async throws(PipelineError)
  /// What a program, nil for the pipeline's own, changes for the stored state; as approval would show it. Errors:
  /// `invalidNewProgramSql`, `programNotCompiled`, `bootstrapNotAllowed` when there is no state.
  func diff(_ name: String, program: String?) async throws(PipelineError) -> ApprovalDiff

  /// Copies the whole data directory while pipelines run. Errors: `invalidParam`, `duplicateName`, `storageFailure`.
  func backUp(_ name: String) async throws(PipelineError) -> BackupReport

  /// Status events of a pipeline, newest first.
  func events(_ name: String) async throws(PipelineError) -> [PipelineEvent]
  /// Lines of the pipeline's log kept in memory, oldest first; also of a stopped pipeline.
  func logLines(_ name: String) async throws(PipelineError) -> [String]

  /// The deployed pipeline, for the data calls; synchronous and cheap (a lock and a look-up).
  /// Throws `unknownPipelineName`, `pipelineInteractionNotDeployed`, `initializing` (also while replaying).
  func deployed(_ name: String) throws(PipelineError) -> any DeployedPipeline
}

/// A pipeline as the user defines it.
package struct PipelineDefinition: Sendable {
  package var name: String
  package var description: String
  package var tags: [String]
  package var runtimeConfig: RuntimeConfig
  package var programCode: String
  package var udfRust: String
  package var udfToml: String
  package var programConfig: ProgramConfig

  package init(name: String, programCode: String) {
    self.name = name
    self.programCode = programCode
    description = ""
    tags = []
    runtimeConfig = RuntimeConfig()
    udfRust = ""
    udfToml = ""
    programConfig = ProgramConfig()
  }
}

/// Present fields replace; nil leaves as it is.
package struct PipelinePatch: Sendable {
  package var name: String?
  package var description: String?
  package var tags: [String]?
  package var runtimeConfig: RuntimeConfig?
  package var programCode: String?
  package var udfRust: String?
  package var udfToml: String?
  package var programConfig: ProgramConfig?

  package init() {}
}

package struct StartOptions: Sendable {
  package enum Initial: String, Sendable { case running, paused, standby }

  package var initial: Initial = .running
  /// `await_approval`, `allow` or `reject`.
  package var bootstrapPolicy: String = "await_approval"
  package var silentBootstrap = false
  package var concurrentBootstrap = false
  package var dismissError = true
  /// Restore this checkpoint instead of the newest, and take the journaled steps after it again.
  package var fromCheckpoint: UniqueID?
  /// The log behind that checkpoint is cut instead: its records are lost.
  package var discardsLater = false

  package init() {}
}

/// Everything the faces show of a pipeline, one consistent reading.
package struct PipelineDescriptor: Sendable {
  package struct Counters: Sendable, Hashable {
    package var version: Int64 = 1
    package var programVersion: Int64 = 1
    package var refreshVersion: Int64 = 1
    package init() {}
  }

  package var id: PipelineID
  package var definition: PipelineDefinition
  package var createdAt: WallTime
  package var counters: Counters
  package var program: ProgramState
  package var deployment: DeploymentState
  package var storage: StorageState

  package init(
    id: PipelineID, definition: PipelineDefinition, createdAt: WallTime, counters: Counters,
    program: ProgramState,
    deployment: DeploymentState, storage: StorageState
  ) {
    self.id = id
    self.definition = definition
    self.createdAt = createdAt
    self.counters = counters
    self.program = program
    self.deployment = deployment
    self.storage = storage
  }
}

/// Where the compilation stands.
package struct ProgramState: Sendable {
  /// Raw values are those of `program_status`.
  package enum Status: String, Sendable {
    case pending = "Pending"
    case compilingSql = "CompilingSql"
    case sqlCompiled = "SqlCompiled"
    case compilingRust = "CompilingRust"
    case success = "Success"
    case sqlError = "SqlError"
    case rustError = "RustError"
    case systemError = "SystemError"
  }

  package var status: Status
  package var since: WallTime
  /// Errors and warnings of the SQL compiler; nil before it ran.
  package var diagnostics: [SQLDiagnostic]?
  /// The compiled program; nil until SqlCompiled.
  package var compiled: Program?

  package init(status: Status, since: WallTime, diagnostics: [SQLDiagnostic]? = nil, compiled: Program? = nil)
  {
    self.status = status
    self.since = since
    self.diagnostics = diagnostics
    self.compiled = compiled
  }
}

/// Where the deployment stands; strings are the dialect's.
package struct DeploymentState: Sendable {
  package enum Resources: String, Sendable {
    case stopped = "Stopped"
    case provisioning = "Provisioning"
    case provisioned = "Provisioned"
    case stopping = "Stopping"
  }
  package enum Runtime: String, Sendable {
    case initializing = "Initializing"
    case replaying = "Replaying"
    /// The program has changed, and somebody has to allow that.
    case awaitingApproval = "AwaitingApproval"
    /// New and changed views are computed.
    case bootstrapping = "Bootstrapping"
    case paused = "Paused"
    case running = "Running"
    case suspended = "Suspended"
  }

  package var resources: Resources = .stopped
  package var resourcesSince: WallTime
  package var desiredResources: Resources = .stopped
  package var desiredResourcesSince: WallTime
  /// Non-nil exactly while provisioned.
  package var runtime: Runtime?
  package var runtimeSince: WallTime
  package var desiredRuntime: Runtime?
  package var desiredRuntimeSince: WallTime
  package var error: DeploymentError?
  package var deploymentID: UniqueID?
  package var initial: StartOptions?
  /// What awaits approval.
  package var approvalDiff: ApprovalDiff?
  /// How far the computation of changed views is, while bootstrapping.
  package var bootstrap: BootstrapProgress?
  /// The change of the program was allowed after this start.
  package var isApproved = false
  /// Errors that were dismissed so far: one after a failed step is the consent to dead letters.
  package var dismissals: UInt64 = 0
  /// `connector_stats.num_errors` while provisioned.
  package var connectorErrors: UInt64 = 0

  package init(at time: WallTime) {
    resourcesSince = time
    desiredResourcesSince = time
    runtimeSince = time
    desiredRuntimeSince = time
  }
}

package struct DeploymentError: Hashable, Sendable {
  package let code: ErrorCode
  package let message: String
  /// JSON text.
  package let details: String
  package init(code: ErrorCode, message: String, details: String = "{}") {
    self.code = code
    self.message = message
    self.details = details
  }
}

package struct StorageState: Sendable {
  package enum Status: String, Sendable {
    case cleared = "Cleared"
    case inUse = "InUse"
    case clearing = "Clearing"
  }
  package var status: Status
  /// Kept checkpoints; nil when cleared.
  package var checkpoints: [CheckpointSummary]?
  /// The log that the storage held when it was last opened; nil before the first start.
  package var log: LogID?

  package init(status: Status, checkpoints: [CheckpointSummary]? = nil) {
    self.status = status
    self.checkpoints = checkpoints
  }
}

package struct CheckpointSummary: Sendable, Hashable {
  package let id: UniqueID
  /// Hexadecimal fingerprint of the program.
  package let fingerprint: String
  package let sizeBytes: UInt64
  package let steps: StepCount
  package let processedRecords: UInt64
  package init(
    id: UniqueID, fingerprint: String, sizeBytes: UInt64, steps: StepCount, processedRecords: UInt64
  ) {
    self.id = id
    self.fingerprint = fingerprint
    self.sizeBytes = sizeBytes
    self.steps = steps
    self.processedRecords = processedRecords
  }
}

/// One recorded change of a pipeline's status.
package struct PipelineEvent: Sendable {
  package let id: UniqueID
  package let recordedAt: WallTime
  package let programStatus: ProgramState.Status
  package let deployment: DeploymentState
  package let storage: StorageState
  package init(
    id: UniqueID, recordedAt: WallTime, programStatus: ProgramState.Status, deployment: DeploymentState,
    storage: StorageState
  ) {
    self.id = id
    self.recordedAt = recordedAt
    self.programStatus = programStatus
    self.deployment = deployment
    self.storage = storage
  }
}
