import Platform

extension APIDialect {
  /// What Feldera's SDK and any client of its REST API speak.
  static let primary = APIDialect(
    name: "v0", title: "Tidemark: pipelines", version: "0.369",
    about:
      "The primary dialect, compatible with Feldera: pipelines, their records, tokens, views and operation.",
    chapters: [
      PrimaryOperations.server, PrimaryOperations.keys, PrimaryOperations.pipelines,
      PrimaryOperations.lifecycle,
      PrimaryOperations.ingress, PrimaryOperations.completion, PrimaryOperations.deadLetters,
      PrimaryOperations.webhooks, PrimaryOperations.reading, PrimaryOperations.statistics,
      PrimaryOperations.connectors, PrimaryOperations.transactions, PrimaryOperations.checkpoints,
      PrimaryOperations.history, PrimaryOperations.unsupported, PrimaryOperations.documents,
    ],
    schemas: PrimarySchemas.all,
    pathParameters: [
      "pipeline": (.ref("PipelineName"), "Name of the pipeline."),
      "table": (.ref("RelationName"), "Name of a table."),
      "view": (.ref("RelationName"), "Name of a view."),
      "relation": (.ref("RelationName"), "Name of a table or view."),
      "connector": (.text(1...100), "Name of a connector of that table or view, exactly as in the program."),
      "action": (.choice("start", "pause"), "What the connector is to do."),
      "key": (.text(1...100), "Name of a key."),
      "event": (.text(1...100), "UUID of an event, or `latest`."),
      "letter": (.text(1...100), "Id of a dead letter."),
      "webhook": (.text(1...100), "UUID of a webhook."),
    ],
    errors: PrimaryErrors.answers)
}

/// The operations of the primary dialect, a file a chapter.
enum PrimaryOperations {
  static let pipeline = "/v0/pipelines/{pipeline}"

  /// Whether a parked request may ask so, and how.
  static let waitSchema = JSONSchema.text(pattern: "^[0-9]{1,9}(ms|s|m)?$")
  static let waitMeaning =
    "Parks the request until the answer changes, or for so long: 30s, 500ms, 2m, or seconds."
  static let preferMeaning = "`wait=30` is the same as the query parameter."
}
