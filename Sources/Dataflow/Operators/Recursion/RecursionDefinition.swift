package import DataModel

/// The parts of a recursion: nodes of the circuit around (sources), and of its body.
package struct RecursionDefinition: Sendable {
  package enum Kind: Sendable {
    /// Nothing but filters, projections, inner joins and unions.
    case counting
    /// More rows in, more rows out.
    case monotone
    case general
  }

  package struct Input: Sendable {
    let source: NodeID
    let feed: NodeID
    let types: [ColumnType]
    package init(source: NodeID, feed: NodeID, types: [ColumnType]) {
      self.source = source
      self.feed = feed
      self.types = types
    }
  }

  package struct View: Sendable {
    let name: SQLIdentifier
    /// Where its own rows enter the body, and where the rows that its query gives leave it.
    let feed: NodeID
    let result: NodeID
    let types: [ColumnType]
    package init(name: SQLIdentifier, feed: NodeID, result: NodeID, types: [ColumnType]) {
      self.name = name
      self.feed = feed
      self.result = result
      self.types = types
    }
  }

  let kind: Kind
  let inputs: [Input]
  let views: [View]

  package init(_ kind: Kind, inputs: [Input], views: [View]) {
    self.kind = kind
    self.inputs = inputs
    self.views = views
  }

  /// The same with other sources, in the order of its inputs.
  func reading(_ sources: [NodeID]) -> RecursionDefinition {
    RecursionDefinition(
      kind, inputs: zip(inputs, sources).map { Input(source: $1, feed: $0.feed, types: $0.types) }, views: views)
  }
}

/// When a recursion is given up in one step.
package struct RecursionLimits: Sendable {
  package var roundsMax = 100_000
  package var rowsMax = 100_000_000
  package init() {}
}

/// The operators of a recursion, run once a round.
struct RecursionBody {
  typealias Feed = (node: NodeID, rows: ColumnBatch)

  let operators: [any Operator]

  /// Deltas of the result nodes after the feeds' rows.
  func run(_ feeds: [Feed], results: [NodeID], now: Int64) throws(EvaluationError) -> [ColumnBatch?] {
    var deltas = [ColumnBatch?](repeating: nil, count: operators.count)
    for feed in feeds {
      let before = deltas[feed.node.index]
      deltas[feed.node.index] = try ColumnGather.concatenate([before, feed.rows].compactMap { $0 })
    }
    for (index, node) in operators.enumerated() where !(node is FeedOperator) {
      let mine = node.inputs.map { deltas[$0.index] }
      let isIdle = !mine.isEmpty && mine.allSatisfy { $0 == nil } && !node.needsInitialStep
      guard !isIdle, let delta = try node.step(mine, now: now), !delta.isEmpty else { continue }
      deltas[index] = delta
    }
    for node in operators { node.commit() }
    return results.map { deltas[$0.index] }
  }
}

/// A place in a recursion's body where rows enter.
final class FeedOperator: Operator {
  let inputs: [NodeID] = []
  var state = OperatorState()
  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? { nil }
}

/// The delta of one view of a recursion.
final class RecursionOutput: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let recursion: RecursionOperator
  private let view: Int

  init(_ node: NodeID, _ recursion: RecursionOperator, view: Int) {
    inputs = [node]
    self.recursion = recursion
    self.view = view
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    recursion.results[view]
  }
}

extension Trace {
  /// All rows of a trace without values, with their summed weights.
  func contents() throws(EvaluationError) -> [ColumnBatch] {
    var batches: [ColumnBatch] = []
    try snapshot().forEachBatch(rowsMax: 65_536) { batch in
      batches.append(batch)
      return true
    }
    return batches
  }
}
