/// Answer of `completion_status`.
package struct CompletionBody: Sendable, Hashable {
  package struct Blocker: Sendable, Hashable {
    package var kind: String
    package var name: String
    package var lagSteps: UInt64
    package var lastError: String?

    package init(kind: String, name: String, lagSteps: UInt64, lastError: String?) {
      self.kind = kind
      self.name = name
      self.lagSteps = lagSteps
      self.lastError = lastError
    }

    package var json: JSONValue {
      [
        "kind": .string(kind), "name": .string(name), "lag_steps": .integer(lagSteps),
        "last_error": .text(lastError),
      ]
    }
  }

  package var complete: Bool
  /// Complete when total_completed_steps >= step; nil while the records are in no step.
  package var step: UInt64?
  package var accepted: UInt64
  /// Records of the request that were refused: dead with a reason.
  package var rejected: UInt64 = 0
  /// Records of the range that died after they were accepted: no step could take them.
  package var dead: UInt64 = 0
  /// Rows of the error view from the steps that hold the range.
  package var viewErrors: UInt64 = 0
  /// Replays of refused records; told when there are any.
  package var replayed: UInt64 = 0
  package var blockedBy: [Blocker] = []
  package var etaMilliseconds: UInt64?
  /// The token answered for, when it is not the one asked.
  package var token: String?

  package init(complete: Bool, step: UInt64?, accepted: UInt64) {
    self.complete = complete
    self.step = step
    self.accepted = accepted
  }

  package var json: JSONValue {
    var members = [
      JSONMember("status", .string(complete ? "complete" : "inprogress")), JSONMember("step", .count(step)),
      JSONMember("accepted", .integer(accepted)), JSONMember("rejected", .integer(rejected)),
      JSONMember("dead", .integer(dead)), JSONMember("view_errors", .integer(viewErrors)),
      JSONMember("blocked_by", .array(blockedBy.map(\.json))),
      JSONMember("eta_ms", complete ? .integer(0) : .count(etaMilliseconds)),
    ]
    if replayed > 0 { members.append(JSONMember("replayed", .integer(replayed))) }
    if let token { members.append(JSONMember("token", .string(token))) }
    return .object(members)
  }
}
