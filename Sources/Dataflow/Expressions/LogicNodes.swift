import DataModel

/// AND, OR in three-valued logic.
///
/// Later operands run only over rows that earlier ones left open, unless they cannot fail.
struct LogicNode: ExpressionNode {
  private let operands: [any ExpressionNode]
  private let isAnd: Bool
  let traits: NodeTraits

  init(_ operands: [any ExpressionNode], isAnd: Bool) {
    self.operands = operands
    self.isAnd = isAnd
    traits = NodeTraits.over(operands)
  }

  func isSafe(over frame: Frame) -> Bool { operands.allSatisfy { $0.isSafe(over: frame) } }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    var result = try operands[0].run(frame)
    for operand in operands.dropFirst() { result = try combined(result, operand, frame) }
    return result
  }

  private func combined(
    _ left: Vector, _ right: any ExpressionNode, _ frame: Frame
  ) throws(EvaluationError) -> Vector {
    if left.isConstant {
      if isDecided(left) { return left }
      let other = try right.run(frame)
      return other.isConstant
        ? combine(left, other, 1, isConstant: true) : combine(left, other, frame.count, isConstant: false)
    }
    if right.isSafe(over: frame) {
      return combine(left, try right.run(frame), frame.count, isConstant: false)
    }
    let open = openRows(left, frame.count)
    if open.isEmpty { return left }
    let part = try right.run(frame.selecting(open))
    if part.isConstant || open.count == frame.count {
      return combine(left, part, frame.count, isConstant: false)
    }
    return combine(left, spread(part, open, frame.count), frame.count, isConstant: false)
  }

  /// FALSE decides an AND, TRUE an OR.
  private func isDecided(_ constant: Vector) -> Bool {
    guard constant.column.isValid(0), case .int64(let values) = constant.column.storage else { return false }
    return (values[0] == 0) == isAnd
  }

  private func openRows(_ left: Vector, _ count: Int) -> [Int32] {
    guard case .int64(let values) = left.column.storage else { return [] }
    guard isAnd, let validity = left.column.validity else {
      return RowNumbers.rows(values, count, where: isAnd)
    }
    let truth = RowNumbers.bits(values, count)
    var isOpen = validity
    for index in truth.indices { isOpen.words[index] = truth[index] | ~validity.words[index] }
    isOpen.clearTail()
    return RowNumbers.rows(isOpen, where: true)
  }

  /// The part as a vector over the frame; FALSE in the rows that the left side decides.
  private func spread(_ part: Vector, _ rows: [Int32], _ count: Int) -> Vector {
    guard case .int64(let values) = part.column.storage else { return part }
    var target = [Int64](repeating: 0, count: count)
    RowNumbers.scatter(values, to: rows, in: &target)
    guard let validity = part.column.validity else { return Vector(ColumnVector(.int64(target))) }
    var bits = ValidityBitmap(repeating: true, count: count)
    for row in ColumnGather.pick(rows, RowNumbers.rows(validity, where: false)) { bits[Int(row)] = false }
    return Vector(ColumnVector(.int64(target), validity: bits))
  }

  private func combine(_ left: Vector, _ right: Vector, _ count: Int, isConstant: Bool) -> Vector {
    if left.validity(count) == nil, right.validity(count) == nil {
      let operands = Operands(vectors: [left, right], count: count, validity: nil)
      let a = operands.int64(0)
      let b = operands.int64(1)
      let values = isAnd ? Lanes.map(a, b, count) { $0 & $1 } : Lanes.map(a, b, count) { $0 | $1 }
      return Vector(ColumnVector(.int64(values)), isConstant: isConstant)
    }
    let first = KleeneBits(left, count)
    let second = KleeneBits(right, count)
    let both = isAnd ? first.conjunction(second) : first.disjunction(second)
    return Vector(both.column(count), isConstant: isConstant)
  }
}

/// Truth of a batch as two bits a row: known to be true, known to be false.
private struct KleeneBits {
  private var isTrue: [UInt64]
  private var isFalse: [UInt64]

