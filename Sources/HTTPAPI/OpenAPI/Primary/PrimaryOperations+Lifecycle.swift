import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  static let lifecycle = APIChapter(
    "Life cycle", "Starting, pausing and stopping pipelines; what changed since the last start.",
    [
      start,
      APIOperation(.post, "\(pipeline)/pause", "pausePipeline", "Takes no further steps until it is resumed.")
        .answers(202, "It is pausing.")
        .fails(.pipelineInteractionNotDeployed),
      APIOperation(.post, "\(pipeline)/resume", "resumePipeline", "Goes on after a pause.")
        .answers(202, "It is resuming.")
        .fails(.pipelineInteractionNotDeployed),
      APIOperation(.post, "\(pipeline)/stop", "stopPipeline", "Stops in any state; may be repeated.")
        .query("force", .flag.byDefault(false), "Without a checkpoint. The log stays and is replayed.")
        .answers(202, "It is stopping."),
      APIOperation(
        .post, "\(pipeline)/clear", "clearPipeline", "Removes the log and the state of a stopped pipeline."
      )
      .answers(202, "The storage is being cleared.")
      .fails(.storageStatusImmutableUnlessStopped),
      APIOperation(
        .post, "\(pipeline)/dismiss_error", "dismissError", "Forgets the error of a stopped pipeline."
      )
      .details("After a failed step it is the consent that the records that fail become dead letters.")
      .answers(200, "There is no error any more.")
      .fails(.dismissErrorRestrictedToFullyStopped),
      APIOperation(
        .post, "\(pipeline)/activate", "activatePipeline", "Ends standby; no pipeline can be in standby."
      )
      .query("initial", .choice("running", "paused"), "Passed over.")
      .fails(.illegalPipelineAction),
      APIOperation(
        .post, "\(pipeline)/approve", "approveChange", "Allows the change of a program that awaits it."
      )
      .query("silent_bootstrap", .flag.byDefault(false), "Outputs say nothing while new views are filled.")
      .query("concurrent_bootstrap", .flag.byDefault(false), "Old views stay live meanwhile.")
      .answers(200, "The start goes on.")
      .fails(.illegalPipelineAction, .invalidBootstrapConfig, .bootstrapNotAllowed),
      APIOperation(.post, "\(pipeline)/diff", "diffProgram", "What a changed program would change.")
        .takes(
          JSONSchema.object([], optional: programMembers, isOpen: true).orNull, required: false
        )
        .answers(
          200, "Tables, views and connectors that are added, modified or removed.", .ref("ProgramDiff")
        )
        .fails(.programNotCompiled, .invalidNewProgramSql, .bootstrapNotAllowed),
    ])

  private static let programMembers = [
    ("program_code", JSONSchema.text.orNull.said("Without it: the stored program.")),
    ("runtime_version", JSONSchema.text.orNull.said("Passed over.")),
  ]

  private static let start =
    APIOperation(
      .post, "\(pipeline)/start", "startPipeline", "Starts a pipeline, from its checkpoint if it has one."
    )
    .details("Accepted while the program compiles. Repeated with the same parameters it has no effect.")
    .query(
      "initial", .choice("running", "paused", "standby").byDefault("running"), "The state to come up in."
    )
    .query(
      "bootstrap_policy", .choice("await_approval", "allow", "reject").byDefault("await_approval"),
      "What to do when the program has changed."
    )
    .query("silent_bootstrap", .flag.byDefault(false), "Outputs say nothing while new views are filled.")
    .query("concurrent_bootstrap", .flag.byDefault(false), "Old views stay live meanwhile.")
    .query("dismiss_error", .flag.byDefault(true), "Dismisses a deployment error first.")
    .query("from_checkpoint", .uuid, "Takes the log after this checkpoint again.")
    .query("discard", .flag.byDefault(false), "Cuts the log behind that checkpoint: later tokens are lost.")
    .answers(202, "It is starting.")
    .fails(
      .cannotStartWithUndismissedError, .cannotStartWhileClearingStorage, .cannotStartWithCompilationError,
      .initialImmutableUnlessStopped, .bootstrapPolicyImmutableUnlessStopped, .initialStandbyNotAllowed,
      .illegalPipelineAction, .invalidBootstrapConfig, .unsupportedPipelineAction)
}
