import HTTPTypes
import Platform
import WireTypes

enum SegmentOperations {
  private static let base = "/v1/segmentation/segments"
  private static let bad = "The request is not as it should be."
  private static let unknown = "There is no such segment or model."
  private static let reasons = ["invalidParam", "invalidPayload"]
  private static let page = JSONSchema.integer(from: 1, to: 1000).byDefault(50)
  private static let offset = JSONSchema.integer(from: 0, to: Int64(Limits.workListMax)).byDefault(0)
  private static let answer = JSONSchema.object(["segment": .ref("OrchestrationSegment")])

  static let all: [APIOperation] = [
    APIOperation(.post, base, "createSegment", "Stores a choice of records of a model.")
      .takes(.ref("NewSegment"))
      .answers(200, "It is made, and on disk.", answer)
      .refuses(400, bad, reasons)
      .refuses(404, "There is no such model.", ["modelNotFound"]),
    APIOperation(.get, "\(base)/list", "listSegments", "Segments, the newest first.")
      .query("limit", page, "Segments of a page.")
      .query("offset", offset, "How many to pass over.")
      .answers(200, "A page.", .object(["segments": .list(.ref("OrchestrationSegment"))]))
      .refuses(400, bad, reasons),
    APIOperation(.get, "\(base)/{uuid}", "getSegment", "A segment.").answers(200, "As it is now.", answer),
    APIOperation(.put, "\(base)/{uuid}", "updateSegment", "Changes what the body names.")
      .takes(SegmentSchemas.change)
      .answers(200, "As it is now.", answer)
      .refuses(400, bad, reasons + ["invalidUuid"])
      .refuses(404, unknown, ["segmentNotFound", "modelNotFound"])
      .refuses(409, "Its history is full.", ["conflict"]),
    APIOperation(.delete, "\(base)/{uuid}", "deleteSegment", "Deletes a segment; its batches stay.")
      .answers(200, "It is gone.", .object([] as [(String, JSONSchema)]))
      .refuses(409, "Its history is full.", ["conflict"]),
  ]

  static let files: [APIOperation] = [
    APIOperation(.post, "/v1/orchestration/files", "uploadFile", "Records of a file, for a batch of a tool.")
      .details(
        "CSV with a header, lines of JSON, or one JSON list: by the content type, else by the end of the name. Kept as "
          + "long as results are."
      )
      .query("name", .text(1...255), "Name of a file that is the body itself.")
      .takes([
        ("multipart/form-data", .object(["file": .bytes], isOpen: true)), ("text/csv", .text),
        ("application/x-ndjson", .text), ("application/json", .list(.any, 0...Limits.batchRunsMax)),
      ])
      .answers(
        200, "It is on disk.",
        .object(["s3Filename": .text, "contentType": .text, "name": .text, "recordsCount": .count])
      )
      .refuses(400, bad, reasons)
  ]
}

/// The shapes of segments.
enum SegmentSchemas {
  private static let columns = JSONSchema.list(.text).orNull
    .said("What makes a record an updated one; every column unless given.")

  static let new = JSONSchema.object(
    ["name": .text(1...255), "modelUuid": OrchestrationSchemas.model, "filter": OrchestrationSchemas.filter],
    optional: ["trackingColumnSlugs": columns])

  static let change = JSONSchema.object(
    [],
    optional: [
      ("name", .text(1...255)), ("modelUuid", OrchestrationSchemas.model), ("filter", OrchestrationSchemas.filter),
      ("trackingColumnSlugs", columns),
    ])

  static let segment: [(String, JSONSchema)] = [
    ("uuid", .uuid), ("workspaceUuid", .uuid), ("name", .text), ("modelUuid", .text),
    ("filter", OrchestrationSchemas.filter), ("trackingColumnSlugs", columns), ("createdAt", .time),
    ("updatedAt", .time),
  ]
}
