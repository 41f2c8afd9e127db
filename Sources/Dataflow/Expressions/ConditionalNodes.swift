import DataModel

/// CASE: each condition runs over the rows that no earlier one took, unless it cannot fail; each result over the
/// rows that take it.
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

  func isSafe(over frame: Frame) -> Bool { children.allSatisfy { $0.isSafe(over: frame) } }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    var choice = RowChoice(physical, frame.count, parts: branches.count)
    for (part, branch) in branches.enumerated() {
      if part == 0 || branch.condition.isSafe(over: frame) {
        choice.take(part, where: try branch.condition.run(frame), count: frame.count)
        continue
      }
      let open = choice.openRows
      if open.isEmpty { break }
      let condition = try branch.condition.run(frame.selecting(open))
      choice.take(part, rows: ColumnGather.pick(open, condition.trueRows(open.count)))
    }
    for branch in branches { try choice.add(branch.result, frame) }
    if let otherwise { try choice.add(otherwise, frame) }
    return try choice.finish()
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

  func isSafe(over frame: Frame) -> Bool { arguments.allSatisfy { $0.isSafe(over: frame) } }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    let first = try arguments[0].run(frame)
    if first.isConstant ? first.column.isValid(0) : first.column.validity == nil { return first }
    var choice = RowChoice(physical, frame.count, parts: arguments.count)
    choice.add(first, overFrame: true)
    if !first.isConstant, let validity = first.column.validity {
      choice.take(0, rows: RowNumbers.rows(validity, where: true))
    }
    for (part, argument) in arguments.enumerated().dropFirst() {
      let open = choice.openRows
      if open.isEmpty { break }
      if argument.traits.isTrivial {
        let vector = try argument.run(frame)
        choice.add(vector, overFrame: true)
        choice.take(part, rows: open.filter { vector.isValid(Int($0)) })
        continue
      }
      let vector = try argument.run(frame.selecting(open))
      let present = RowNumbers.all(open.count).filter { vector.isValid(Int($0)) }
      choice.add(vector.gathered(present), overFrame: false)
      choice.take(part, rows: ColumnGather.pick(open, present))
    }
    return try choice.finish()
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
    let all = ValidityBitmap(repeating: true, count: count)
    let leftWords = (left.validity(count) ?? all).words
    let rightWords = (right.validity(count) ?? all).words
    let sameWords = RowNumbers.bits(same, count)
    var bits = all
    for index in bits.words.indices {
      bits.words[index] = leftWords[index] & ~(rightWords[index] & sameWords[index])
    }
    let column = try left.expanded(count)
    return Vector(
      ColumnVector(normalizing: column.storage, validity: bits, count: count), isConstant: isConstant)
  }
}
