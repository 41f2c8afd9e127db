import DataModel

/// A function over a batch that decides itself which rows are NULL: it appends one row each to the builder.
typealias BuilderKernel = @Sendable (Operands, inout ColumnBuilder) throws(EvaluationError) -> Void

/// A function whose result may be NULL where its arguments are not, or present where one of them is NULL.
struct BuilderNode: ExpressionNode {
  /// NULL as soon as an argument is NULL; else the kernel looks at `Operands.isPresent`.
  private let isStrict: Bool
  private let arguments: [any ExpressionNode]
  private let physical: PhysicalType
  private let kernel: BuilderKernel
  let traits: NodeTraits

  init(
    _ arguments: [any ExpressionNode], _ physical: PhysicalType, isStrict: Bool,
    _ kernel: @escaping BuilderKernel
  ) {
    self.arguments = arguments
    self.physical = physical
    self.isStrict = isStrict
    self.kernel = kernel
    traits = NodeTraits.over(arguments, isTotal: false)
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    var vectors: [Vector] = []
    for argument in arguments { vectors.append(try argument.run(frame)) }
    if isStrict, vectors.contains(where: \.isNullConstant) { return Vector(constant: .null, physical) }
    let isConstant = vectors.allSatisfy(\.isConstant)
    let count = isConstant ? 1 : frame.count
    let validity = isStrict ? StrictNode.validity(vectors, count) : nil
    var builder = ColumnBuilder(physical)
    builder.reserve(count)
    try kernel(Operands(vectors: vectors, count: count, validity: validity), &builder)
    // Noticed after the batch: offsets are cut to 32 bits until then.
    try StringKernels.checkSize(builder.byteCount, times: 1)
    return Vector(builder.finish(), isConstant: isConstant)
  }
}

extension Operands {
  /// Whether one argument is present, for kernels that are not strict.
  @inline(__always)
  func isPresent(_ index: Int, _ row: Int) -> Bool { vectors[index].isValid(row) }

  /// Runs the body on the rows where all arguments of a strict function are present; NULL elsewhere.
  @inline(__always)
  func build(
    _ builder: inout ColumnBuilder, _ body: (Int, inout ColumnBuilder) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    for row in 0..<count {
      if isValid(row) { try body(row, &builder) } else { builder.appendNull() }
    }
  }
}

/// CAST that gives NULL in place of an error of its own; errors of its argument stay.
struct SafeCastNode: ExpressionNode {
  private let argument: any ExpressionNode
  private let from: ColumnType
  private let physical: PhysicalType
  private let cast: any ExpressionNode
  let traits: NodeTraits

  init(_ argument: any ExpressionNode, from: ColumnType, to: ColumnType) {
    self.argument = argument
    self.from = from
    physical = to.physical
    cast = CastCompiler.node(ColumnNode(0), from: from, to: to)
    traits = NodeTraits.over([argument])
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    let input = try argument.run(frame)
    let count = input.isConstant ? 1 : frame.count
    let column = input.column
    do throws(EvaluationError) {
      let whole = try cast.run(Frame(columns: [column], count: count, now: frame.now))
      return Vector(whole.column, isConstant: input.isConstant || whole.isConstant)
    } catch {
      return Vector(rowByRow(column, count, frame.now), isConstant: input.isConstant)
    }
  }

  /// Only for batches in which some row fails.
  private func rowByRow(_ column: ColumnVector, _ count: Int, _ now: Int64) -> ColumnVector {
    var builder = ColumnBuilder(physical)
    for row in 0..<count {
      let one = ColumnGather.gather(column, [Int32(truncatingIfNeeded: row)])
      do throws(EvaluationError) {
        builder.append(try cast.run(Frame(columns: [one], count: 1, now: now)).column.value(at: 0))
      } catch {
        builder.appendNull()
      }
    }
    return builder.finish()
  }
}
