import DataModel

/// TRUNCATE and BROUND: digits behind the point, or before it when negative.
enum NumberRounding {
  static func kernel(_ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType) -> Kernel? {
    guard function == .truncateNumber || function == .bankersRound else { return nil }
    let isBankers = function == .bankersRound
    switch types[0].physical {
    case .float64:
      return { operands in
        let lane = operands.float64(0)
        let digits = operands.vectors.count > 1 ? operands.int64(1) : nil
        let values = (0..<operands.count).map { real(lane[$0], digits?[$0] ?? 0, isBankers) }
        return .float64(type == .real ? Arithmetic.rounded(values) : values)
      }
    case .int128:
      let scale = DecimalShape.scale(types[0])
      return { operands throws(EvaluationError) in
        let lane = operands.int128(0)
        let digits = operands.vectors.count > 1 ? operands.int64(1) : nil
        return .int128(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            let places = Int64(scale) - min(max(digits?[row] ?? 0, -100), 100)
            guard let value = exact(lane[row], dropping: places, isBankers) else {
              throw overflow(DecimalArithmetic.render(lane[row], scale: scale))
            }
            return value
          })
      }
    case .int64, .bytes:
      let bounds = type.integerBounds ?? Int64.min...Int64.max
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        let digits = operands.vectors.count > 1 ? operands.int64(1) : nil
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            let places = -min(max(digits?[row] ?? 0, -100), 100)
            guard let value = exact(Int128(lane[row]), dropping: places, isBankers),
              let small = Int64(exactly: value), bounds.contains(small)
            else { throw overflow("\(lane[row])") }
            return small
          })
      }
    }
  }

  private static func overflow(_ value: String) -> EvaluationError {
    EvaluationError(.overflow, "attempt to round with overflow: \(value)")
  }

  /// The number with its last `places` digits as zeros; nil when it does not fit.
  private static func exact(_ value: Int128, dropping places: Int64, _ isBankers: Bool) -> Int128? {
    if places <= 0 { return value }
    guard places <= Int64(DecimalArithmetic.digitsMax) else { return 0 }
    let unit = DecimalArithmetic.powersOfTen[Int(places)]
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: unit)
    guard isBankers else { return value - rest }
    let twice = rest.magnitude >= unit.magnitude - rest.magnitude
    let isTie = rest.magnitude == unit.magnitude - rest.magnitude
    let up = twice && (!isTie || quotient % 2 != 0)
    let rounded = up ? quotient + (value < 0 ? -1 : 1) : quotient
    let (result, overflow) = rounded.multipliedReportingOverflow(by: unit)
    return overflow || !DecimalArithmetic.fits(result, precision: DecimalArithmetic.digitsMax) ? nil : result
  }

  private static func real(_ value: Double, _ digits: Int64, _ isBankers: Bool) -> Double {
    let rule: FloatingPointRoundingRule = isBankers ? .toNearestOrEven : .towardZero
    if digits == 0 { return value.rounded(rule) }
    if digits < -308 { return value.isFinite ? 0 : value }
    let power = (0..<min(digits.magnitude, 308)).reduce(1.0) { result, _ in result * 10 }
    let scaled = digits < 0 ? value / power : value * power
    guard scaled.isFinite, scaled.magnitude < 9_007_199_254_740_992 else { return value }
    return digits < 0 ? scaled.rounded(rule) * power : scaled.rounded(rule) / power
  }
}
