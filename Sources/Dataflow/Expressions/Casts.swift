import DataModel

/// CAST between all pairs of types that have a meaning; the others refuse every row that is not NULL.
enum Casts {
  static func kernel(from: ColumnType, to: ColumnType) -> Kernel {
    if from == to { return { operands in operands.vectors[0].column.storage } }
    if from == .null || to == .null {
      return { operands in Vector.zeros(to.physical, count: operands.count).storage }
    }
    if from.isString { return fromText(to) }
    if to.isString { return { operands throws(EvaluationError) in try toText(operands, from, to) } }
    switch from {
    case .boolean: return fromInteger(from, to)
    case .real, .double: return fromDouble(from, to)
    case .decimal(_, let scale): return fromDecimal(from, scale, to)
    case .unsignedBigint: return fromDecimal(from, 0, to)
    case .date, .time, .timestamp: return fromTime(from, to)
    case .interval(let qualifier): return fromInterval(qualifier, from, to)
    case .varbinary, .binary, .uuid: return fromBytes(from, to)
    default: return from.isInteger ? fromInteger(from, to) : refused(from, to)
    }
  }

  static func refused(_ from: ColumnType, _ to: ColumnType) -> Kernel {
    return { operands throws(EvaluationError) in
      for row in 0..<operands.count where operands.isValid(row) {
        throw EvaluationError(.invalidCast, "cannot cast \(from.description) to \(to.description)")
      }
      return Vector.zeros(to.physical, count: operands.count).storage
    }
  }

  static func outOfRange(_ value: String, _ to: ColumnType) -> EvaluationError {
    EvaluationError(.overflow, "\(value) is out of range of \(to.description)")
  }

  // MARK: Integers and booleans

