package import PipelineModel
import Platform
package import WireTypes

/// One attempt to run one node, as runs tell of it. A run's state is the ordered list of its executions.
package struct NodeExecution: Hashable, Sendable {
  package enum Status: String, Hashable, Sendable, CaseIterable {
    /// Waits for the pause before another attempt.
    case pending
    case running
    case success
    case error
    case cancelled
    package var isEnded: Bool { self != .pending && self != .running }
  }

  /// The item of a group that an execution belongs to.
  package struct Scope: Hashable, Sendable {
    package let groupUuid: String
    /// Attempt of the group's own node.
    package let attempt: Int
    package let item: Int
  }

  /// Place in the run's list, from 0: with the run's id it names the execution.
  package let index: Int
  package let nodeUuid: String
  package let nodeSlug: String
  package let nodeKind: NodeKind
  package let nodeActionSlug: String?
  /// Groups around the node, outermost first; empty at the top.
  package let scope: [Scope]
  /// From 1.
  package let attempt: Int
  package var status: Status
  package var startedAt: WallTime
  package var updatedAt: WallTime
  package var finishedAt: WallTime?
  /// The config after expressions; null where they failed.
  package var computedConfig = JSONValue.null
  /// Null until the execution succeeds.
  package var output = JSONValue.null
  package var errorMessage: String?
  /// Where the run goes next; nil while running, and where it ends.
  package var nextNodeUuid: String?
  /// Place of `nextNodeUuid` among the node's children; nil for a fallback.
  package var childIndex: Int?
  package var creditsUsedCount: Int64 = 0

  init(index: Int, node: WorkflowNode, scope: [Scope], attempt: Int, status: Status, at time: WallTime) {
    self.index = index
    nodeUuid = node.uuid
    nodeSlug = node.slug
    nodeKind = node.kind
    nodeActionSlug = node.actionSlug
    self.scope = scope
    self.attempt = attempt
    self.status = status
    startedAt = time
    updatedAt = time
  }

  /// A short summary for lists; never to be read back.
  package var title: String? {
    switch status {
    case .pending, .running: nil
    case .cancelled: "cancelled"
    case .error: NodeExecution.shortened(errorMessage ?? "error")
    case .success: NodeExecution.shortened(output.encoded)
    }
  }

  private static func shortened(_ text: String) -> String {
    text.unicodeScalars.count <= 200
      ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(199))) + "…"
  }
}

// MARK: Wire and log

extension NodeExecution {
  /// The execution as the dialect shows it; outputs are in `runContext`.
  package var json: JSONValue {
    [
      "nodeUuid": .string(nodeUuid), "nodeSlug": .string(nodeSlug), "nodeKind": .string(nodeKind.rawValue),
      "nodeActionSlug": .text(nodeActionSlug), "nodeBatchUuid": .null, "nodeRunUuid": .null,
      "nodeMessageUuid": .null,
      "nodeChildIndex": .count(childIndex), "nextNodeUuid": .text(nextNodeUuid),
      "status": .string(status.rawValue),
      "errorMessage": .text(errorMessage), "title": .text(title), "iconUrl": .null,
      "creditsUsedCount": .integer(creditsUsedCount), "startedAt": .string(startedAt.rfc3339),
      "updatedAt": .string(updatedAt.rfc3339), "finishedAt": .text(finishedAt?.rfc3339),
    ]
  }

  /// All of the execution, for the log; `init(stored:)` reads it back.
  package var stored: JSONValue {
    [
      "index": .integer(index), "nodeUuid": .string(nodeUuid), "nodeSlug": .string(nodeSlug),
      "nodeKind": .string(nodeKind.rawValue), "nodeActionSlug": .text(nodeActionSlug),
      "scope": .array(
        scope.map {
          ["group": .string($0.groupUuid), "attempt": .integer($0.attempt), "item": .integer($0.item)]
        }),
      "attempt": .integer(attempt), "status": .string(status.rawValue),
      "startedAt": .integer(startedAt.microseconds),
      "updatedAt": .integer(updatedAt.microseconds), "finishedAt": .count(finishedAt?.microseconds),
      "computedConfig": computedConfig, "output": output, "errorMessage": .text(errorMessage),
      "nextNodeUuid": .text(nextNodeUuid), "childIndex": .count(childIndex),
      "creditsUsedCount": .integer(creditsUsedCount),
    ]
  }

  /// Nil for anything that `stored` did not write.
  package init?(stored json: JSONValue) {
    guard let index = json["index"]?.integerValue, let uuid = json["nodeUuid"]?.stringValue,
      let slug = json["nodeSlug"]?.stringValue,
      let kind = json["nodeKind"]?.stringValue.flatMap(NodeKind.init),
      let status = json["status"]?.stringValue.flatMap(Status.init),
      let attempt = json["attempt"]?.integerValue,
      let startedAt = json["startedAt"]?.integerValue, let updatedAt = json["updatedAt"]?.integerValue,
      let scopes = json["scope"]?.elements, let place = Int(exactly: index),
      let tried = Int(exactly: attempt), (1...Limits.nodeAttemptsMax).contains(tried)
    else { return nil }
    var scope: [Scope] = []
    for element in scopes {
      guard let group = element["group"]?.stringValue, let attempt = element["attempt"]?.integerValue,
        let item = element["item"]?.integerValue
      else { return nil }
      scope.append(Scope(groupUuid: group, attempt: Int(clamping: attempt), item: Int(clamping: item)))
    }
    self.index = place
    nodeUuid = uuid
    nodeSlug = slug
    nodeKind = kind
    nodeActionSlug = json["nodeActionSlug"]?.stringValue
    self.scope = scope
    self.attempt = tried
    self.status = status
    self.startedAt = WallTime(microseconds: startedAt)
    self.updatedAt = WallTime(microseconds: updatedAt)
    finishedAt = json["finishedAt"]?.integerValue.map { WallTime(microseconds: $0) }
    computedConfig = json["computedConfig"] ?? .null
    output = json["output"] ?? .null
    errorMessage = json["errorMessage"]?.stringValue
    nextNodeUuid = json["nextNodeUuid"]?.stringValue
    childIndex = json["childIndex"]?.integerValue.map { Int(clamping: $0) }
    creditsUsedCount = json["creditsUsedCount"]?.integerValue ?? 0
  }
}
