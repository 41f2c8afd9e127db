import DataModel

/// A strict function whose result is a part of its first argument, or NULL: one piece of that column a row, see
/// `StringKernels.piece`.
typealias SliceKernel = @Sendable (Operands) throws(EvaluationError) -> [UInt64]

struct SliceNode: ExpressionNode {
  private let arguments: [any ExpressionNode]
  private let kernel: SliceKernel
  let traits: NodeTraits

  init(_ arguments: [any ExpressionNode], _ kernel: @escaping SliceKernel) {
    self.arguments = arguments
    self.kernel = kernel
    traits = NodeTraits.over(arguments, isTotal: false)
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    var vectors: [Vector] = []
    for argument in arguments { vectors.append(try argument.run(frame)) }
    if vectors.contains(where: \.isNullConstant) { return Vector(constant: .null, .bytes) }
    let isConstant = vectors.allSatisfy(\.isConstant)
    let count = isConstant ? 1 : frame.count
    let operands = Operands(vectors: vectors, count: count, validity: StrictNode.validity(vectors, count))
    var pieces = try kernel(operands)
    if let validity = operands.validity {
      RowNumbers.fill(StringKernels.nullPiece, at: RowNumbers.rows(validity, where: false), in: &pieces)
    }
    return Vector(try Self.column(operands.bytes(0), pieces), isConstant: isConstant)
  }

  private static func column(
    _ lane: ByteLane, _ pieces: [UInt64]
  ) throws(EvaluationError) -> ColumnVector {
    // A part is no longer than its whole; only the rows of a constant can add up to more.
    if lane.isConstant { try StringKernels.checkSize(lane.column.bytes.count, times: pieces.count) }
    return StringKernels.slices(of: lane.column, pieces)
  }
}

extension Operands {
  /// Parts of the first argument, where a function is NULL only for NULL arguments.
  func slices(
    _ lane: ByteLane, _ body: (Int) throws(EvaluationError) -> Range<Int>
  ) throws(EvaluationError) -> ColumnVector.Storage {
    let pieces: [UInt64] = try Lanes.rows(self, zero: 0) { row throws(EvaluationError) in
      let range = try body(row)
      return StringKernels.piece(range.lowerBound, range.upperBound)
    }
    if lane.isConstant { try StringKernels.checkSize(lane.column.bytes.count, times: count) }
    return StringKernels.slices(of: lane.column, pieces).storage
  }
}
