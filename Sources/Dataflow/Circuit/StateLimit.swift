import DataModel

/// A `Waterline` that can be asked for its value after each step.
struct CompiledWaterline {
  private indirect enum Node {
    case source(any LatenessSource, Int)
    case mapped(CompiledExpression, Node)
    case least([Node])
  }

  private let root: Node

  /// Nil when a source is unknown.
  init?(_ waterline: Waterline, sources: [Int: any LatenessSource]) {
    guard let root = Self.compile(waterline, sources) else { return nil }
    self.root = root
  }

  private static func compile(_ waterline: Waterline, _ sources: [Int: any LatenessSource]) -> Node? {
    switch waterline {
    case .source(let number): return sources[number].map { .source($0, number) }
    case .mapped(let expression, let inner):
      return compile(inner, sources).map { .mapped(CompiledExpression(expression), $0) }
    case .least(let parts):
      let nodes = parts.compactMap { compile($0, sources) }
      return nodes.count == parts.count && !nodes.isEmpty ? .least(nodes) : nil
    }
  }

  /// Nil before there is one.
  var value: Int64? { Self.value(root) }

  private static func value(_ node: Node) -> Int64? {
    switch node {
    case .source(let source, let number): return source.gates.waterline(of: number, source.state)
    case .mapped(let expression, let inner): return value(inner).flatMap { expression.number(at: $0) }
    case .least(let parts):
      var least = Int64.max
      for part in parts {
        guard let value = value(part) else { return nil }
        least = min(least, value)
      }
      return least
    }
  }
}

/// What of an operator's state no change to come will need: rows whose key column lies below a waterline.
///
/// The circuit asks after each step. A trace is rewritten when it has grown to twice what was left of it the
/// last time, so the rows that are kept for nothing are bounded by those that are needed, and a row is
/// rewritten a constant number of times. When it happens shows in no delta.
struct StateLimit {
  let node: any Operator
  /// Nil: all traces of the operator.
  let trace: Int?
  let column: Int
  let waterline: CompiledWaterline
  private var kept: [Int]

  init(_ node: any Operator, trace: Int?, column: Int, _ waterline: CompiledWaterline) {
    self.node = node
    self.trace = trace
    self.column = column
    self.waterline = waterline
    kept = node.state.traces.map { _ in 0 }
  }

  mutating func apply(rowsMin: Int) {
    let state = node.state
    let grown = state.traces.indices.filter { index in
      (trace == nil || trace == index) && node.rowCount(ofTrace: index) >= 2 * kept[index] + rowsMin
    }
    guard !grown.isEmpty, let bound = waterline.value else { return }
    for index in grown {
      node.truncate(trace: index, column: column, below: bound)
      kept[index] = node.rowCount(ofTrace: index)
    }
  }
}

extension Operator {
  func rowCount(ofTrace trace: Int) -> Int { state.traces[trace].rowCount }

  func truncate(trace: Int, column: Int, below bound: Int64) {
    state.traces[trace].truncate(column: column, below: bound)
  }
}
