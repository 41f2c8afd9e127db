import DataModel

/// CASE: each condition runs over the rows that no earlier one took, each result over the rows that take it.
struct ConditionalNode: ExpressionNode {
  struct Branch: Sendable {
    let condition: any ExpressionNode
    let result: any ExpressionNode
  }

  private let branches: [Branch]
  private let otherwise: (any ExpressionNode)?
  private let physical: PhysicalType
  let traits: NodeTraits

  init(_ branches: [Branch], otherwise: (any ExpressionNode)?, _ physical: PhysicalType) {
    self.branches = branches
    self.otherwise = otherwise
    self.physical = physical
    traits = NodeTraits.over(Self.children(branches, otherwise))
  }

  var children: [any ExpressionNode] { Self.children(branches, otherwise) }

  private static func children(
    _ branches: [Branch], _ otherwise: (any ExpressionNode)?
  ) -> [any ExpressionNode] {
    branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    var assembly = Assembly(physical, frame.count)
    var open = Assembly.allRows(frame.count)
    for branch in branches {
      if open.isEmpty { break }
      let condition = try branch.condition.run(frame.selecting(open, for: branch.condition))
      let (taken, rest) = split(open, condition.trueRows(open.count))
      try assembly.place(branch.result, taken, frame)
      open = rest
    }
    if let otherwise { try assembly.place(otherwise, open, frame) }
    return Vector(assembly.finish())
  }

  /// Rows of `open` at the positions `chosen` (ascending), and the others.
  private func split(_ open: [Int32], _ chosen: [Int32]) -> (taken: [Int32], rest: [Int32]) {
    if chosen.isEmpty { return ([], open) }
    if chosen.count == open.count { return (open, []) }
    var rest: [Int32] = []
    rest.reserveCapacity(open.count - chosen.count)
    var next = 0
    for (position, row) in open.enumerated() {
      if next < chosen.count, Int(chosen[next]) == position {
        next += 1
      } else {
        rest.append(row)
      }
    }
    return (chosen.map { open[Int($0)] }, rest)
  }
}

/// First argument that is not NULL; each runs only over the rows that the earlier ones left NULL.
struct CoalesceNode: ExpressionNode {
  private let arguments: [any ExpressionNode]
  private let physical: PhysicalType
  let traits: NodeTraits

  init(_ arguments: [any ExpressionNode], _ physical: PhysicalType) {
    self.arguments = arguments
    self.physical = physical
    traits = NodeTraits.over(arguments)
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    let first = try arguments[0].run(frame)
    if first.isConstant ? first.column.isValid(0) : first.column.validity == nil { return first }
    var assembly = Assembly(physical, frame.count)
    var open = Assembly.allRows(frame.count)
    for (index, argument) in arguments.enumerated() {
      if open.isEmpty { break }
      let vector = index == 0 ? first : try argument.run(frame.selecting(open, for: argument))
      assembly.place(vector, rows: open, from: .selection)
      var rest: [Int32] = []
      for (position, row) in open.enumerated() where !vector.isValid(position) { rest.append(row) }
      open = rest
    }
    return Vector(assembly.finish())
  }
}

/// NULL when both are equal, else the first.
struct NullIfNode: ExpressionNode {
  private let arguments: [any ExpressionNode]
  private let equal: Kernel
  let traits: NodeTraits

  init(_ arguments: [any ExpressionNode], _ physical: PhysicalType) {
    self.arguments = arguments
    equal = Comparison.kernel(.equal, physical)
    traits = NodeTraits.over(arguments)
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    let left = try arguments[0].run(frame)
    let right = try arguments[1].run(frame)
    let isConstant = left.isConstant && right.isConstant
    let count = isConstant ? 1 : frame.count
    guard case .int64(let same) = try equal(Operands(vectors: [left, right], count: count, validity: nil))
    else {
      preconditionFailure("a comparison gives int64")
    }
    var bits = ValidityBitmap(repeating: true, count: count)
    for row in 0..<count where !left.isValid(row) || right.isValid(row) && same[row] != 0 {
      bits[row] = false
    }
    let column = left.expanded(count)
    return Vector(
      ColumnVector(normalizing: column.storage, validity: bits, count: count), isConstant: isConstant)
  }
}
