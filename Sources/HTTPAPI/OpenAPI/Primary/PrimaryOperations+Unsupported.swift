import HTTPTypes
import PipelineModel

extension PrimaryOperations {
  private static let refused: [(HTTPRequest.Method, String, String)] = [
    (.post, "clock/advance", "advanceClock"), (.post, "testing", "forceVersion"),
    (.post, "rebalance", "rebalance"),
    (.post, "start_compaction", "startCompaction"), (.get, "dataflow_graph", "getDataflowGraph"),
    (.get, "time_series", "getTimeSeries"), (.get, "time_series_stream", "followTimeSeries"),
    (.get, "circuit_profile", "getCircuitProfile"), (.get, "circuit_json_profile", "getCircuitJsonProfile"),
    (.get, "heap_profile", "getHeapProfile"), (.get, "samply_profile", "getSamplyProfile"),
    (.get, "support_bundle", "getSupportBundle"),
  ]

  static let unsupported = APIChapter(
    "Not supported", "Calls of the dialect that this server refuses by name.",
    refused.map { method, call, id in
      APIOperation(method, "\(pipeline)/\(call)", id, "Not supported.").fails(.notSupported)
    })

  static let documents = APIChapter(
    "Documents", "These descriptions.",
    [
      APIOperation(.get, "/openapi.json", "getOpenAPI", "OpenAPI 3.1 of all dialects.")
        .answers(200, "The document.", .ref("OpenAPI")),
      APIOperation(.get, "/v0/openapi.json", "getPrimaryOpenAPI", "OpenAPI 3.1 of the primary dialect.")
        .answers(200, "The document.", .ref("OpenAPI")),
      APIOperation(.get, "/docs", "getDocs", "All operations as a page for people.")
        .answers(200, "The page.", [("text/html; charset=utf-8", .text)]),
    ])
}
