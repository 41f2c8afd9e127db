import DataModel

/// Bits of integers, and FACTORIAL.
enum Bits {
  static func kernel(_ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType) -> Kernel? {
    switch function {
    case .bitAnd, .bitOr, .bitXor, .bitNot: return logic(function, types[0])
    case .bitCount: return count(types[0])
    case .shiftLeft, .shiftRight:
      let width = bits(type)
      return { operands in .int64(shifted(function, operands, width, isUnsigned: type.isUnsigned)) }
    case .factorial:
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard (0...20).contains(lane[row]) else {
              throw EvaluationError(
                .overflow, "factorial of \(lane[row]) is out of range; valid range is 0 to 20")
            }
            return lane[row] < 2 ? 1 : (2...lane[row]).reduce(1, *)
          })
      }
    default: return nil
    }
  }

  private static func bits(_ type: ColumnType) -> Int64 {
    switch type {
    case .tinyint, .unsignedTinyint: 8
    case .smallint, .unsignedSmallint: 16
    case .integer, .unsignedInteger: 32
    default: 64
    }
  }

  private static func logic(_ function: ScalarFunction, _ type: ColumnType) -> Kernel {
    switch type.physical {
    case .int128:
      let mask = Int128(UInt64.max)
      return { operands in
        let a = operands.int128(0)
        if function == .bitNot { return .int128(Lanes.map(a, operands.count) { ~$0 & mask }) }
        return .int128(combined(function, a, operands.int128(1), operands.count))
      }
    case .bytes:
      return { operands throws(EvaluationError) in try strings(function, operands) }
    default:
      let mask: Int64 = type.isUnsigned ? (1 << bits(type)) &- 1 : -1
      return { operands in
        let a = operands.int64(0)
        if function == .bitNot { return .int64(Lanes.map(a, operands.count) { ~$0 & mask }) }
        return .int64(combined(function, a, operands.int64(1), operands.count))
      }
    }
  }

  private static func combined<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ function: ScalarFunction, _ a: Lane<Number>, _ b: Lane<Number>, _ count: Int
  ) -> [Number] {
    switch function {
    case .bitAnd: Lanes.map(a, b, count) { $0 & $1 }
    case .bitOr: Lanes.map(a, b, count) { $0 | $1 }
    default: Lanes.map(a, b, count) { $0 ^ $1 }
    }
  }

  /// Binary strings of one length.
  private static func strings(
    _ function: ScalarFunction, _ operands: Operands
  ) throws(EvaluationError) -> ColumnVector.Storage {
    let a = operands.bytes(0)
    let b = function == .bitNot ? a : operands.bytes(1)
    return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
      let left = a.range(row)
      let right = b.range(row)
      guard left.count == right.count else {
        throw EvaluationError(.invalidArgument, "different length for bitwise operands")
      }
      for offset in 0..<left.count {
        let x = a.bytes[left.lowerBound + offset]
        let y = b.bytes[right.lowerBound + offset]
        switch function {
        case .bitAnd: bytes.append(x & y)
        case .bitOr: bytes.append(x | y)
        case .bitXor: bytes.append(x ^ y)
        default: bytes.append(~x)
        }
      }
    }
  }

  private static func count(_ type: ColumnType) -> Kernel {
    switch type.physical {
    case .int128:
      return { operands in .int64(Lanes.map(operands.int128(0), operands.count) { Int64($0.nonzeroBitCount) })
      }
    case .bytes:
      return { operands in
        let lane = operands.bytes(0)
        return .int64(
          (0..<operands.count).map { row in
            lane.bytes[lane.range(row)].reduce(0) { $0 + Int64($1.nonzeroBitCount) }
          })
      }
    default:
      return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { Int64($0.nonzeroBitCount) })
      }
    }
  }

  /// The count is taken modulo the width of the type; the result is cut to that width.
  private static func shifted(
    _ function: ScalarFunction, _ operands: Operands, _ width: Int64, isUnsigned: Bool
  ) -> [Int64] {
    Lanes.map(operands.int64(0), operands.int64(1), operands.count) { value, wanted in
      let rest = wanted % width
      let count = rest < 0 ? rest + width : rest
      if function == .shiftRight { return value >> count }
      let unused = 64 - width
      let moved = (value << count) << unused
      return isUnsigned ? Int64(bitPattern: UInt64(bitPattern: moved) >> UInt64(unused)) : moved >> unused
    }
  }
}
