import HTTPTypes
import PipelineModel
import Platform
import WireTypes

extension PrimaryOperations {
  static let completion = APIChapter(
    "Completion", "What became of the records of a token.",
    [
      APIOperation(
        .get, "\(pipeline)/completion_status", "getCompletionStatus", "Whether a token is complete."
      )
      .details(
        "Complete: every record is reflected in every view and acknowledged by every sink, or dead with a reason."
      )
      .query("token", token, "The token.", required: true)
      .query("follow", .flag.byDefault(false), followMeaning)
      .query("wait", waitSchema, waitMeaning)
      .header("Prefer", .text, preferMeaning)
      .answers(200, "Complete.", .ref("CompletionStatus"))
      .answers(202, "Not yet.", .ref("CompletionStatus"))
      .telling("Retry-After", .integer(from: 1), "Seconds to wait, from the current rate.")
      .fails(PrimaryErrors.token),
      APIOperation(
        .post, "\(pipeline)/completion_status", "getGroupStatus",
        "Whether all of many tokens are complete, or any."
      )
      .query("follow", .flag.byDefault(false), followMeaning)
      .query("wait", waitSchema, waitMeaning)
      .header("Prefer", .text, preferMeaning)
      .takes(
        .object(
          ["tokens": .list(.text, 1...Limits.groupTokensMax)],
          optional: ["mode": JSONSchema.choice("all", "any").orNull.byDefault("all")], isOpen: true)
      )
      .answers(200, "Complete.", .ref("GroupStatus"))
      .answers(202, "Not yet.", .ref("GroupStatus"))
      .telling("Retry-After", .integer(from: 1), "Seconds to wait, from the current rate.")
      .fails(PrimaryErrors.token),
      events,
      APIOperation(
        .get, "\(pipeline)/why", "explainDelay", "What holds a token back, and what to do about it."
      )
      .asksOfWork
      .answers(200, "The reasons; also for a pipeline that is stopped.", .ref("DelayReport"))
      .fails(PrimaryErrors.token),
      APIOperation(
        .get, "\(pipeline)/explain", "explainToken", "What happened to the records of a token, and when."
      )
      .asksOfWork
      .answers(200, "Their story in its order.", .ref("TokenStory"))
      .fails(PrimaryErrors.token),
    ])

  private static let token = JSONSchema.text(1...4096)
  private static let followMeaning = "Answers for the successor of a token of an earlier life."

  private static let events =
    APIOperation(
      .get, "\(pipeline)/completion_events", "watchTokens", "Server-sent events: how far tokens have come."
    )
    .details(
      "Events are `durable`, `processed`, `complete` and `gone`. The stream ends when there is no more to tell."
    )
    .query("token", token, "Tokens, separated by commas: at most \(Limits.eventTokensMax).", required: true)
    .query("last_event_id", .text, "As the header.")
    .header(
      "Last-Event-ID", .text(pattern: "^[0-4]*$"),
      "Id of the last event that was seen: the stream goes on there."
    )
    .answers(200, "The events.", [("text/event-stream", .ref("TokenEvent"))])
    .answers(204, "Everything was told before.")
    .fails(PrimaryErrors.token)
}

extension APIOperation {
  /// The token may be left out for the id of a cargo, run, job or batch, asked of the pipeline `workflows`.
  fileprivate var asksOfWork: APIOperation {
    ["subject", "cargo", "run", "job", "batch"].reduce(
      query("token", .text, "The token.").fails(.missingUrlEncodedParam, .notFound)
    ) { $0.query($1, .text, "Instead of a token: asked of the pipeline `workflows`.") }
  }
}
