package import WireTypes
package import Workflows

/// The failed jobs of a batch by kind of error, the most frequent first.
package enum BatchErrorSummary {
  /// Files named for one kind of error; the rest is counted.
  private static let filesMax = 100

  package static func json(_ items: [WorkItem]) -> JSONValue {
    var kinds: [String: (count: Int, files: [String])] = [:]
    for item in items where item.succeeded == false {
      let kind = BatchJobError(item)?.code ?? "processing_error"
      var entry = kinds[kind] ?? (0, [])
      entry.count += 1
      if entry.files.count < filesMax { entry.files.append(BatchJobBody.name(of: item)) }
      kinds[kind] = entry
    }
    let sorted = kinds.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    return .array(
      sorted.map { kind, entry in
        [
          "error_type": .string(kind), "count": .integer(entry.count),
          "affected_files": .array(entry.files.map { .string($0) }), "resolution": .string(resolution(kind)),
        ]
      })
  }

  package static func resolution(_ kind: String) -> String {
    switch kind {
    case "format_error": "Ensure file is in a supported format"
    case "corrupted_file": "Verify file integrity and try uploading again"
    case "parse_error": "Check that the content is well formed"
    case "too_large": "Split or shrink the file and try again"
    case "timeout": "Raise the timeout of the batch or send fewer items at once"
    case "cancelled": "Create a new batch with these items when they are still wanted"
    case "no_answer": "Check that the provider answers every item that it is sent"
    default: "See the error of each item and try again in a new batch"
    }
  }
}

/// Why a job has failed.
package struct BatchJobError: Sendable, Equatable {
  package let message: String
  package let code: String
  package let details: JSONValue

  /// Nil for a job that has not failed.
  package init?(_ item: WorkItem) {
    guard item.succeeded == false else { return nil }
    let detail = item.outcome.flatMap { try? JSONValue(parsing: $0) }
    let error = detail?["error"]
    message = error?["message"]?.stringValue ?? "the job has failed"
    code = error?["code"]?.stringValue ?? "processing_error"
    details = error?["details"] ?? .emptyObject
  }

  var json: JSONValue {
    ["message": .string(message), "code": .string(code), "details": details]
  }
}
