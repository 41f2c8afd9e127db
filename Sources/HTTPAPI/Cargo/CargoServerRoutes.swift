import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes
import Workflows

/// What the server offers to clients of the cargo dialect.
enum CargoServerRoutes {
  static let models = CargoFailure.answering { call in
    let registry = call.environment.work.settings.providers
    let models = registry.entries.flatMap { entry in
      names(entry.configuration).map { (name: $0, provider: entry.configuration) }
    }
    return Answer.json([
      "models": .array(
        models.map { model in
          [
            "model_id": .string(model.name),
            "description": .string(
              "Answered by the provider '\(model.provider.name)' (\(model.provider.kind.rawValue))"),
            "model_family": .string(model.provider.name), "available_for_anthropic": false,
            "available_for_bedrock": false, "bedrock_regions": [], "deprecated": false,
          ]
        }),
      "current_provider": .string(registry.defaultName), "current_region": nil,
      "available_models": .array(models.map { .string($0.name) }),
    ])
  }

  /// What a cargo may name: the models of a provider, or itself.
  private static func names(_ provider: ProviderConfiguration) -> [String] {
    provider.models.isEmpty ? [provider.name] : provider.models
  }

  static func modelNames(_ registry: ProviderRegistry) -> [String] {
    registry.entries.flatMap { names($0.configuration) }
  }

  /// `ok` when every face serves: the pipelines' and, once there is work, that of the other three.
  static let health = CargoFailure.answering { call in
    if call.environment.isDraining {
      throw CargoFailure(WorkError(.unavailable, "the server stops"))
    }
    do throws(PipelineError) { _ = try await call.directory.descriptor(WorkProgram.name) } catch {
      // Made when the first work comes.
      if error.code == .unknownPipelineName { return Answer.json(["status": "ok"]) }
      throw error
    }
    _ = try await call.work()
    _ = try call.directory.deployed(WorkProgram.name)
    return Answer.json(["status": "ok"])
  }
}
