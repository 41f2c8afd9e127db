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

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    var result = try operands[0].run(frame)
    for operand in operands.dropFirst() { result = try combined(result, operand, frame) }
    return result
  }

  private func combined(
    _ left: Vector, _ right: any ExpressionNode, _ frame: Frame
  ) throws(EvaluationError) -> Vector {
    if left.isConstant {
      if isDecided(left, 0) { return left }
      let other = try right.run(frame)
      return other.isConstant
        ? combine(left, other, 1, isConstant: true) : combine(left, other, frame.count, isConstant: false)
    }
    if right.traits.isTotal { return combine(left, try right.run(frame), frame.count, isConstant: false) }
    let open = (0..<Int32(truncatingIfNeeded: frame.count)).filter { !isDecided(left, Int($0)) }
    if open.isEmpty { return left }
    let part = try right.run(frame.selecting(open, for: right))
    var assembly = Assembly(.int64, frame.count)
    let decided = (0..<Int32(truncatingIfNeeded: frame.count)).filter { isDecided(left, Int($0)) }
    assembly.place(left, rows: decided, from: .frame)
    let gathered = Vector(ColumnGather.gather(left.column, open))
    assembly.place(combine(gathered, part, open.count, isConstant: false), rows: open, from: .selection)
    return Vector(assembly.finish())
  }

  /// FALSE decides an AND, TRUE an OR.
  private func isDecided(_ vector: Vector, _ row: Int) -> Bool {
    guard vector.isValid(row), case .int64(let values) = vector.column.storage else { return false }
    return (values[vector.isConstant ? 0 : row] == 0) == isAnd
  }

  private func combine(_ left: Vector, _ right: Vector, _ count: Int, isConstant: Bool) -> Vector {
    let vectors = [left, right]
    let operands = Operands(vectors: vectors, count: count, validity: StrictNode.validity(vectors, count))
    let a = operands.int64(0)
    let b = operands.int64(1)
    let isAnd = isAnd
    if operands.validity == nil {
      let values = isAnd ? Lanes.map(a, b, count) { $0 & $1 } : Lanes.map(a, b, count) { $0 | $1 }
      return Vector(ColumnVector(.int64(values)), isConstant: isConstant)
    }
    let first = KleeneBits(left, a, count)
    let second = KleeneBits(right, b, count)
    let both = isAnd ? first.conjunction(second) : first.disjunction(second)
    return Vector(
      ColumnVector(normalizing: .int64(both.values(count)), validity: both.validity(count), count: count),
      isConstant: isConstant)
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

  init(_ vector: Vector, _ lane: Lane<Int64>, _ count: Int) {
    let valid = vector.validity(count) ?? ValidityBitmap(repeating: true, count: count)
    let values = lane.spread(count)
    let source = values.span
    isTrue = [UInt64](repeating: 0, count: valid.words.count)
    for word in isTrue.indices {
      let start = word * 64
      var bits: UInt64 = 0
      for offset in 0..<min(64, count - start) {
        bits |= UInt64(truncatingIfNeeded: source[start + offset] & 1) << UInt64(offset)
      }
      isTrue[word] = bits & valid.words[word]
    }
    isFalse = zip(valid.words, isTrue).map { $0 & ~$1 }
  }

  func conjunction(_ other: KleeneBits) -> KleeneBits {
    KleeneBits(
      isTrue: zip(isTrue, other.isTrue).map { $0 & $1 }, isFalse: zip(isFalse, other.isFalse).map { $0 | $1 })
  }

  func disjunction(_ other: KleeneBits) -> KleeneBits {
    KleeneBits(
      isTrue: zip(isTrue, other.isTrue).map { $0 | $1 }, isFalse: zip(isFalse, other.isFalse).map { $0 & $1 })
  }

  func values(_ count: Int) -> [Int64] {
    let source = isTrue.span
    var result: [Int64] = []
    result.append(addingCapacity: count) { output in
      for row in 0..<count {
        output.append(Int64(truncatingIfNeeded: source[row >> 6] >> UInt64(row & 63) & 1))
      }
    }
    return result
  }

  func validity(_ count: Int) -> ValidityBitmap {
    var bits = ValidityBitmap(repeating: false, count: count)
    bits.words = zip(isTrue, isFalse).map { $0 | $1 }
    return bits
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
      let isFalse = function == .isFalse
      return (0..<count).map { (column.isValid($0) && booleans[$0] == 0) == isFalse ? 1 : 0 }
    }
  }

  private func presence(_ column: ColumnVector, _ count: Int, present: Int64) -> [Int64] {
    guard let validity = column.validity else { return [Int64](repeating: present, count: count) }
    return (0..<count).map { validity[$0] ? present : 1 - present }
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
