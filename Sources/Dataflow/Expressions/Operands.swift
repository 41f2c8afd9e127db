import DataModel

/// Arguments of a strict function, at least one row, none a NULL constant.
struct Operands {
  let vectors: [Vector]
  let count: Int
  /// Rows where all arguments are present; nil is all.
  let validity: ValidityBitmap?

  @inline(__always)
  func isValid(_ row: Int) -> Bool { validity?[row] ?? true }

  // The binder gives every argument the type its function wants: another layout is our bug.

  func int64(_ index: Int) -> Lane<Int64> {
    guard case .int64(let values) = vectors[index].column.storage else {
      preconditionFailure("an int64 argument")
    }
    return Lane(values: values, isConstant: vectors[index].isConstant)
  }

  func float64(_ index: Int) -> Lane<Double> {
    guard case .float64(let values) = vectors[index].column.storage else {
      preconditionFailure("a float64 argument")
    }
    return Lane(values: values, isConstant: vectors[index].isConstant)
  }

  func int128(_ index: Int) -> Lane<Int128> {
    guard case .int128(let values) = vectors[index].column.storage else {
      preconditionFailure("an int128 argument")
    }
    return Lane(values: values, isConstant: vectors[index].isConstant)
  }

  func bytes(_ index: Int) -> ByteLane {
    guard case .bytes(let values) = vectors[index].column.storage else {
      preconditionFailure("a bytes argument")
    }
    return ByteLane(column: values, isConstant: vectors[index].isConstant)
  }
}

/// The numbers of one argument.
struct Lane<Element: BitwiseCopyable & Sendable> {
  let values: [Element]
  /// One value for all rows.
  let isConstant: Bool

  @inline(__always)
  subscript(row: Int) -> Element { values[isConstant ? 0 : row] }

}

/// The strings of one argument.
struct ByteLane {
  let column: ByteColumn
  let isConstant: Bool

  @inline(__always) var bytes: [UInt8] { column.bytes }
  @inline(__always)
  func range(_ row: Int) -> Range<Int> { column.range(isConstant ? 0 : row) }
  func value(_ row: Int) -> [UInt8] { column[isConstant ? 0 : row] }
  func text(_ row: Int) -> String { String(decoding: column.bytes[range(row)], as: UTF8.self) }
}

/// A strict function over a batch; results of rows where an argument is NULL do not matter.
typealias Kernel = @Sendable (Operands) throws(EvaluationError) -> ColumnVector.Storage

/// A function that is NULL when an argument is NULL.
struct StrictNode: ExpressionNode {
  let arguments: [any ExpressionNode]
  let physical: PhysicalType
  let kernel: Kernel
  /// The kernel itself cannot throw.
  private let isTotal: Bool
  let traits: NodeTraits

  init(_ arguments: [any ExpressionNode], _ physical: PhysicalType, isTotal: Bool, _ kernel: @escaping Kernel)
  {
    self.arguments = arguments
    self.physical = physical
    self.kernel = kernel
    self.isTotal = isTotal
    traits = NodeTraits.over(arguments, isTotal: isTotal)
  }

  func isSafe(over frame: Frame) -> Bool { isTotal && arguments.allSatisfy { $0.isSafe(over: frame) } }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    var vectors: [Vector] = []
    for argument in arguments { vectors.append(try argument.run(frame)) }
    if vectors.contains(where: \.isNullConstant) { return Vector(constant: .null, physical) }
    let isConstant = vectors.allSatisfy(\.isConstant)
    let count = isConstant ? 1 : frame.count
    let operands = Operands(vectors: vectors, count: count, validity: StrictNode.validity(vectors, count))
    let storage = try kernel(operands)
    return Vector(
      ColumnVector(normalizing: storage, validity: operands.validity, count: count), isConstant: isConstant)
  }

  static func validity(_ vectors: [Vector], _ count: Int) -> ValidityBitmap? {
    var result: ValidityBitmap?
    for vector in vectors {
      guard let bits = vector.validity(count) else { continue }
      result = result.map { $0 == bits ? bits : $0.intersection(bits) } ?? bits
    }
    return result
  }
}
