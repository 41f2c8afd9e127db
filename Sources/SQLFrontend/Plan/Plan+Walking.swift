extension Plan {
  /// Direct inputs.
  var inputs: [Plan] {
    switch self {
    case .scan, .values: []
    case .filter(let input, _), .project(let input, _, _), .aggregate(let input, _, _, _),
      .distinct(let input):
      [input]
    case .join(let left, let right, _, _): [left, right]
    case .unionAll(let inputs, _): inputs
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
