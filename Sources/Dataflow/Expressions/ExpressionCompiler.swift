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
    default:
      let types = arguments.map(\.type)
      return StrictNode(
        strictArguments(function, children), type.physical, isTotal: isTotal(function, types),
        kernel(function, arguments, type))
    }
  }

  /// The unit of date functions is taken at compile time.
  private static func strictArguments(
    _ function: ScalarFunction, _ children: [any ExpressionNode]
  ) -> [any ExpressionNode] {
    function == .extract || function == .truncateTime ? Array(children.dropFirst()) : children
  }

  private static func kernel(
    _ function: ScalarFunction, _ arguments: [ScalarExpression], _ type: ColumnType
  ) -> Kernel {
    let types = arguments.map(\.type)
    switch function {
    case .add, .subtract, .multiply, .divide, .modulo: return Arithmetic.binary(function, types, type)
    case .negate: return Arithmetic.negate(type)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return Comparison.kernel(function, types[0].physical)
    case .greatest, .least: return Comparison.extreme(type.physical, greatest: function == .greatest)
    case .not: return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { 1 &- $0 }) }
    case .cast: return Casts.kernel(from: types[0], to: type)
    case .absolute, .floor, .ceiling, .round, .sign, .power, .squareRoot, .exponential, .naturalLogarithm:
      return Numbers.kernel(function, types, type)
    case .concatenate, .lower, .upper, .trimBoth, .trimLeading, .trimTrailing, .characterLength, .substring,
      .position, .replace, .left, .right:
      return Strings.kernel(function)
    case .like: return Likeness.kernel
    case .extract: return DateTime.extract(DateTime.unit(arguments[0]), types[1])
    case .truncateTime: return DateTime.truncate(DateTime.unit(arguments[0]), types[1])
    case .and, .or, .isNull, .isNotNull, .isTrue, .isFalse, .isNotTrue, .isNotFalse, .coalesce, .nullIf,
      .notDistinct, .now:
      preconditionFailure("\(function.rawValue) has a node of its own")
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
