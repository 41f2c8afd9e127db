import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  static let ingress = APIChapter("Ingress", "Records into tables.", [ingest])

  private static let ingest =
    APIOperation(
      .post, "\(pipeline)/ingress/{table}", "ingest", "Puts records into a table; on disk when it answers."
    )
    .details(
      """
      The token stands for all accepted records of the request. With bad records the answer is 400 with their \
      list, and the others are accepted: `token` stands for these. The content type of the body is not looked \
      at, `format` is.
      """
    )
    .query("format", .choice("csv", "json").byDefault("csv"), "How the body is written.")
    .query(
      "update_format", .choice("insert_delete", "raw", "weighted", "debezium"),
      "What a JSON record is wrapped in."
    )
    .query(
      "json_flavor",
      .choice("default", "debezium_mysql", "snowflake", "kafka_connect_json_converter", "pandas"),
      "How JSON values of SQL types are written."
    )
    .query("array", .flag.byDefault(false), "The body is one or more lists of records.")
    .query(
      "force", .flag.byDefault(false), "Accepts records while the pipeline is paused, instead of waiting."
    )
    .query("wait", waitSchema, "Waits so long for `until` before it answers.")
    .query(
      "until",
      .text(pattern: "^(durable|processed|delivered|(visible|delivered):.+)$").byDefault("delivered"),
      "`durable`, `processed`, `delivered`, `visible:<view>` or `delivered:<sink>`."
    )
    .query("atomic", .flag.byDefault(false), "Must be false.")
    .query(
      "durability", .choice("sync", "async").byDefault("sync"),
      "`async`: answers when the records are written, before they are on disk, and says so."
    )
    .header(
      "Idempotency-Key", .text(1...255), "A repeated request with the same key gets the first one's answer."
    )
    .header(
      "Content-Encoding", .choice("identity", "gzip", "deflate", "zstd", "lz4"), "How the body is compressed."
    )
    .header("Prefer", .text, preferMeaning)
    .takes(
      [("application/json", .any), ("text/csv", .text), ("application/octet-stream", .bytes)], required: false
    )
    .answers(200, "The records are on disk (see `durability`), and as far as was asked for.", .ref("IngestAnswer"))
    .telling("Idempotency-Replayed", .choice("true"), "The answer is that of an earlier request.")
    .telling("Idempotency-Retention", .text, "How long the key is kept, in seconds.")
    .answers(
      202, "The records are on disk (see `durability`); what was asked for has not come yet.", .ref("IngestAnswer")
    )
    .telling("Retry-After", .integer(from: 1), "Seconds to wait before asking for the token.")
    .fails(PrimaryErrors.running)
    .fails(
      .parseErrors, .notSupported, .unknownInputStream, .unknownOutputStream, .unknownOutputEndpoint,
      .idempotencyKeyReused, .storageFull)
}
