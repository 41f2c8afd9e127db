import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  static let deadLetters = APIChapter(
    "Dead letters", "Records that were refused, or that no step could take.",
    [
      APIOperation(
        .get, "\(pipeline)/dead_letters", "listDeadLetters", "Dead letters in the order of their records."
      )
      .query("table", .text, "Only of this table.")
      .query("reason", .text, "Only with this reason.")
      .query("token", .text, "Only of the request of this token.")
      .query("replayed", .flag, "Only those that were taken again, or were not.")
      .query("after", .text, "Id of the last letter of the page before.")
      .query("limit", JSONSchema.integer(from: 1, to: 1000).byDefault(100), "Letters of a page.")
      .answers(
        200, "A page; `next` is what `after` takes for the one behind it.",
        .object(["dead_letters": .list(.ref("DeadLetter")), "next": .text.orNull])
      )
      .fails(PrimaryErrors.token),
      APIOperation(.get, "\(pipeline)/dead_letters/{letter}", "getDeadLetter", "One dead letter.")
        .answers(200, "The letter.", .ref("DeadLetter"))
        .fails(PrimaryErrors.running)
        .fails(.unknownDeadLetter),
      APIOperation(
        .post, "\(pipeline)/dead_letters/replay", "replayDeadLetters",
        "Takes dead letters again, as they are or edited."
      )
      .query("force", .flag.byDefault(false), "Also while the pipeline is paused, instead of waiting.")
      .takes(.ref("DeadLetterSelection"))
      .answers(200, "What was taken with its tokens, and what was not.", .ref("DeadLetterReplay"))
      .fails(PrimaryErrors.token)
      .fails(.unknownDeadLetter, .storageFull),
    ])
}
