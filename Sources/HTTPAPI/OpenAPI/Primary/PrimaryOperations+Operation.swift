import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  static let statistics = APIChapter(
    "Statistics", "Counters of a running pipeline.",
    [
      APIOperation(.get, "\(pipeline)/stats", "getStats", "Counters of the pipeline and of its connectors.")
        .query(
          "include_connector_errors", .flag.byDefault(false), "With the latest errors of each connector."
        )
        .answers(200, "The counters.", .ref("Stats"))
        .fails(PrimaryErrors.running),
      APIOperation(.get, "\(pipeline)/metrics", "getMetrics", "The counters for monitoring.")
        .query(
          "format", JSONSchema.choice("prometheus", "json").byDefault("prometheus"), "How they are written."
        )
        .answers(
          200, "The metrics.", [("text/plain", .text), ("application/json", .list(.ref("Metric")))]
        )
        .fails(PrimaryErrors.running),
    ])

  private static let input = "\(pipeline)/tables/{table}/connectors/{connector}"

  static let connectors = APIChapter(
    "Connectors", "Single connectors of tables and views.",
    [
      APIOperation(.get, "\(input)/stats", "getInputStats", "Counters and errors of an input connector.")
        .answers(200, "The counters.", .ref("InputStats"))
        .fails(PrimaryErrors.running)
        .fails(.unknownInputEndpoint),
      APIOperation(
        .get, "\(pipeline)/views/{view}/connectors/{connector}/stats", "getOutputStats",
        "Counters and errors of an output connector."
      )
      .answers(200, "The counters.", .ref("OutputStats"))
      .fails(PrimaryErrors.running)
      .fails(.unknownOutputEndpoint),
      APIOperation(
        .get, "\(input)/completion_token", "getConnectorToken",
        "A token over all that a connector has brought so far."
      )
      .answers(200, "The token.", .object(["token": .text]))
      .fails(PrimaryErrors.running)
      .fails(.unknownInputEndpoint),
      APIOperation(.post, "\(input)/{action}", "actOnConnector", "Starts or pauses an input connector.")
        .answers(200, "It has.")
        .fails(PrimaryErrors.running)
        .fails(.unknownInputEndpoint, .invalidConnectorAction),
    ])

  static let transactions = APIChapter(
    "Transactions", "Records that show all at once.",
    [
      APIOperation(
        .post, "\(pipeline)/start_transaction", "startTransaction", "Views show nothing new until its commit."
      )
      .answers(200, "It is on disk.", .object(["transaction_id": .integer(from: 1)]))
      .fails(PrimaryErrors.running)
      .fails(.transactionInProgress),
      APIOperation(
        .post, "\(pipeline)/commit_transaction", "commitTransaction", "Shows all records of the transaction."
      )
      .answers(200, "The commit is on disk and under way.", .choice("Transaction commit initiated"))
      .fails(PrimaryErrors.running)
      .fails(.noTransactionInProgress, .transactionInProgress),
    ])

  static let history = APIChapter(
    "History", "What happened to a pipeline.",
    [
      APIOperation(.get, "\(pipeline)/events", "listEvents", "Changes of its status, newest first.")
        .query("selector", eventSelector, "How much of each event.")
        .answers(200, "The events.", .list(.ref("PipelineEvent"))),
      APIOperation(.get, "\(pipeline)/events/{event}", "getEvent", "One change of its status.")
        .query("selector", eventSelector, "How much of the event.")
        .answers(200, "The event.", .ref("PipelineEvent"))
        .fails(.notFound),
      APIOperation(
        .get, "\(pipeline)/logs", "followLog", "Its log; the answer goes on while the pipeline exists."
      )
      .answers(200, "Lines.", [("text/plain", .text)]),
    ])
}
