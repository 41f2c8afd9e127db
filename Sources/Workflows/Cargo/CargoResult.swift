package import WireTypes

/// How an item ended, as the cargo dialect tells it.
package struct CargoResult: Sendable, Equatable {
  package let id: String
  package let success: Bool
  /// Null without one.
  package let response: JSONValue
  package let error: String?
  package let createdAt: String

  /// `item` has ended; one that has not is no success.
  package init(_ item: WorkItem) {
    id = item.id
    createdAt = item.createdAt.rfc3339
    let outcome = item.outcome.flatMap {
      try? JSONValue(parsing: Array($0.utf8), nestingMax: CargoInput.nestingMax + 2)
    }
    success = item.succeeded ?? false
    response = success ? outcome?["response"] ?? .null : .null
    error = success ? nil : CargoResult.error(item, outcome)
  }

  private static func error(_ item: WorkItem, _ outcome: JSONValue?) -> String {
    if let message = outcome?["error"]?["message"]?.stringValue { return message }
    return item.events.contains { $0.status == .cancelled } ? "the cargo was cancelled" : "the cargo has no result"
  }

  /// Both forms of the reference in one: the documented `error` and the `error_message` of its code.
  package var callbackBody: JSONValue {
    [
      "cargo_id": .string(id), "success": .bool(success), "response": response, "error": .text(error),
      "error_message": .text(error), "created_at": .string(createdAt),
    ]
  }
}
