import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Checkpoints on demand, and what is kept of them.
enum CheckpointRoutes {
  static let request: Route.Handler = { call in
    let pipeline = try call.deployed()
    let sequence = try pipeline.requestCheckpoint()
    return Answer.json([
      "checkpoint_sequence_number": .integer(sequence),
      "incarnation_uuid": .string(pipeline.incarnation.description),
    ])
  }

  static let status: Route.Handler = { call in
    let pipeline = try call.deployed()
    if let asked = call.query["incarnation_uuid"], UniqueID(asked) != pipeline.incarnation.value {
      throw PipelineError(
        .incarnationUuidMismatch, "incarnation '\(asked)' is not the current one, \(pipeline.incarnation)")
    }
    let activity = pipeline.checkpointStatus()
    let failure = activity.failure.map { failure -> JSONValue in
      [
        "sequence_number": .integer(failure.sequence), "error": .string(failure.error),
        "failed_at": .string(failure.failedAt.rfc3339),
      ]
    }
    return Answer.json(["success": .count(activity.success), "failure": failure ?? .null])
  }

  static let list: Route.Handler = { call in
    Answer.json(.array(try call.deployed().checkpoints().map(PipelineBody.checkpoint)))
  }

  static let remote: Route.Handler = { call in
    _ = try await call.directory.descriptor(call.pipelineName)
    throw PipelineError(.enterpriseFeature, "checkpoints in object storage are not supported")
  }
}
