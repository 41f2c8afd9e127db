import DataModel

/// Each row once for each alternative; weights stay.
///
/// Alternatives often read a row through few small values (the windows of a HOP all follow from the start of the
/// last one). Then these are computed first and equal ones of the delta become one, before each comes many times.
final class ExpandOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let alternatives: [CompiledProjection]
  private let base: (projection: CompiledProjection, merger: RowMerger)?

  init(_ input: NodeID, _ alternatives: [[ScalarExpression]]) {
    inputs = [input]
    let common = CommonParts(of: alternatives)
    let types = common.parts.map(\.type.physical)
    if alternatives.count > 1, (1...4).contains(types.count), !types.contains(.bytes) {
      base = (CompiledProjection(common.parts), RowMerger(types))
      self.alternatives = common.rest.map { CompiledProjection($0) }
    } else {
      base = nil
      self.alternatives = alternatives.map { CompiledProjection($0) }
    }
  }

  var usesNow: Bool { alternatives.contains { $0.usesNow } || base?.projection.usesNow == true }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard var delta = deltas[0] else { return nil }
    if let base {
      guard let values = try base.projection.run(delta, now: now) else { return nil }
      delta = try base.merger.merge(values)
    }
    var parts: [ColumnBatch] = []
    for alternative in alternatives {
      if let part = try alternative.run(delta, now: now) { parts.append(part) }
    }
    return try ColumnGather.concatenate(parts)
  }
}

/// The greatest expressions that every alternative computes, or that are columns; and the alternatives over them.
struct CommonParts {
  private(set) var parts: [ScalarExpression] = []
  private(set) var rest: [[ScalarExpression]] = []

  init(of alternatives: [[ScalarExpression]]) {
    var common: Set<ScalarExpression>?
    for alternative in alternatives {
      var own: Set<ScalarExpression> = []
      for expression in alternative { Self.collect(expression, &own) }
      common = common?.intersection(own) ?? own
    }
    let shared = common ?? []
    rest = alternatives.map { $0.map { replaced($0, shared) } }
  }

  private static func collect(_ expression: ScalarExpression, _ calls: inout Set<ScalarExpression>) {
    // The body of a lambda is over values that exist only inside it.
    guard case .call(let function, let arguments) = expression.node, !Self.hasLambda(function) else { return }
    calls.insert(expression)
    for argument in arguments { collect(argument, &calls) }
  }

  private static func hasLambda(_ function: ScalarFunction) -> Bool {
    function == .transform || function == .arrayExists || function == .lambdaParameter
  }

  private mutating func replaced(
    _ expression: ScalarExpression, _ shared: Set<ScalarExpression>
  ) -> ScalarExpression {
    switch expression.node {
    case .literal: return expression
    case .call(let function, let arguments) where !shared.contains(expression) && !Self.hasLambda(function):
      return ScalarExpression(
        .call(function, arguments.map { replaced($0, shared) }), type: expression.type,
        nullable: expression.nullable)
    case .conditional(let branches, let otherwise):
      let moved = branches.map { branch in
        ConditionalBranch(
          condition: replaced(branch.condition, shared), result: replaced(branch.result, shared))
      }
      return ScalarExpression(
        .conditional(moved, otherwise: otherwise.map { replaced($0, shared) }), type: expression.type,
        nullable: expression.nullable)
    case .column, .call:
      let place = parts.firstIndex(of: expression) ?? parts.count
      if place == parts.count { parts.append(expression) }
      return ScalarExpression(.column(place), type: expression.type, nullable: expression.nullable)
    }
  }
}