  private init(isTrue: [UInt64], isFalse: [UInt64]) {
    self.isTrue = isTrue
    self.isFalse = isFalse
  }

  init(_ vector: Vector, _ count: Int) {
    let valid = (vector.validity(count) ?? ValidityBitmap(repeating: true, count: count)).words
    guard case .int64(let values) = vector.column.storage else { preconditionFailure("a truth value") }
    if vector.isConstant {
      isTrue = values[0] != 0 ? valid : [UInt64](repeating: 0, count: valid.count)
    } else {
      isTrue = zip(RowNumbers.bits(values, count), valid).map { $0 & $1 }
    }
    isFalse = zip(valid, isTrue).map { $0 & ~$1 }
  }

  func conjunction(_ other: KleeneBits) -> KleeneBits {
    KleeneBits(
      isTrue: zip(isTrue, other.isTrue).map { $0 & $1 }, isFalse: zip(isFalse, other.isFalse).map { $0 | $1 })
  }

  func disjunction(_ other: KleeneBits) -> KleeneBits {
    KleeneBits(
      isTrue: zip(isTrue, other.isTrue).map { $0 | $1 }, isFalse: zip(isFalse, other.isFalse).map { $0 & $1 })
  }

  func column(_ count: Int) -> ColumnVector {
    var bits = ValidityBitmap(repeating: false, count: count)
    bits.words = zip(isTrue, isFalse).map { $0 | $1 }
    return ColumnVector(
      .int64(RowNumbers.values(isTrue, count)), validity: bits.validCount == count ? nil : bits)
  }
}

/// IS [NOT] NULL, IS [NOT] TRUE, IS [NOT] FALSE.
struct TruthNode: ExpressionNode {
  private let function: ScalarFunction
  private let argument: any ExpressionNode
  let traits: NodeTraits

  init(_ function: ScalarFunction, _ argument: any ExpressionNode) {
    self.function = function
    self.argument = argument
    traits = NodeTraits.over([argument])
  }

  func isSafe(over frame: Frame) -> Bool { argument.isSafe(over: frame) }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    let vector = try argument.run(frame)
    let count = vector.isConstant ? 1 : frame.count
    return Vector(ColumnVector(.int64(values(vector.column, count))), isConstant: vector.isConstant)
  }

  private func values(_ column: ColumnVector, _ count: Int) -> [Int64] {
    var booleans: [Int64] = []
    if case .int64(let values) = column.storage { booleans = values }
    let lane = Lane(values: booleans, isConstant: false)
    switch function {
    case .isTrue: return Lanes.map(lane, count) { $0 }
    case .isNotTrue: return Lanes.map(lane, count) { 1 &- $0 }
    case .isNull: return presence(column, count, present: 0)
    case .isNotNull: return presence(column, count, present: 1)
    default:
      // FALSE is a present 0; absent rows also store 0.
      let present: Int64 = function == .isFalse ? 1 : 0
      guard let validity = column.validity else { return Lanes.map(lane, count) { 1 &- ($0 ^ present ^ 1) } }
      let isFalse = zip(validity.words, RowNumbers.bits(booleans, count)).map { $0 & ~$1 }
      return RowNumbers.values(isFalse, count, present: present)
    }
  }

  private func presence(_ column: ColumnVector, _ count: Int, present: Int64) -> [Int64] {
    guard let validity = column.validity else { return [Int64](repeating: present, count: count) }
    return RowNumbers.values(validity.words, count, present: present)
  }
}

/// IS NOT DISTINCT FROM.
struct NotDistinctNode: ExpressionNode {
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
    guard case .int64(var values) = try equal(Operands(vectors: [left, right], count: count, validity: nil))
    else {
      preconditionFailure("a comparison gives int64")
    }
    if left.validity(count) != nil || right.validity(count) != nil {
      for row in 0..<count {
        let isLeft = left.isValid(row)
        let isRight = right.isValid(row)
        if !isLeft || !isRight { values[row] = isLeft == isRight ? 1 : 0 }
      }
    }
    return Vector(ColumnVector(.int64(values)), isConstant: isConstant)
  }
}
