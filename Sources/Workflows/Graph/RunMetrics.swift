package import WireTypes

/// Counts of executions a node, folded over any number of runs, for `get-metrics`.
package struct RunMetrics: Sendable {
  package struct Node: Hashable, Sendable {
    package fileprivate(set) var counts: [NodeExecution.Status: Int] = [:]
    package fileprivate(set) var creditsUsedCount: Int64 = 0
    package var total: Int { counts.values.reduce(0, +) }
  }

  /// In the order in which nodes were first seen.
  private var order: [String] = []
  private var nodes: [String: Node] = [:]

  package init() {}

  package mutating func add(_ execution: NodeExecution) {
    if nodes[execution.nodeUuid] == nil { order.append(execution.nodeUuid) }
    nodes[execution.nodeUuid, default: Node()].counts[execution.status, default: 0] += 1
    let credits = nodes[execution.nodeUuid]?.creditsUsedCount ?? 0
    let (sum, overflow) = credits.addingReportingOverflow(execution.creditsUsedCount)
    nodes[execution.nodeUuid]?.creditsUsedCount = overflow ? .max : sum
  }

  package subscript(_ nodeUuid: String) -> Node { nodes[nodeUuid] ?? Node() }

  /// The list under `runMetrics`.
  package var json: JSONValue {
    .array(
      order.map { uuid in
        let node = self[uuid]
        func count(_ status: NodeExecution.Status) -> JSONValue { .integer(node.counts[status] ?? 0) }
        return [
          "nodeUuid": .string(uuid), "totalExecutionsCount": .integer(node.total),
          "pendingExecutionsCount": count(.pending), "runningExecutionsCount": count(.running),
          "successExecutionsCount": count(.success), "errorExecutionsCount": count(.error),
          "cancelledExecutionsCount": count(.cancelled), "creditsUsedCount": .integer(node.creditsUsedCount),
        ]
      })
  }
}
