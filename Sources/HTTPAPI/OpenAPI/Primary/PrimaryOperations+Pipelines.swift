import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  private static let selector = JSONSchema.choice("all", "status", "status_with_connectors").byDefault("all")

  /// Errors of a definition.
  private static let definition: [ErrorCode] = [
    .emptyName, .tooLongName, .nameDoesNotMatchPattern, .tooLongDescription, .invalidTag, .tooManyTags,
    .invalidRuntimeConfig, .invalidProgramConfig, .duplicateName,
  ]
  private static let edit = definition + [.updateRestrictedToStopped, .editRestrictedToClearedStorage]
  private static let found = JSONSchema.either(
    .ref("Pipeline"), .ref("PipelineStatus"), .ref("PipelineStatusWithConnectors"))

  static let pipelines = APIChapter(
    "Pipelines", "Programs with their configuration: create, read, change, delete.",
    [
      APIOperation(.get, "/v0/pipelines", "listPipelines", "All pipelines, by name.")
        .query("selector", selector, "How much of each pipeline.")
        .answers(200, "The pipelines.", .list(found)),
      APIOperation(.post, "/v0/pipelines", "createPipeline", "Creates a pipeline and compiles its program.")
        .takes(.ref("NewPipeline"))
        .answers(201, "The pipeline; its program compiles.", .ref("EditedPipeline"))
        .fails(definition),
      APIOperation(.get, pipeline, "getPipeline", "One pipeline.")
        .query("selector", selector, "How much of it.")
        .answers(200, "The pipeline.", found),
      APIOperation(.put, pipeline, "replacePipeline", "Creates a pipeline, or replaces its whole definition.")
        .details("What the body leaves out has its default. While it runs, only tags and description change.")
        .takes(.ref("NewPipeline"))
        .answers(200, "It was there and is replaced.", .ref("EditedPipeline"))
        .answers(201, "It was not there.", .ref("EditedPipeline"))
        .fails(edit),
      APIOperation(.patch, pipeline, "patchPipeline", "Changes the members that are in the body.")
        .details(
          "Nested configurations are replaced as a whole. While it runs, only tags and description change."
        )
        .takes(.ref("PipelinePatch"))
        .answers(200, "The pipeline as it is now.", .ref("EditedPipeline"))
        .fails(edit),
      APIOperation(
        .delete, pipeline, "deletePipeline", "Deletes a stopped pipeline whose storage is cleared."
      )
      .answers(200, "It is gone.")
      .fails(.deleteRestrictedToFullyStopped, .deleteRestrictedToClearedStorage),
      APIOperation(
        .post, "\(pipeline)/update_runtime", "updateRuntime",
        "Moves a stopped pipeline to this server's version."
      )
      .answers(200, "It has this version.")
      .fails(.updateRestrictedToStopped),
    ])
}
