import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Starting and stopping.
enum LifecycleRoutes {
  private enum BootstrapPolicy: String, CaseIterable {
    case awaitApproval = "await_approval"
    case allow, reject
  }

  static let start: Route.Handler = { call in
    try await call.directory.start(call.pipelineName, options: try startOptions(call.query))
    return Answer.empty(.accepted)
  }

  private static func startOptions(_ query: QueryParameters) throws(PipelineError) -> StartOptions {
    var options = StartOptions()
    if let text = query["initial"] {
      guard let initial = StartOptions.Initial(rawValue: text) else {
        throw PipelineError(
          .unsupportedPipelineAction, "'initial' must be running, paused or standby, not '\(text)'")
      }
      options.initial = initial
    }
    let policy: BootstrapPolicy = try query.choice("bootstrap_policy", default: .awaitApproval)
    options.bootstrapPolicy = policy.rawValue
    options.silentBootstrap = try query.flag("silent_bootstrap", default: false)
    options.concurrentBootstrap = try query.flag("concurrent_bootstrap", default: false)
    options.dismissError = try query.flag("dismiss_error", default: true)
    if let text = query["from_checkpoint"] {
      guard let id = UniqueID(text) else {
        throw PipelineError(
          .invalidParam, "'from_checkpoint' must be the UUID of a checkpoint, not '\(text.prefix(100))'")
      }
      options.fromCheckpoint = id
    }
    options.discardsLater = try query.flag("discard", default: false)
    guard !options.silentBootstrap || !options.concurrentBootstrap else {
      throw PipelineError(
        .invalidBootstrapConfig, "silent_bootstrap and concurrent_bootstrap exclude each other")
    }
    return options
  }

  static let pause: Route.Handler = { call in
    try await call.directory.pause(call.pipelineName)
    return Answer.empty(.accepted)
  }

  static let resume: Route.Handler = { call in
    try await call.directory.resume(call.pipelineName)
    return Answer.empty(.accepted)
  }

  static let stop: Route.Handler = { call in
    let force = try call.query.flag("force", default: false)
    try await call.directory.stop(call.pipelineName, force: force)
    return Answer.empty(.accepted)
  }

  static let clear: Route.Handler = { call in
    try await call.directory.clear(call.pipelineName)
    return Answer.empty(.accepted)
  }

  static let dismissError: Route.Handler = { call in
    try await call.directory.dismissError(call.pipelineName)
    return Answer.empty(.ok)
  }

  /// No pipeline can be in standby here, so there is never one to activate.
  static let activate: Route.Handler = { call in
    _ = try await call.directory.descriptor(call.pipelineName)
    throw PipelineError(.illegalPipelineAction, "pipeline '\(call.pipelineName)' is not in standby")
  }

  static let approve: Route.Handler = { call in
    try await call.directory.approve(
      call.pipelineName, silent: try call.query.flag("silent_bootstrap", default: false),
      concurrent: try call.query.flag("concurrent_bootstrap", default: false))
    return Answer.empty(.ok)
  }

  /// Body: `program_code`, and `runtime_version`, which is passed over.
  static let diff: Route.Handler = { call in
    let json = try await call.json()
    let code: String?
    switch json["program_code"] {
    case nil, .null?: code = nil
    case .string(let text)?: code = text
    default: throw PipelineError(.invalidBody, "'program_code' must be a text")
    }
    return Answer.json(try await call.directory.diff(call.pipelineName, program: code).json)
  }
}
