import DataModel

/// Threads of a step, the caller's among them, and parts of what is shared out among them.
package struct CircuitWorkers: Sendable {
  let count: Int
  /// Work on fewer rows is left to the step thread: waking another one costs more.
  let rowsMin: Int
  /// What ends a step early; nil: nothing.
  package let budget: WorkBudget?

  package init(_ count: Int = 1, rowsMin: Int = 1024, budget: WorkBudget? = nil) {
    self.count = max(1, count)
    self.rowsMin = rowsMin
    self.budget = budget
  }
}

/// Sharing a circuit out among workers: a stream is one node, or one a worker.
///
/// What looks at one row at a time has a node a worker, each over its own part of the rows, whichever they are. What
/// keeps state by key has one too, behind an exchange that brings all rows of a key to one of them. The rest (a key of
/// no columns, lateness, time, recursion, tables that keep rows) is one node, before which the parts are put together.
extension CircuitBuilder {
  /// The nodes of a stream, one or `workers`.
  func nodes(of stream: NodeID) -> [NodeID] { parts[stream.index] ?? [stream] }

  mutating func stream(_ nodes: [NodeID]) -> NodeID {
    if nodes.count > 1 { parts[nodes[0].index] = nodes }
    return nodes[0]
  }

  /// A node for each of the input's.
  mutating func each(_ input: NodeID, _ make: (inout CircuitBuilder, NodeID) -> NodeID) -> NodeID {
    var made: [NodeID] = []
    for node in nodes(of: input) { made.append(make(&self, node)) }
    return stream(made)
  }

  /// All rows of a stream in one node.
  mutating func gathered(_ stream: NodeID) -> NodeID {
    guard let parts = parts[stream.index] else { return stream }
    return add(UnionOperator(parts))
  }

  /// A node for each share of the inputs' keys, which have the same types; one where there is no key. `make` gets
  /// the inputs and the id of its state.
  mutating func byKey(
    _ inputs: [(stream: NodeID, key: [ScalarExpression])], _ stateID: String,
    _ make: (inout CircuitBuilder, [NodeID], String) -> NodeID
  ) -> NodeID {
    let isShared =
      workers > 1 && inputs.allSatisfy { !$0.key.isEmpty }
      && Set(inputs.map { $0.key.map(\.type.physical) }).count == 1
    guard isShared else {
      var whole: [NodeID] = []
      for input in inputs { whole.append(gathered(input.stream)) }
      return make(&self, whole, stateID)
    }
    var shared: [[NodeID]] = []
    for input in inputs { shared.append(exchange(input.stream, input.key)) }
    var made: [NodeID] = []
    for share in 0..<workers {
      made.append(make(&self, shared.map { $0[share] }, StateShare(index: share, of: workers).id(in: stateID)))
    }
    return stream(made)
  }

  private mutating func exchange(_ input: NodeID, _ key: [ScalarExpression]) -> [NodeID] {
    let exchanges = nodes(of: input).map { ExchangeOperator($0, key, shares: workers) }
    let sources = exchanges.map { guarded(add($0), keyedOperation, [key]) }
    return (0..<workers).map { add(ExchangePart(sources, exchanges, share: $0)) }
  }

  /// The columns of a row.
  static func row(_ types: [ColumnType]) -> [ScalarExpression] {
    types.enumerated().map { ScalarExpression(.column($0), type: $1, nullable: true) }
  }
}
