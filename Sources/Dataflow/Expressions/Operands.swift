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

  /// One value a row.
  func spread(_ count: Int) -> [Element] {
    isConstant && count != 1 ? [Element](repeating: values[0], count: count) : values
  }
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

/// Loops over lanes; the bodies are inlined, so each call site is one tight loop.
enum Lanes {
  @inline(__always)
  static func map<A: BitwiseCopyable & Sendable, R: BitwiseCopyable>(
    _ lane: Lane<A>, _ count: Int, _ body: (A) -> R
  ) -> [R] {
    var result: [R] = []
    let source = lane.values.span
    result.append(addingCapacity: count) { output in
      for row in 0..<count { output.append(body(source[row])) }
    }
    return result
  }

  @inline(__always)
  static func map<A: BitwiseCopyable & Sendable, B: BitwiseCopyable & Sendable, R: BitwiseCopyable>(
    _ left: Lane<A>, _ right: Lane<B>, _ count: Int, _ body: (A, B) -> R
  ) -> [R] {
    // A constant is spread first: one loop, which the compiler vectorises, beats one loop a shape.
    let leftValues = left.spread(count)
    let rightValues = right.spread(count)
    let a = leftValues.span
    let b = rightValues.span
    var result: [R] = []
    result.append(addingCapacity: count) { output in
      for row in 0..<count { output.append(body(a[row], b[row])) }
    }
    return result
  }

  /// For bodies that may throw: runs only over rows where all arguments are present.
  @inline(__always)
  static func rows<R: BitwiseCopyable>(
    _ operands: Operands, zero: R, _ body: (Int) throws(EvaluationError) -> R
  ) throws(EvaluationError) -> [R] {
    var result = [R](repeating: zero, count: operands.count)
    if let validity = operands.validity {
      for row in 0..<operands.count where validity[row] { result[row] = try body(row) }
    } else {
      for row in 0..<operands.count { result[row] = try body(row) }
    }
    return result
  }

  /// Strings, each appended by the body; only rows where all arguments are present.
  @inline(__always)
  static func strings(
    _ operands: Operands, _ body: (Int, inout [UInt8]) throws(EvaluationError) -> Void
  ) throws(EvaluationError) -> ColumnVector.Storage {
    var result = ByteColumn()
    result.offsets.reserveCapacity(operands.count + 1)
    let validity = operands.validity
    for row in 0..<operands.count {
      let start = result.bytes.count
      if validity == nil || operands.isValid(row) { try body(row, &result.bytes) }
      try TextLimits.check("a string function", result.bytes.count - start)
      guard let end = UInt32(exactly: result.bytes.count) else {
        throw EvaluationError(.overflow, "the strings of one batch exceed 4 GiB")
      }
      result.offsets.append(end)
    }
    return .bytes(result)
  }
}

/// A strict function over a batch; results of rows where an argument is NULL do not matter.
typealias Kernel = @Sendable (Operands) throws(EvaluationError) -> ColumnVector.Storage

/// A function that is NULL when an argument is NULL.
struct StrictNode: ExpressionNode {
  let arguments: [any ExpressionNode]
  let physical: PhysicalType
  let kernel: Kernel
  let traits: NodeTraits

  init(_ arguments: [any ExpressionNode], _ physical: PhysicalType, isTotal: Bool, _ kernel: @escaping Kernel)
  {
    self.arguments = arguments
    self.physical = physical
    self.kernel = kernel
    traits = NodeTraits.over(arguments, isTotal: isTotal)
  }

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
      result = result?.intersection(bits) ?? bits
    }
    return result
  }
}
