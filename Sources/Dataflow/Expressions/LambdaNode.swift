import DataModel

/// TRANSFORM and ARRAY_EXISTS: a body over the elements of an array and what it reads of the row around.
struct LambdaNode: ExpressionNode {
  private let array: any ExpressionNode
  private let captured: [any ExpressionNode]
  private let body: any ExpressionNode
  /// Parts of the body that occur in it twice.
  private let sharedCount: Int
  private let element: PhysicalType
  private let isTest: Bool
  let traits: NodeTraits

  /// `arguments` are the array, what the body reads, and the body.
  init(_ function: ScalarFunction, _ arguments: [ScalarExpression], _ compiler: ExpressionCompiler) {
    guard arguments.count >= 2, case .array(let type) = arguments[0].type else {
      preconditionFailure("a lambda is bound over an array")
    }
    array = compiler.compile(arguments[0])
    captured = arguments[1..<arguments.count - 1].map { compiler.compile($0) }
    let opened = Self.opened(arguments[arguments.count - 1])
    let inner = ExpressionCompiler(for: [opened])
    body = inner.compile(opened)
    sharedCount = inner.sharedCount
    element = type.physical
    isTest = function == .arrayExists
    var traits = NodeTraits.over([array] + captured, isTotal: false)
    traits.usesNow = traits.usesNow || body.traits.usesNow
    self.traits = traits
  }

  /// Whether nothing but literals decides the value.
  var isConstant: Bool { ([array] + captured).allSatisfy { $0 is LiteralNode } && !body.traits.usesNow }

  /// The body with its parameters as columns. Bodies inside of it have their own.
  private static func opened(_ expression: ScalarExpression) -> ScalarExpression {
    switch expression.node {
    case .call(.lambdaParameter, let arguments):
      guard case .literal(.int64(let position)) = arguments[0].node else {
        preconditionFailure("a parameter has a literal position")
      }
      return ScalarExpression(
        .column(Int(clamping: position)), type: expression.type, nullable: expression.nullable)
    case .call(let function, let arguments):
      let isLambda = function == .transform || function == .arrayExists
      let last = arguments.count - 1
      let opened = arguments.enumerated().map { isLambda && $0 == last ? $1 : Self.opened($1) }
      return ScalarExpression(.call(function, opened), type: expression.type, nullable: expression.nullable)
    case .conditional(let branches, let otherwise):
      let opened = branches.map {
        ConditionalBranch(condition: Self.opened($0.condition), result: Self.opened($0.result))
      }
      return ScalarExpression(
        .conditional(opened, otherwise: otherwise.map(Self.opened)), type: expression.type,
        nullable: expression.nullable)
    case .column, .literal: return expression
    }
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    let arrays = try array.run(frame).expanded(frame.count)
    let exploded = NestedColumns.explode(arrays, element)
    let rows = exploded.rows
    var columns = [exploded.items]
    for node in captured {
      columns.append(try ColumnGather.repeated(try node.run(frame).expanded(frame.count), rows))
    }
    var results = ColumnVector(repeating: .null, physical: .int64, count: 0)
    if exploded.count > 0 {
      let inner = Frame(columns: columns, count: exploded.count, now: frame.now, sharedCount: sharedCount)
      results = ColumnGather.canonical(try body.run(inner).expanded(exploded.count))
    }
    if isTest { return Vector(Self.exists(results, exploded.lengths, arrays)) }
    let made = NestedColumns.Exploded(items: results, lengths: exploded.lengths)
    return Vector(try NestedColumns.implode(made, validity: arrays.validity))
  }

  /// TRUE for one, else NULL when one is unknown.
  private static func exists(
    _ tests: ColumnVector, _ lengths: [Int32], _ arrays: ColumnVector
  ) -> ColumnVector {
    var builder = ColumnBuilder(.int64)
    var start = 0
    for (row, length) in lengths.enumerated() {
      let range = start..<start + Int(length)
      start = range.upperBound
      let values = range.map { tests.value(at: $0) }
      if !arrays.isValid(row) {
        builder.appendNull()
      } else if values.contains(.boolean(true)) {
        builder.append(.boolean(true))
      } else {
        builder.append(values.contains(.null) ? .null : .boolean(false))
      }
    }
    return builder.finish()
  }
}
