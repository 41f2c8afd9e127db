import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  private static let afterMeaning =
    "Tokens, separated by commas: the answer begins when it shows their records."

  static let reading = APIChapter(
    "Reading", "Changes of views as a stream, and ad-hoc queries.",
    [
      APIOperation(
        .post, "\(pipeline)/egress/{relation}", "subscribe", "The changes of a table or view, for ever."
      )
      .details(
        """
        One JSON object a line, ended by CR LF; the answer ends when the pipeline stops. Either query parameters or a \
        connector configuration in the body.
        """
      )
      .query("format", .choice("csv", "json").byDefault("csv"), "How the rows are written.")
      .query("array", .flag.byDefault(false), "Passed over: rows of a line are a list.")
      .query(
        "backpressure", .flag.byDefault(true),
        "A slow reader holds the pipeline back, instead of losing lines."
      )
      .query("send_snapshot", .flag.byDefault(false), "First the present content of a materialized relation.")
      .query("after", .text, afterMeaning)
      .query("wait", waitSchema, "How long to wait for these; 30 s unless given.")
      .header("Prefer", .text, preferMeaning)
      .takes(JSONSchema.ref("EgressConfiguration").orNull, required: false)
      .answers(200, "The lines.", [("application/json", .ref("EgressLine"))])
      .fails(PrimaryErrors.token)
      .fails(.unknownOutputStream, .notYetVisible),
      APIOperation(.get, "\(pipeline)/query", "query", "Runs SQL over materialized tables and views.")
        .query(
          "sql", .text, "Statements, separated by semicolons; only the last may return rows.", required: true
        )
        .query("format", .choice("text", "json", "arrow_ipc").byDefault("text"), "How the rows are written.")
        .query("pipeline_name", .text, "Passed over.")
        .query("after", .text, afterMeaning)
        .query("wait", waitSchema, "How long to wait for these; 30 s unless given.")
        .header("Prefer", .text, preferMeaning)
        .answers(
          200, "The rows; an error behind the first of them is a line that says so.",
          [
            ("text/plain", .text),
            ("application/json", JSONSchema.any.said("One object a line.")),
            ("application/vnd.apache.arrow.stream", .bytes),
          ]
        )
        .fails(PrimaryErrors.token)
        .fails(.adHocQueryError, .notYetVisible, .tooManyWaiters, .storageFull),
    ])
}
