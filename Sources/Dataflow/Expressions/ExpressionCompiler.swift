import DataModel

/// Bound expression to kernels, once.
enum ExpressionCompiler {
  static func compile(_ expression: ScalarExpression) -> any ExpressionNode {
    let physical = expression.type.physical
    switch expression.node {
    case .column(let index): return ColumnNode(index)
    case .literal(let value): return LiteralNode(vector: Vector(constant: value, physical))
    case .conditional(let branches, let otherwise):
      let node = ConditionalNode(
        branches.map { ConditionalNode.Branch(condition: compile($0.condition), result: compile($0.result)) },
        otherwise: otherwise.map(compile), physical)
      return folded(node, node.children)
    case .call(let function, let arguments):
      if function == .now { return NowNode() }
      if function == .transform || function == .arrayExists {
        let node = LambdaNode(function, arguments)
        return node.isConstant ? folded(node, []) : node
      }
      let children = arguments.map(compile)
      return folded(call(function, arguments, children, expression.type), children)
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
        inputs, type.physical, isTotal: isTotal(function, arguments.map(\.type)), kernel)
    case .nullable(let kernel): return BuilderNode(inputs, type.physical, isStrict: true, kernel)
    case .loose(let kernel): return BuilderNode(inputs, type.physical, isStrict: false, kernel)
    }
  }

  private static func isTotal(_ function: ScalarFunction, _ types: [ColumnType]) -> Bool {
    switch function {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .not, .greatest, .least,
      .characterLength, .position:
      true
    case .add, .subtract, .multiply, .divide, .negate: types[0].physical == .float64
    default: false
    }
  }
}
