import Foundation
import PipelineModel

/// The durable row of a pipeline in the server's catalog: JSON, keyed by pipeline id.
///
/// Holds what must survive a restart of the server; where the deployment stands right now is not kept, only
/// what was
/// desired, so that the pipeline comes back by itself.
struct PipelineRecord: Codable, Sendable {
  var formatVersion = 1
  var id: String
  var name: String
  var description: String
  var tags: [String]
  var runtimeConfigJSON: String
  var checkpointIntervalSeconds: Int?
  /// Nil in rows of older servers.
  var workers: Int?
  var minBatchSizeRecords: Int
  var maxBufferingDelayMicroseconds: Int
  /// Nil in rows of older servers.
  var clockResolutionMicroseconds: Int64?
  var storageMegabytesMax: Int?
  var memoryMegabytesMax: Int?
  var minStorageBytes: Int?
  var cacheMebibytes: Int?
  var storageEnabled: Bool
  var restricted: [Setting]
  var programCode: String
  var udfRust: String
  var udfToml: String
  var programConfigJSON: String
  var createdAtMicroseconds: Int64
  var version: Int64
  var programVersion: Int64
  var refreshVersion: Int64
  var desiredProvisioned: Bool
  var desiredPaused: Bool
  var bootstrapPolicy: String?
  var storageInUse: Bool
  var checkpoints: [Checkpoint]
  var logID: String?
  var errorCode: String?
  var errorMessage: String?
  var errorDetails: String?
  /// Nil in rows of older servers, as the next.
  var dismissals: UInt64?
  var onRowError: String?
  var logRetention: LogRetentionRule?

  struct Setting: Codable, Sendable {
    var path: String
    var json: String
  }

  struct Checkpoint: Codable, Sendable {
    var id: String
    var fingerprint: String
    var sizeBytes: UInt64
    var steps: UInt64
    var processedRecords: UInt64
  }

  init(_ descriptor: PipelineDescriptor) {
    let definition = descriptor.definition
    id = descriptor.id.description
    name = definition.name
    description = definition.description
    tags = definition.tags
    runtimeConfigJSON = definition.runtimeConfig.json
    checkpointIntervalSeconds = definition.runtimeConfig.checkpointIntervalSeconds
    workers = definition.runtimeConfig.workers
    minBatchSizeRecords = definition.runtimeConfig.minBatchSizeRecords
    maxBufferingDelayMicroseconds = definition.runtimeConfig.maxBufferingDelayMicroseconds
    clockResolutionMicroseconds = definition.runtimeConfig.clockResolutionMicroseconds
    storageMegabytesMax = definition.runtimeConfig.storageMegabytesMax
    memoryMegabytesMax = definition.runtimeConfig.memoryMegabytesMax
    minStorageBytes = definition.runtimeConfig.minStorageBytes
    cacheMebibytes = definition.runtimeConfig.cacheMebibytes
    storageEnabled = definition.runtimeConfig.storageEnabled
    restricted = definition.runtimeConfig.restricted.map { Setting(path: $0.path, json: $0.json) }
    programCode = definition.programCode
    udfRust = definition.udfRust
    udfToml = definition.udfToml
    programConfigJSON = definition.programConfig.json
    createdAtMicroseconds = descriptor.createdAt.microseconds
    version = descriptor.counters.version
    programVersion = descriptor.counters.programVersion
    refreshVersion = descriptor.counters.refreshVersion
    desiredProvisioned = descriptor.deployment.desiredResources == .provisioned
    desiredPaused = descriptor.deployment.desiredRuntime == .paused
    bootstrapPolicy = descriptor.deployment.initial?.bootstrapPolicy
    storageInUse = descriptor.storage.status != .cleared
    checkpoints = (descriptor.storage.checkpoints ?? []).map {
      Checkpoint(
        id: $0.id.description, fingerprint: $0.fingerprint, sizeBytes: $0.sizeBytes, steps: $0.steps.rawValue,
        processedRecords: $0.processedRecords)
    }
    logID = descriptor.storage.log?.value.description
    errorCode = descriptor.deployment.error?.code.rawValue
    errorMessage = descriptor.deployment.error?.message
    errorDetails = descriptor.deployment.error?.details
    dismissals = descriptor.deployment.dismissals
    onRowError = definition.runtimeConfig.onRowError
    logRetention = definition.runtimeConfig.logRetention
  }

  /// The descriptor of a pipeline that is stopped and not compiled yet; nil when the row is not well formed.
  func descriptor(now: WallTime) -> PipelineDescriptor? {
    guard formatVersion == 1, let uuid = UniqueID(id) else { return nil }
    var definition = PipelineDefinition(name: name, programCode: programCode)
    definition.description = description
    definition.tags = tags
    definition.runtimeConfig.json = runtimeConfigJSON
    definition.runtimeConfig.checkpointIntervalSeconds = checkpointIntervalSeconds
    definition.runtimeConfig.workers = workers ?? 8
    definition.runtimeConfig.minBatchSizeRecords = minBatchSizeRecords
    definition.runtimeConfig.maxBufferingDelayMicroseconds = maxBufferingDelayMicroseconds
    definition.runtimeConfig.clockResolutionMicroseconds = clockResolutionMicroseconds ?? 1_000_000
    definition.runtimeConfig.storageMegabytesMax = storageMegabytesMax
    definition.runtimeConfig.memoryMegabytesMax = memoryMegabytesMax
    definition.runtimeConfig.minStorageBytes = minStorageBytes
    definition.runtimeConfig.cacheMebibytes = cacheMebibytes
    definition.runtimeConfig.storageEnabled = storageEnabled
    definition.runtimeConfig.onRowError = onRowError ?? definition.runtimeConfig.onRowError
    definition.runtimeConfig.logRetention = logRetention
    definition.runtimeConfig.restricted = restricted.map { RestrictedSetting(path: $0.path, json: $0.json) }
    definition.udfRust = udfRust
    definition.udfToml = udfToml
    definition.programConfig.json = programConfigJSON
    var counters = PipelineDescriptor.Counters()
    counters.version = version
    counters.programVersion = programVersion
    counters.refreshVersion = refreshVersion
    var deployment = DeploymentState(at: now)
    deployment.dismissals = dismissals ?? 0
    if let errorCode, let code = ErrorCode(rawValue: errorCode) {
      deployment.error = DeploymentError(
        code: code, message: errorMessage ?? "", details: errorDetails ?? "{}")
    }
    let kept = checkpoints.compactMap { row in
      UniqueID(row.id).map {
        CheckpointSummary(
          id: $0, fingerprint: row.fingerprint, sizeBytes: row.sizeBytes, steps: StepCount(row.steps),
          processedRecords: row.processedRecords)
      }
    }
    var storage = StorageState(status: .cleared)
    if storageInUse {
      storage = StorageState(status: .inUse, checkpoints: kept)
      storage.log = logID.flatMap { UniqueID($0) }.map { LogID($0) }
    }
    return PipelineDescriptor(
      id: PipelineID(uuid), definition: definition, createdAt: WallTime(microseconds: createdAtMicroseconds),
      counters: counters, program: ProgramState(status: .pending, since: now), deployment: deployment,
      storage: storage)
  }
}
