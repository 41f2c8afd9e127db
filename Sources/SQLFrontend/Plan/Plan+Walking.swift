extension Plan {
  /// Direct inputs.
  package var inputs: [Plan] {
    switch self {
    case .scan, .values: []
    case .filter(let input, _), .project(let input, _, _), .aggregate(let input, _, _, _),
      .distinct(let input), .window(let input, _, _), .expand(let input, _, _), .unnest(let input, _, _),
      .collect(let input, _, _, _):
      [input]
    case .join(let left, let right, _, _), .outerJoin(_, let left, let right, _, _),
      .setOperation(_, let left, let right):
      [left, right]
    case .unionAll(let inputs, _): inputs
    }
  }

  /// The same node over other inputs, which have the columns of the old ones.
  package func replacingInputs<Failure: Error>(
    _ change: (Plan) throws(Failure) -> Plan
  ) throws(Failure) -> Plan {
    switch self {
    case .scan, .values: return self
    case .filter(let input, let predicate): return .filter(input: try change(input), predicate: predicate)
    case .project(let input, let expressions, let output):
      return .project(input: try change(input), expressions: expressions, output: output)
    case .join(let left, let right, let keys, let residual):
      return .join(left: try change(left), right: try change(right), keys: keys, residual: residual)
    case .aggregate(let input, let groups, let calls, let output):
      return .aggregate(input: try change(input), groups: groups, calls: calls, output: output)
    case .distinct(let input): return .distinct(input: try change(input))
    case .unionAll(let inputs, let output):
      var parts: [Plan] = []
      for input in inputs { parts.append(try change(input)) }
      return .unionAll(inputs: parts, output: output)
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return .outerJoin(
        kind: kind, left: try change(left), right: try change(right), keys: keys, residual: residual)
    case .setOperation(let operation, let left, let right):
      return .setOperation(operation, left: try change(left), right: try change(right))
    case .window(let input, let spec, let output):
      return .window(input: try change(input), spec: spec, output: output)
    case .expand(let input, let alternatives, let output):
      return .expand(input: try change(input), alternatives: alternatives, output: output)
    case .unnest(let input, let spec, let output):
      return .unnest(input: try change(input), spec: spec, output: output)
    case .collect(let input, let groups, let spec, let output):
      return .collect(input: try change(input), groups: groups, spec: spec, output: output)
    }
  }

  /// Nodes of the plan and its greatest height.
  var extent: (nodes: Int, height: Int) {
    var nodes = 1
    var height = 0
    for input in inputs {
      let inner = input.extent
      nodes += inner.nodes
      height = max(height, inner.height)
    }
    return (nodes, height + 1)
  }
}
