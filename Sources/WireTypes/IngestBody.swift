/// One record of a request that was not accepted, as the error list shows it.
package struct RecordErrorBody: Sendable, Hashable {
  package var description: String
  package var eventNumber: UInt64
  package var field: String?
  package var invalidText: String?
  package var suggestion: String?
  package var tag: String?

  package init(description: String, eventNumber: UInt64) {
    self.description = description
    self.eventNumber = eventNumber
  }

  package var json: JSONValue {
    [
      "description": .string(description), "event_number": .integer(eventNumber), "field": .text(field),
      "invalid_bytes": nil, "invalid_text": .text(invalidText), "suggestion": .text(suggestion),
      "tag": .text(tag),
    ]
  }
}

/// Error report of a partly or wholly bad ingress body.
package enum ParseErrorsBody {
  /// `errors` may be fewer than `count`; the accepted rest is claimed by `token`.
  package static func make(count: UInt64, errors: [RecordErrorBody], token: String) -> ErrorBody {
    var lines = ["Errors parsing input data (\(count) errors):"]
    if count > UInt64(errors.count) { lines.append("reporting \(errors.count) out of \(count)") }
    lines += errors.map { "    " + $0.description }
    return ErrorBody(
      message: lines.joined(separator: "\n"), errorCode: "ParseErrors",
      details: [
        "num_errors": .integer(count), "errors": .array(errors.map(\.json)), "token": .string(token),
      ], token: token)
  }
}
