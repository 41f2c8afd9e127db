import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes

/// Creating, reading, changing and deleting pipelines.
enum PipelineRoutes {
  static let list: Route.Handler = { call in
    let selector: PipelineSelector = try call.query.choice("selector", default: .all)
    let descriptors = await call.directory.list()
    return Answer.json(
      .array(
        descriptors.map { PipelineBody.render($0, keys: selector.keys, product: call.environment.product) }))
  }

  static let get: Route.Handler = { call in
    let selector: PipelineSelector = try call.query.choice("selector", default: .all)
    let descriptor = try await call.directory.descriptor(call.pipelineName)
    return Answer.json(
      PipelineBody.render(descriptor, keys: selector.keys, product: call.environment.product))
  }

  static let create: Route.Handler = { call in
    let definition = try await definition(call)
    let descriptor = try await call.directory.create(definition)
    return answer(descriptor, call, status: .created)
  }

  static let replace: Route.Handler = { call in
    let definition = try await definition(call)
    let (descriptor, created) = try await call.directory.replace(call.pipelineName, with: definition)
    return answer(descriptor, call, status: created ? .created : .ok)
  }

  static let patch: Route.Handler = { call in
    let fields = try await fields(call)
    var patch = PipelinePatch()
    patch.name = fields.name
    patch.description = fields.description
    patch.tags = fields.tags
    patch.runtimeConfig = fields.runtimeConfig?.runtimeConfig
    patch.programCode = fields.programCode
    patch.udfRust = fields.udfRust
    patch.udfToml = fields.udfToml
    patch.programConfig = fields.programConfig?.programConfig
    return answer(try await call.directory.patch(call.pipelineName, with: patch), call, status: .ok)
  }

  static let delete: Route.Handler = { call in
    try await call.directory.delete(call.pipelineName)
    return Answer.empty(.ok)
  }

  /// There is one platform version, that of this server, so a stopped pipeline is always up to date.
  static let updateRuntime: Route.Handler = { call in
    let deployment = try await call.directory.descriptor(call.pipelineName).deployment
    guard deployment.resources == .stopped, deployment.desiredResources == .stopped else {
      throw PipelineError(
        .updateRestrictedToStopped,
        "the runtime of pipeline '\(call.pipelineName)' is updated only while stopped")
    }
    return Answer.empty(.ok)
  }

  private static func answer(
    _ descriptor: PipelineDescriptor, _ call: APICall, status: HTTPResponse.Status
  ) -> Response {
    let keys = PipelineSelector.all.keys.filter { !PipelineBody.bootstrapKeys.contains($0) }
    return Answer.json(
      PipelineBody.render(descriptor, keys: keys, product: call.environment.product), status: status)
  }

  private static func fields(_ call: APICall) async throws -> PipelineFields {
    let json = try await call.json()
    let fields: PipelineFields
    do { fields = try PipelineFields(json: json) } catch { throw PipelineError(error) }
    if let code = fields.programCode, code.utf8.count > Limits.sqlTextBytesMax {
      throw PipelineError(.bodyTooLarge, "the program has more than \(Limits.sqlTextBytesMax) bytes")
    }
    return fields
  }

  /// A whole definition: what the body leaves out has its default.
  private static func definition(_ call: APICall) async throws -> PipelineDefinition {
    let fields = try await fields(call)
    guard let name = fields.name else { throw PipelineError(.invalidBody, "'name' is missing") }
    guard let code = fields.programCode else {
      throw PipelineError(.invalidBody, "'program_code' is missing")
    }
    var definition = PipelineDefinition(name: name, programCode: code)
    definition.description = fields.description ?? ""
    definition.tags = fields.tags ?? []
    definition.udfRust = fields.udfRust ?? ""
    definition.udfToml = fields.udfToml ?? ""
    do throws(ConfigurationFault) {
      let (runtime, program) = (try RuntimeConfigBody(json: .null), try ProgramConfigBody(json: .null))
      definition.runtimeConfig = (fields.runtimeConfig ?? runtime).runtimeConfig
      definition.programConfig = (fields.programConfig ?? program).programConfig
    } catch { throw PipelineError(.internalError, "default configuration: \(error.path) \(error.message)") }
    return definition
  }
}

extension PipelineError {
  init(_ fault: PipelineFields.Fault) {
    switch fault {
    case .body(let message): self.init(.invalidBody, message)
    case .runtimeConfig(let fault): self.init(.invalidRuntimeConfig, "`\(fault.path)` \(fault.message)")
    case .programConfig(let fault): self.init(.invalidProgramConfig, "`\(fault.path)` \(fault.message)")
    }
  }
}

extension RuntimeConfigBody {
  var runtimeConfig: RuntimeConfig {
    var config = RuntimeConfig()
    config.json = json.encoded
    config.checkpointIntervalSeconds = checkpointIntervalSeconds
    config.workers = workers
    config.minBatchSizeRecords = minBatchSizeRecords
    config.maxBufferingDelayMicroseconds = maxBufferingDelayMicroseconds
    config.clockResolutionMicroseconds = clockResolutionMicroseconds
    config.storageMegabytesMax = storageMegabytesMax
    config.storageEnabled = storageEnabled
    config.onRowError = onRowError
    config.logRetention = logRetention
    config.memoryMegabytesMax = memoryMegabytesMax
    config.minStorageBytes = minStorageBytes
    config.cacheMebibytes = cacheMebibytes
    config.restricted = restricted.map { RestrictedSetting(path: $0.path, json: $0.json) }
    return config
  }
}

extension ProgramConfigBody {
  var programConfig: ProgramConfig {
    var config = ProgramConfig()
    config.json = json.encoded
    return config
  }
}
