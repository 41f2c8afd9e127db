import HTTPTypes
import PipelineModel

extension PrimaryOperations {
  static let checkpoints = APIChapter(
    "Checkpoints", "State on disk, from which a pipeline starts again.",
    [
      APIOperation(.post, "\(pipeline)/checkpoint", "requestCheckpoint", "Asks for a checkpoint.")
        .answers(
          200, "Its number; `checkpoint_status` tells when it is done.",
          .object(["checkpoint_sequence_number": .count, "incarnation_uuid": .uuid])
        )
        .fails(PrimaryErrors.running),
      APIOperation(
        .get, "\(pipeline)/checkpoint_status", "getCheckpointStatus", "The last checkpoint, and what failed."
      )
      .query("incarnation_uuid", .uuid, "The life in which the checkpoint was asked for.")
      .answers(
        200, "Numbers of requests.",
        .object([
          "success": .count.orNull,
          "failure": .object(["sequence_number": .count, "error": .text, "failed_at": .time]).orNull,
        ])
      )
      .fails(PrimaryErrors.running)
      .fails(.incarnationUuidMismatch),
      APIOperation(.get, "\(pipeline)/checkpoints", "listCheckpoints", "The checkpoints that are kept.")
        .answers(200, "The checkpoints.", .list(.ref("Checkpoint")))
        .fails(PrimaryErrors.running),
      APIOperation(.post, "\(pipeline)/checkpoint/sync", "syncCheckpoint", inObjectStorage).fails(
        .enterpriseFeature),
      APIOperation(.get, "\(pipeline)/checkpoint/sync_status", "getSyncStatus", inObjectStorage)
        .fails(.enterpriseFeature),
      APIOperation(.get, "\(pipeline)/checkpoints/remote", "listRemoteCheckpoints", inObjectStorage)
        .fails(.enterpriseFeature),
    ])

  private static let inObjectStorage = "Checkpoints in object storage: not supported."
}
