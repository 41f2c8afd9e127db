import DataModel

/// Bound expressions to kernels, once. Parts that occur twice among the expressions are computed once a frame.
struct ExpressionCompiler {
  /// Programs with more calls are not searched for repeated parts: each is hashed as a whole.
  private static let searchedCallsMax = 500

  /// Number of each repeated part.
  private let slots: [ScalarExpression: Int]
  var sharedCount: Int { slots.count }

  /// For expressions that are evaluated over the same rows.
  init(for expressions: [ScalarExpression]) {
    var search = RepetitionSearch(callsLeft: Self.searchedCallsMax)
    for expression in expressions { search.visit(expression) }
    slots = search.callsLeft >= 0 ? search.slots : [:]
  }

  func compile(_ expression: ScalarExpression) -> any ExpressionNode {
    let node = compileAlone(expression)
    guard !(node is LiteralNode), let slot = slots[expression] else { return node }
    return SharedNode(slot: slot, inner: node)
  }

  private func compileAlone(_ expression: ScalarExpression) -> any ExpressionNode {
    let physical = expression.type.physical
    switch expression.node {
    case .column(let index): return ColumnNode(index)
    case .literal(let value): return LiteralNode(vector: Vector(constant: value, physical))
    case .conditional(let branches, let otherwise):
      let node = ConditionalNode(
        branches.map { ConditionalNode.Branch(condition: compile($0.condition), result: compile($0.result)) },
        otherwise: otherwise.map(compile), physical)
      return Self.folded(node, node.children)
    case .call(let function, let arguments):
      if function == .now { return NowNode() }
      if function == .transform || function == .arrayExists {
        let node = LambdaNode(function, arguments, self)
        return node.isConstant ? Self.folded(node, []) : node
      }
      if function == .characterLength, let node = replacedLength(arguments[0]) { return node }
      let children = arguments.map(compile)
      return Self.folded(Self.call(function, arguments, children, expression.type), children)
    }
  }

  /// CHAR_LENGTH(REPLACE(text, constant, constant)) counts without making the text.
  private func replacedLength(_ argument: ScalarExpression) -> (any ExpressionNode)? {
    guard case .call(.replace, let parts) = argument.node, slots[argument] == nil else { return nil }
    let children = parts.map(compile)
    guard !(children[0] is LiteralNode), let search = (children[1] as? LiteralNode)?.vector,
      let replacement = (children[2] as? LiteralNode)?.vector, !search.isNullConstant,
      !replacement.isNullConstant
    else { return nil }
    return StrictNode(children, .int64, isTotal: true) { operands in
      .int64(Strings.replacedLengths(operands))
    }
  }

  /// A literal when the node is constant and evaluates.
  private static func folded(
    _ node: any ExpressionNode, _ children: [any ExpressionNode]
  ) -> any ExpressionNode {
    guard children.allSatisfy({ $0 is LiteralNode }) else { return node }
    do throws(EvaluationError) {
      let value = try node.run(Frame(columns: [], count: 1, now: 0))
      return LiteralNode(vector: Vector(value.column, isConstant: true))
    } catch {
      return node
    }
  }

  private static func call(
    _ function: ScalarFunction, _ arguments: [ScalarExpression], _ children: [any ExpressionNode],
    _ type: ColumnType
  ) -> any ExpressionNode {
    switch function {
    case .and, .or: return LogicNode(children, isAnd: function == .and)
    case .isNull, .isNotNull, .isTrue, .isFalse, .isNotTrue, .isNotFalse:
      return TruthNode(function, children[0])
    case .coalesce: return CoalesceNode(children, type.physical)
    case .nullIf: return NullIfNode(children, arguments[0].type.physical)
    case .notDistinct: return NotDistinctNode(children, arguments[0].type.physical)
    case .cast: return CastCompiler.node(children[0], from: arguments[0].type, to: type)
    case .safeCast: return SafeCastNode(children[0], from: arguments[0].type, to: type)
    default: break
    }
    let inputs = function.takesLiteral ? Array(children.dropFirst()) : children
    switch FunctionKernels.shape(function, arguments, type) {
    case .strict(let kernel):
      return StrictNode(
        inputs, type.physical, isTotal: isTotal(function, arguments), kernel)
    case .slices(let kernel): return SliceNode(inputs, kernel)
    case .nullable(let kernel): return BuilderNode(inputs, type.physical, isStrict: true, kernel)
    case .loose(let kernel): return BuilderNode(inputs, type.physical, isStrict: false, kernel)
    }
  }

  private static func isTotal(_ function: ScalarFunction, _ arguments: [ScalarExpression]) -> Bool {
    switch function {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .not, .greatest, .least,
      .characterLength, .position, .lower, .upper, .startsWith, .endsWith, .containsText:
      true
    // Units that a type does not have throw.
    case .extract: DateTime.canExtract(DateTime.unit(arguments[0]), arguments[1].type)
    case .add, .subtract, .multiply, .divide, .negate: arguments[0].type.physical == .float64
    default: false
    }
  }
}

/// Finds calls that occur more than once; what is inside a repeated call counts once.
private struct RepetitionSearch {
  private var seen: Set<ScalarExpression> = []
  private(set) var slots: [ScalarExpression: Int] = [:]
  /// Below 0 when there are too many to search.
  private(set) var callsLeft: Int

  init(callsLeft: Int) { self.callsLeft = callsLeft }

  mutating func visit(_ expression: ScalarExpression) {
    var children: [ScalarExpression] = []
    switch expression.node {
    case .column, .literal: return
    case .call(_, let arguments): children = arguments
    case .conditional(let branches, let otherwise):
      children = branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
    }
    callsLeft -= 1
    guard callsLeft >= 0 else { return }
    guard seen.insert(expression).inserted else {
      if slots[expression] == nil { slots[expression] = slots.count }
      return
    }
    for child in children { visit(child) }
  }
}
