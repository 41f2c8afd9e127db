import DataModel

/// Makes one projection of two that follow each other, and drops those that change nothing.
enum ProjectMerging {
  static func apply(_ plan: Plan) -> Plan { merge(plan, keepsNames: true) }

  /// `keepsNames`: whether the names of the plan's columns show outside.
  private static func merge(_ plan: Plan, keepsNames: Bool) -> Plan {
    switch plan {
    case .scan, .values: return plan
    case .filter(let input, let predicate):
      return .filter(input: merge(input, keepsNames: keepsNames), predicate: predicate)
    case .project(let input, let expressions, let output):
      return project(merge(input, keepsNames: false), expressions, output, keepsNames: keepsNames)
    case .join(let left, let right, let keys, let residual):
      return .join(
        left: merge(left, keepsNames: keepsNames), right: merge(right, keepsNames: keepsNames), keys: keys,
        residual: residual)
    case .aggregate(let input, let groups, let calls, let output):
      return .aggregate(input: merge(input, keepsNames: false), groups: groups, calls: calls, output: output)
    case .distinct(let input):
      let inner = merge(input, keepsNames: keepsNames)
      if case .distinct = inner { return inner }
      return .distinct(input: inner)
    case .unionAll(let inputs, let output):
      return .unionAll(inputs: inputs.map { merge($0, keepsNames: false) }, output: output)
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return .outerJoin(
        kind: kind, left: merge(left, keepsNames: keepsNames), right: merge(right, keepsNames: keepsNames),
        keys: keys, residual: residual)
    case .setOperation(let operation, let left, let right):
      return .setOperation(
        operation, left: merge(left, keepsNames: keepsNames), right: merge(right, keepsNames: false))
    case .window, .expand, .unnest, .collect: return plan.replacingInputs { merge($0, keepsNames: false) }
    }
  }

  private static func project(
    _ input: Plan, _ expressions: [ScalarExpression], _ output: [PlanColumn], keepsNames: Bool
  ) -> Plan {
    if case .project(let deeper, let inner, _) = input, isCheap(inner, in: expressions) {
      let composed = expressions.map { $0.mapColumns { index, _ in inner[index] } }
      return project(deeper, composed, output, keepsNames: keepsNames)
    }
    let isIdentity = expressions == Plan.identity(input.output)
    let sameNames = zip(input.output, output).allSatisfy { $0.name.spelled == $1.name.spelled }
    if isIdentity, !keepsNames || (sameNames && input.output == output) { return input }
    return .project(input: input, expressions: expressions, output: output)
  }

  /// Whether putting the inner expressions into the outer ones computes nothing twice.
  private static func isCheap(_ inner: [ScalarExpression], in outer: [ScalarExpression]) -> Bool {
    var uses = Array(repeating: 0, count: inner.count)
    for expression in outer { count(expression, &uses) }
    return zip(inner, uses).allSatisfy { expression, count in count <= 1 || expression.children.isEmpty }
  }

  private static func count(_ expression: ScalarExpression, _ uses: inout [Int]) {
    if case .column(let index) = expression.node { uses[index] += 1 }
    for child in expression.children { count(child, &uses) }
  }
}
