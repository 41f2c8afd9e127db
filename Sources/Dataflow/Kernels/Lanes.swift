import DataModel

/// Loops over lanes; the bodies are inlined, so each call site is one tight loop over raw memory. The lengths are
/// checked in front of the loop.
enum Lanes {
  @inline(__always)
  static func map<A: BitwiseCopyable & Sendable, R: BitwiseCopyable>(
    _ lane: Lane<A>, _ count: Int, _ body: (A) -> R
  ) -> [R] {
    precondition(lane.values.count >= count)
    return unsafe [R](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe lane.values.withUnsafeBufferPointer { source in
        for row in 0..<count { unsafe target.initializeElement(at: row, to: body(source[row])) }
      }
      initialized = count
    }
  }

  /// A constant stays in a register: one loop for each shape.
  @inline(__always)
  static func map<A: BitwiseCopyable & Sendable, B: BitwiseCopyable & Sendable, R: BitwiseCopyable>(
    _ left: Lane<A>, _ right: Lane<B>, _ count: Int, _ body: (A, B) -> R
  ) -> [R] {
    if right.isConstant {
      let constant = right.values[0]
      if left.isConstant { return [R](repeating: body(left.values[0], constant), count: count) }
      return map(left, count) { body($0, constant) }
    }
    if left.isConstant {
      let constant = left.values[0]
      return map(right, count) { body(constant, $0) }
    }
    precondition(left.values.count >= count && right.values.count >= count)
    return unsafe [R](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe left.values.withUnsafeBufferPointer { a in
        unsafe right.values.withUnsafeBufferPointer { b in
          for row in 0..<count { unsafe target.initializeElement(at: row, to: body(a[row], b[row])) }
        }
      }
      initialized = count
    }
  }

  /// One number a row of strings, from its bytes.
  @inline(__always)
  static func map<R: BitwiseCopyable>(
    _ lane: ByteLane, _ count: Int, _ body: (UnsafeBufferPointer<UInt8>, Int, Int) -> R
  ) -> [R] {
    let rows = lane.isConstant ? 1 : count
    precondition(lane.column.count >= rows)
    let limit = lane.column.bytes.count
    let values = unsafe [R](unsafeUninitializedCapacity: rows) { target, initialized in
      unsafe lane.column.bytes.withUnsafeBufferPointer { bytes in
        unsafe lane.column.offsets.withUnsafeBufferPointer { offsets in
          var start = Int(unsafe offsets[0])
          for row in 0..<rows {
            let end = Int(unsafe offsets[row &+ 1])
            precondition(start <= end && end <= limit)
            unsafe target.initializeElement(at: row, to: body(bytes, start, end))
            start = end
          }
        }
      }
      initialized = rows
    }
    return rows == count ? values : [R](repeating: values[0], count: count)
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
    result.bytes.reserveCapacity(8 * operands.count)
    let validity = operands.validity
    for row in 0..<operands.count {
      let start = result.bytes.count
      if validity == nil || operands.isValid(row) { try body(row, &result.bytes) }
      try TextLimits.check("a string function", result.bytes.count - start)
      try StringKernels.checkSize(result.bytes.count, times: 1)
      result.offsets.append(UInt32(truncatingIfNeeded: result.bytes.count))
    }
    return .bytes(result)
  }
}
