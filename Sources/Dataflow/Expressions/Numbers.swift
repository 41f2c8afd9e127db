import DataModel
import Platform

/// ABS, FLOOR, CEIL, ROUND, SIGN and the real functions.
enum Numbers {
  static func kernel(_ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType) -> Kernel {
    switch types[0].physical {
    case .float64:
      let isReal = type == .real
      return { operands in
        let values = floats(function, operands)
        return .float64(isReal ? Arithmetic.rounded(values) : values)
      }
    case .int128:
      let scales = (from: DecimalShape.scale(types[0]), to: DecimalShape.scale(type))
      return { operands throws(EvaluationError) in
        .int128(try decimals(function, operands, scales.from, scales.to))
      }
    case .int64, .bytes:
      let bounds = type.integerBounds ?? Int64.min...Int64.max
      return { operands throws(EvaluationError) in .int64(try integers(function, operands, bounds)) }
    }
  }

  // MARK: Floating point

  private static func floats(_ function: ScalarFunction, _ operands: Operands) -> [Double] {
    let lane = operands.float64(0)
    let count = operands.count
    switch function {
    case .absolute: return Lanes.map(lane, count) { $0.magnitude }
    case .floor: return Lanes.map(lane, count) { $0.rounded(.down) }
    case .ceiling: return Lanes.map(lane, count) { $0.rounded(.up) }
    case .sign: return Lanes.map(lane, count) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .squareRoot: return Lanes.map(lane, count) { $0.squareRoot() }
    case .exponential: return Lanes.map(lane, count) { RealFunctions.exponential($0) }
    case .naturalLogarithm: return Lanes.map(lane, count) { RealFunctions.naturalLogarithm($0) }
    case .power: return Lanes.map(lane, operands.float64(1), count) { RealFunctions.power($0, $1) }
    default:
      guard operands.vectors.count > 1 else { return Lanes.map(lane, count) { $0.rounded() } }
      let digits = operands.int64(1)
      return (0..<count).map { rounded(lane[operands.vectors[0].isConstant ? 0 : $0], digits[$0]) }
    }
  }

  /// Half away from zero; unchanged where the digits are beyond the number's.
  private static func rounded(_ value: Double, _ digits: Int64) -> Double {
    if digits < -308 { return value.isFinite ? 0 : value }
    let power = (0..<min(digits.magnitude, 308)).reduce(1.0) { result, _ in result * 10 }
    let scaled = digits < 0 ? value / power : value * power
    guard scaled.isFinite, scaled.magnitude < 9_007_199_254_740_992 else { return value }
    return digits < 0 ? scaled.rounded() * power : scaled.rounded() / power
  }

  // MARK: DECIMAL

  private static func decimals(
    _ function: ScalarFunction, _ operands: Operands, _ from: Int, _ to: Int
  ) throws(EvaluationError) -> [Int128] {
    let lane = operands.int128(0)
    let digits = operands.vectors.count > 1 ? operands.int64(1) : nil
    let unit = DecimalArithmetic.powersOfTen[from]
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      let value = lane[row]
      let result: Int128?
      switch function {
      case .absolute: result = WideArithmetic.scaled(value < 0 ? 0 &- value : value, to - from)
      case .sign: result = WideArithmetic.scaled(value.signum(), to)
      case .floor: result = WideArithmetic.scaled(value / unit - (value % unit < 0 ? 1 : 0), to)
      case .ceiling: result = WideArithmetic.scaled(value / unit + (value % unit > 0 ? 1 : 0), to)
      default: result = rounded(value, from: from, to: to, digits: digits?[row] ?? 0)
      }
      guard let result, DecimalArithmetic.fits(result, precision: DecimalArithmetic.digitsMax) else {
        throw EvaluationError(
          .overflow, "\(function.rawValue) of \(DecimalArithmetic.render(value, scale: from)) overflows")
      }
      return result
    }
  }

  private static func rounded(_ value: Int128, from: Int, to: Int, digits: Int64) -> Int128? {
    if digits >= Int64(from) { return WideArithmetic.scaled(value, to - from) }
    if digits < -40 { return 0 }
    let kept = Int(digits)
    guard let short = WideArithmetic.scaled(value, kept - from) else { return nil }
    return WideArithmetic.scaled(short, to - kept)
  }

  // MARK: Integers

  private static func integers(
    _ function: ScalarFunction, _ operands: Operands, _ bounds: ClosedRange<Int64>
  ) throws(EvaluationError) -> [Int64] {
    let lane = operands.int64(0)
    switch function {
    case .floor, .ceiling: return Lanes.map(lane, operands.count) { $0 }
    case .sign: return Lanes.map(lane, operands.count) { $0.signum() }
    case .absolute:
      return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
        let value = lane[row]
        guard value != bounds.lowerBound else {
          throw EvaluationError(.overflow, "attempt to take the absolute value with overflow: \(value)")
        }
        return value < 0 ? -value : value
      }
    default:
      guard operands.vectors.count > 1 else { return Lanes.map(lane, operands.count) { $0 } }
      let digits = operands.int64(1)
      return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
        if digits[row] >= 0 { return lane[row] }
        guard let value = rounded(Int128(lane[row]), from: 0, to: 0, digits: digits[row]),
          let result = Int64(exactly: value), bounds.contains(result)
        else {
          throw EvaluationError(
            .overflow, "attempt to round with overflow: round(\(lane[row]), \(digits[row]))")
        }
        return result
      }
    }
  }
}
