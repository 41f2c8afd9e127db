package import WireTypes

/// What the records of a run and of its batch hold.
package enum RunRecord {
  /// Input of a run: `{"data": …}`, with what it is made from when it has no batch.
  package static func input(data: JSONValue, from origin: [JSONMember] = []) -> String {
    JSONValue.object([JSONMember("data", data)] + origin).encoded
  }

  package static func data(of item: WorkItem) -> JSONValue { json(item.input)["data"] ?? .null }

  static func event(_ execution: NodeExecution, token: String?) -> String {
    var members = [JSONMember("execution", execution.stored)]
    if let token { members.append(JSONMember("token", .string(token))) }
    return JSONValue.object(members).encoded
  }

  /// The executions of a run in their last versions, in order.
  package static func executions(of item: WorkItem) -> [NodeExecution] {
    var executions: [NodeExecution] = []
    for event in item.events {
      guard let stored = json(event.detail)["execution"], let execution = NodeExecution(stored: stored) else {
        continue
      }
      if execution.index == executions.count {
        executions.append(execution)
      } else if executions.indices.contains(execution.index) {
        executions[execution.index] = execution
      }
    }
    return executions
  }

  /// Of the outcome or of a batch's end; nil without one.
  package static func errorMessage(_ detail: String?) -> String? {
    detail.flatMap { json($0)["error"]?["message"]?.stringValue }
  }

  static func json(_ text: String) -> JSONValue {
    text.isEmpty ? .null : (try? JSONValue(parsing: Array(text.utf8), nestingMax: nestingMax)) ?? .null
  }

  /// What a run keeps lies deeper than what its user gave.
  private static let nestingMax = 96
}
