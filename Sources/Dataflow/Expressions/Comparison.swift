import DataModel

/// Comparison of two values of one layout: numbers by value (NaN equals NaN and is greatest, -0.0 equals 0.0,
/// as the
/// row codec orders them), strings by bytes.
enum Comparison {
  static func kernel(_ function: ScalarFunction, _ physical: PhysicalType) -> Kernel {
    switch physical {
    case .int64:
      return { operands in .int64(integers(function, operands.int64(0), operands.int64(1), operands.count)) }
    case .int128:
      return { operands in .int64(integers(function, operands.int128(0), operands.int128(1), operands.count))
      }
    case .float64:
      return { operands in .int64(floats(function, operands.float64(0), operands.float64(1), operands.count))
      }
    case .bytes:
      return { operands in .int64(strings(function, operands.bytes(0), operands.bytes(1), operands.count)) }
    }
  }

  @inline(__always)
  private static func integers<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ function: ScalarFunction, _ a: Lane<Number>, _ b: Lane<Number>, _ count: Int
  ) -> [Int64] {
    switch function {
    case .equal: Lanes.map(a, b, count) { $0 == $1 ? 1 : 0 }
    case .notEqual: Lanes.map(a, b, count) { $0 != $1 ? 1 : 0 }
    case .less: Lanes.map(a, b, count) { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: Lanes.map(a, b, count) { $0 <= $1 ? 1 : 0 }
    case .greater: Lanes.map(a, b, count) { $0 > $1 ? 1 : 0 }
    default: Lanes.map(a, b, count) { $0 >= $1 ? 1 : 0 }
    }
  }

  @inline(__always)
  static func isLess(_ a: Double, _ b: Double) -> Bool { a < b || (b.isNaN && !a.isNaN) }

  @inline(__always)
  static func isEqual(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }

  private static func floats(
    _ function: ScalarFunction, _ a: Lane<Double>, _ b: Lane<Double>, _ count: Int
  ) -> [Int64] {
    switch function {
    case .equal: Lanes.map(a, b, count) { isEqual($0, $1) ? 1 : 0 }
    case .notEqual: Lanes.map(a, b, count) { isEqual($0, $1) ? 0 : 1 }
    case .less: Lanes.map(a, b, count) { isLess($0, $1) ? 1 : 0 }
    case .lessOrEqual: Lanes.map(a, b, count) { isLess($1, $0) ? 0 : 1 }
    case .greater: Lanes.map(a, b, count) { isLess($1, $0) ? 1 : 0 }
    default: Lanes.map(a, b, count) { isLess($0, $1) ? 0 : 1 }
    }
  }

  /// Below 0, 0, above 0.
  @inline(__always)
  static func order(_ a: ByteLane, _ b: ByteLane, _ row: Int) -> Int {
    let left = a.range(row)
    let right = b.range(row)
    return ByteOrder.compare(
      a.bytes, left.lowerBound, left.upperBound, b.bytes, right.lowerBound, right.upperBound)
  }

  private static func strings(
    _ function: ScalarFunction, _ a: ByteLane, _ b: ByteLane, _ count: Int
  ) -> [Int64] {
    switch function {
    case .equal: ByteCompare.equal(a, b, count)
    case .notEqual:
      Lanes.map(Lane(values: ByteCompare.equal(a, b, count), isConstant: false), count) { 1 &- $0 }
    case .less: ByteCompare.ordered(a, b, count) { $0 < 0 }
    case .lessOrEqual: ByteCompare.ordered(a, b, count) { $0 <= 0 }
    case .greater: ByteCompare.ordered(a, b, count) { $0 > 0 }
    default: ByteCompare.ordered(a, b, count) { $0 >= 0 }
    }
  }

  // MARK: GREATEST, LEAST

  static func extreme(_ physical: PhysicalType, greatest: Bool) -> Kernel {
    switch physical {
    case .int64:
      return { operands in
        .int64(fold(operands, operands.int64) { a, b in (a < b) == greatest ? b : a })
      }
    case .int128:
      return { operands in
        .int128(fold(operands, operands.int128) { a, b in (a < b) == greatest ? b : a })
      }
    case .float64:
      return { operands in
        .float64(fold(operands, operands.float64) { a, b in isLess(a, b) == greatest ? b : a })
      }
    case .bytes:
      return { operands throws(EvaluationError) in try extremeString(operands, greatest: greatest) }
    }
  }

  @inline(__always)
  private static func fold<Number: BitwiseCopyable & Sendable>(
    _ operands: Operands, _ lane: (Int) -> Lane<Number>, _ choose: (Number, Number) -> Number
  ) -> [Number] {
    var best = lane(0)
    for index in operands.vectors.indices.dropFirst() {
      let next = lane(index)
      let isConstant = best.isConstant && next.isConstant
      best = Lane(
        values: Lanes.map(best, next, isConstant ? 1 : operands.count, choose), isConstant: isConstant)
    }
    return best.isConstant
      ? [Number](repeating: best.values[0], count: operands.count) : Array(best.values.prefix(operands.count))
  }

  private static func extremeString(
    _ operands: Operands, greatest: Bool
  ) throws(EvaluationError) -> ColumnVector.Storage {
    let lanes = operands.vectors.indices.map(operands.bytes)
    return try Lanes.strings(operands) { row, bytes in
      var best = lanes[0]
      for lane in lanes.dropFirst() where (order(best, lane, row) < 0) == greatest { best = lane }
      bytes.append(contentsOf: best.bytes[best.range(row)])
    }
  }

  /// GREATEST and LEAST of the arguments that are not NULL.
  static func extremePresent(_ physical: PhysicalType, greatest: Bool) -> BuilderKernel {
    let less = kernel(.less, physical)
    return { operands, builder throws(EvaluationError) in
      var best = [Int](repeating: -1, count: operands.count)
      for index in operands.vectors.indices {
        var current = ColumnBuilder(physical)
        for row in 0..<operands.count {
          current.append(best[row] < 0 ? .null : operands.vectors[best[row]].value(row))
        }
        let pair = [Vector(current.finish()), operands.vectors[index]]
        guard
          case .int64(let isLess) = try less(Operands(vectors: pair, count: operands.count, validity: nil))
        else { preconditionFailure("a comparison gives int64") }
        for row in 0..<operands.count where operands.isPresent(index, row) {
          if best[row] < 0 || (isLess[row] != 0) == greatest { best[row] = index }
        }
      }
      for row in 0..<operands.count {
        builder.append(best[row] < 0 ? .null : operands.vectors[best[row]].value(row))
      }
    }
  }
}
