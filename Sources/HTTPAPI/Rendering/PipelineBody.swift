import PipelineModel
import PipelineRuntime
import WireTypes

/// A pipeline as a JSON object.
enum PipelineBody {
  typealias Member = @Sendable (PipelineDescriptor) -> JSONValue

  /// Left out of the answers to POST, PUT and PATCH.
  static let bootstrapKeys: Set<String> = ["bootstrap_policy", "silent_bootstrap", "concurrent_bootstrap"]

  static func render(_ descriptor: PipelineDescriptor, keys: [String], product: ProductFacts) -> JSONValue {
    .object(
      keys.map { key in
        JSONMember(
          key, key == "platform_version" ? .string(product.version) : members[key]?(descriptor) ?? .null)
      })
  }

  /// How each key but `platform_version` is found.
  static let members: [String: Member] =
    definitionMembers.merging(deploymentMembers) { first, _ in first }.merging(stateMembers) { first, _ in
      first
    }

  private static let definitionMembers: [String: Member] = [
    "id": { .string($0.id.description) },
    "name": { .string($0.definition.name) },
    "description": { .string($0.definition.description) },
    "tags": { .array($0.definition.tags.map { .string($0) }) },
    "created_at": { .string($0.createdAt.rfc3339) },
    "version": { .integer($0.counters.version) },
    "runtime_config": { runtimeConfig($0.definition.runtimeConfig) },
    "program_code": { .string($0.definition.programCode) },
    "udf_rust": { .string($0.definition.udfRust) },
    "udf_toml": { .string($0.definition.udfToml) },
    "program_config": { programConfig($0.definition.programConfig) },
    "program_version": { .integer($0.counters.programVersion) },
    "program_status": { .string($0.program.status.rawValue) },
    "program_status_since": { .string($0.program.since.rfc3339) },
    "program_error": { ProgramErrors.render($0.program) },
    "program_info": { $0.program.compiled.map(ProgramInfo.render) ?? .null },
    "refresh_version": { .integer($0.counters.refreshVersion) },
  ]

  private static let stateMembers: [String: Member] = [
    "deployment_status": { .string($0.deployment.combinedStatus) },
    "deployment_status_since": { .string($0.deployment.combinedSince.rfc3339) },
    "deployment_desired_status": { .string($0.deployment.combinedDesired) },
    "deployment_desired_status_since": { .string($0.deployment.combinedDesiredSince.rfc3339) },
    "deployment_error": { error($0.deployment.error) },
    "storage_status": { .string($0.storage.status.rawValue) },
    "storage_status_details": { storageDetails($0.storage) },
    "deployment_id": { .text($0.deployment.deploymentID?.description) },
    "deployment_initial": { .text($0.deployment.initial?.initial.rawValue.capitalizedFirst) },
    "bootstrap_policy": { .text($0.deployment.initial?.bootstrapPolicy) },
    "silent_bootstrap": { $0.deployment.initial.map { .bool($0.silentBootstrap) } ?? .null },
    "concurrent_bootstrap": { $0.deployment.initial.map { .bool($0.concurrentBootstrap) } ?? .null },
    "connectors": { connectors($0.deployment) },
  ]

  private static let deploymentMembers: [String: Member] = [
    "deployment_resources_status": { .string($0.deployment.resources.rawValue) },
    "deployment_resources_status_details": { _ in .null },
    "deployment_resources_status_since": { .string($0.deployment.resourcesSince.rfc3339) },
    "deployment_resources_desired_status": { .string($0.deployment.desiredResources.rawValue) },
    "deployment_resources_desired_status_since": { .string($0.deployment.desiredResourcesSince.rfc3339) },
    "deployment_runtime_status": { .text($0.deployment.runtime?.rawValue) },
    "deployment_runtime_status_details": { runtimeDetails($0.deployment) },
    "deployment_runtime_status_since": { deployment in
      deployment.deployment.runtime == nil ? .null : .string(deployment.deployment.runtimeSince.rfc3339)
    },
    "deployment_runtime_desired_status": { .text($0.deployment.desiredRuntime?.rawValue) },
    "deployment_runtime_desired_status_since": { deployment in
      deployment.deployment.desiredRuntime == nil
        ? .null : .string(deployment.deployment.desiredRuntimeSince.rfc3339)
    },
  ]

  // MARK: Parts shared with events

  static func error(_ error: DeploymentError?) -> JSONValue {
    guard let error else { return .null }
    return ErrorBody(
      message: error.message, errorCode: error.code.rawValue,
      details: (try? JSONValue(parsing: error.details)) ?? .emptyObject
    ).json
  }

  static func runtimeDetails(_ deployment: DeploymentState) -> JSONValue {
    guard deployment.runtime != nil else { return .null }
    if deployment.runtime == .bootstrapping, let progress = deployment.bootstrap {
      return [
        "bootstrap": [
          "rows_done": .integer(progress.rowsDone), "rows_total": .integer(progress.rowsTotal),
          "records_done": .integer(progress.recordsDone), "records_total": .integer(progress.recordsTotal),
          "waiting": .bool(progress.isWaiting),
        ]
      ]
    }
    if let diff = deployment.approvalDiff { return ["approval_diff": diff.json] }
    return ["connector_stats": ["num_errors": .integer(deployment.connectorErrors)]]
  }

  static func storageDetails(_ storage: StorageState) -> JSONValue {
    guard storage.status != .cleared else { return .null }
    return ["checkpoints": .array((storage.checkpoints ?? []).map(checkpoint))]
  }

  static func checkpoint(_ checkpoint: CheckpointSummary) -> JSONValue {
    [
      "uuid": .string(checkpoint.id.description), "identifier": nil,
      "fingerprint": .string(checkpoint.fingerprint),
      "size": .integer(checkpoint.sizeBytes), "steps": .integer(checkpoint.steps.rawValue),
      "processed_records": .integer(checkpoint.processedRecords),
    ]
  }

  private static func connectors(_ deployment: DeploymentState) -> JSONValue {
    deployment.runtime == nil ? .null : ["num_errors": .integer(deployment.connectorErrors)]
  }

  /// The stored text, or the defaults where a definition never had one.
  private static func runtimeConfig(_ config: RuntimeConfig) -> JSONValue {
    (try? JSONValue(parsing: config.json)) ?? (try? RuntimeConfigBody(json: .null).json) ?? .emptyObject
  }

  private static func programConfig(_ config: ProgramConfig) -> JSONValue {
    (try? JSONValue(parsing: config.json)) ?? (try? ProgramConfigBody(json: .null).json) ?? .emptyObject
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