  private static func fromInteger(_ from: ColumnType, _ to: ColumnType) -> Kernel {
    switch to {
    case .boolean:
      return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { $0 == 0 ? 0 : 1 }) }
    case .tinyint, .smallint, .integer, .bigint, .unsignedTinyint, .unsignedSmallint, .unsignedInteger:
      return { operands throws(EvaluationError) in .int64(try narrowed(operands, to)) }
    case .unsignedBigint:
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        return .int128(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard lane[row] >= 0 else { throw outOfRange("\(lane[row])", to) }
            return Int128(lane[row])
          })
      }
    case .timestamp:
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            let (value, overflow) = lane[row].multipliedReportingOverflow(by: 1000)
            guard !overflow, EventTime.timestampBounds.contains(value) else {
              throw outOfRange("\(lane[row])", to)
            }
            return value
          })
      }
    case .interval(let qualifier): return toInterval(qualifier, to)
    case .real:
      return { operands in .float64(Lanes.map(operands.int64(0), operands.count) { Double(Float($0)) }) }
    case .double: return { operands in .float64(Lanes.map(operands.int64(0), operands.count) { Double($0) }) }
    case .decimal(let precision, let scale):
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        if let whole = DecimalCasts.scaled(lane, operands.count, precision, scale) { return .int128(whole) }
        return .int128(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard let value = WideArithmetic.scaled(Int128(lane[row]), scale),
              DecimalArithmetic.fits(value, precision: precision)
            else { throw outOfRange("\(lane[row])", to) }
            return value
          })
      }
    default: return refused(from, to)
    }
  }

  private static func narrowed(_ operands: Operands, _ to: ColumnType) throws(EvaluationError) -> [Int64] {
    let lane = operands.int64(0)
    let bounds = to.integerBounds ?? Int64.min...Int64.max
    var failed = false
    let values = Lanes.map(lane, operands.count) { value in
      failed = failed || !bounds.contains(value)
      return value
    }
    if failed {
      for row in 0..<operands.count where operands.isValid(row) && !bounds.contains(lane[row]) {
        throw outOfRange("\(lane[row])", to)
      }
    }
    return values
  }

  // MARK: Floating point: fractions are cut

  private static func fromDouble(_ from: ColumnType, _ to: ColumnType) -> Kernel {
    switch to {
    case .real:
      return { operands in .float64(Lanes.map(operands.float64(0), operands.count) { Double(Float($0)) }) }
    case .double: return { operands in operands.vectors[0].column.storage }
    case .unsignedBigint:
      return { operands throws(EvaluationError) in
        let lane = operands.float64(0)
        return .int128(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard let value = UInt64(exactly: lane[row].rounded(.towardZero)) else {
              throw outOfRange("\(lane[row])", to)
            }
            return Int128(value)
          })
      }
    case _ where to.isInteger:
      let bounds = to.integerBounds ?? Int64.min...Int64.max
      return { operands throws(EvaluationError) in
        let lane = operands.float64(0)
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard let value = Int64(exactly: lane[row].rounded(.towardZero)), bounds.contains(value) else {
              throw outOfRange("\(lane[row])", to)
            }
            return value
          })
      }
    case .decimal(let precision, let scale):
      return { operands throws(EvaluationError) in
        let lane = operands.float64(0)
        return .int128(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            try DecimalArithmetic.fromDouble(lane[row], precision: precision, scale: scale)
          })
      }
    case .boolean:
      return { operands in .int64(Lanes.map(operands.float64(0), operands.count) { $0 == 0 ? 0 : 1 }) }
    default: return refused(from, to)
    }
  }

  // MARK: DECIMAL: to integers fractions are cut, to another scale they round half away from zero

  private static func fromDecimal(_ from: ColumnType, _ scale: Int, _ to: ColumnType) -> Kernel {
    switch to {
    case .decimal(let precision, let target):
      return { operands throws(EvaluationError) in
        let lane = operands.int128(0)
        if let whole = DecimalCasts.scaled(lane, operands.count, precision, target - scale) {
          return .int128(whole)
        }
        return .int128(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard let value = WideArithmetic.scaled(lane[row], target - scale),
              DecimalArithmetic.fits(value, precision: precision)
            else { throw outOfRange(DecimalArithmetic.render(lane[row], scale: scale), to) }
            return value
          })
      }
    case .unsignedBigint:
      let divisor = DecimalArithmetic.powersOfTen[min(max(scale, 0), DecimalArithmetic.digitsMax)]
      return { operands throws(EvaluationError) in
        let lane = operands.int128(0)
        return .int128(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard let value = WideUnsigned.checked(lane[row] / divisor) else {
              throw outOfRange(DecimalArithmetic.render(lane[row], scale: scale), to)
            }
            return value
          })
      }
    case _ where to.isInteger:
      let bounds = to.integerBounds ?? Int64.min...Int64.max
      let divisor = DecimalArithmetic.powersOfTen[min(max(scale, 0), DecimalArithmetic.digitsMax)]
      return { operands throws(EvaluationError) in
        let lane = operands.int128(0)
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            guard let value = Int64(exactly: lane[row] / divisor), bounds.contains(value) else {
              throw outOfRange(DecimalArithmetic.render(lane[row], scale: scale), to)
            }
            return value
          })
      }
    case .real, .double:
      let isReal = to == .real
      return { operands in
        let values = Lanes.map(operands.int128(0), operands.count) {
          DecimalArithmetic.toDouble($0, scale: scale)
        }
        return .float64(isReal ? Arithmetic.rounded(values) : values)
      }
    case .boolean:
      return { operands in .int64(Lanes.map(operands.int128(0), operands.count) { $0 == 0 ? 0 : 1 }) }
    default: return refused(from, to)
    }
  }
}

/// Casts to DECIMAL that only multiply by a power of ten.
enum DecimalCasts {
  /// Nil when some row does not fit, or digits would be lost.
  static func scaled<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ lane: Lane<Number>, _ count: Int, _ precision: Int, _ shift: Int
  ) -> [Int128]? {
    guard (0...18).contains(shift), (0...DecimalArithmetic.digitsMax).contains(precision) else { return nil }
    let factor = Int64(truncatingIfNeeded: DecimalArithmetic.powersOfTen[shift])
    let bound = (DecimalArithmetic.powersOfTen[precision] - 1) / Int128(factor)
    var isOdd = false
    let values: [Int128]
    if Number.self == Int64.self, bound >= Int128(Int64.max) + 1 {
      values = Lanes.map(lane, count) { Int128($0) &* Int128(factor) }
    } else {
      values = Lanes.map(lane, count) { number in
        let value = Int128(number)
        isOdd = isOdd || value > bound || value < -bound
        return value &* Int128(factor)
      }
    }
    return isOdd ? nil : values
  }
}
