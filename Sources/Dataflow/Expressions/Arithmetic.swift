import DataModel

/// + - * / % and negation, checked: the loops only note that something overflowed, the operands are looked
/// for afterwards.
enum Arithmetic {
  static func binary(_ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType) -> Kernel {
    switch types[0].physical {
    case .float64:
      let isReal = type == .real
      return { operands in .float64(floats(function, operands, isReal: isReal)) }
    case .int128 where type == .unsignedBigint: return WideUnsigned.binary(function)
    case .int128:
      let shape = DecimalShape(function, types, type)
      return { operands throws(EvaluationError) in .int128(try shape.evaluate(operands)) }
    case .int64, .bytes:
      let bounds = type.integerBounds ?? Int64.min...Int64.max
      return { operands throws(EvaluationError) in .int64(try integers(function, operands, bounds)) }
    }
  }

  // MARK: Integers

  private static func integers(
    _ function: ScalarFunction, _ operands: Operands, _ bounds: ClosedRange<Int64>
  ) throws(EvaluationError) -> [Int64] {
    let a = operands.int64(0)
    let b = operands.int64(1)
    let count = operands.count
    let low = bounds.lowerBound
    let high = bounds.upperBound
    var failed = false
    let values: [Int64]
    switch function {
    case .add where bounds == Int64.min...Int64.max:
      // The sign bit of `odd` tells of an overflow: no branch, no flag a row.
      var odd: Int64 = 0
      values = Lanes.map(a, b, count) { x, y in
        let value = x &+ y
        odd |= (x ^ value) & (y ^ value)
        return value
      }
      failed = odd < 0
    case .subtract where bounds == Int64.min...Int64.max:
      var odd: Int64 = 0
      values = Lanes.map(a, b, count) { x, y in
        let value = x &- y
        odd |= (x ^ y) & (x ^ value)
        return value
      }
      failed = odd < 0
    case .add:
      values = Lanes.map(a, b, count) { x, y in
        let (value, overflow) = x.addingReportingOverflow(y)
        failed = failed || overflow || value < low || value > high
        return value
      }
    case .subtract:
      values = Lanes.map(a, b, count) { x, y in
        let (value, overflow) = x.subtractingReportingOverflow(y)
        failed = failed || overflow || value < low || value > high
        return value
      }
    case .multiply:
      values = Lanes.map(a, b, count) { x, y in
        let (value, overflow) = x.multipliedReportingOverflow(by: y)
        failed = failed || overflow || value < low || value > high
        return value
      }
    case .divide where constantDivisor(b, count) != nil:
      let divisor = constantDivisor(b, count)
      values = divisor.map { divisor in Lanes.map(a, count) { divisor.quotient($0) } } ?? []
    case .modulo where constantDivisor(b, count) != nil:
      let divisor = constantDivisor(b, count)
      values = divisor.map { divisor in Lanes.map(a, count) { divisor.remainder($0) } } ?? []
    case .divide:
      values = Lanes.map(a, b, count) { x, y in
        let (value, overflow) = x.dividedReportingOverflow(by: y)
        failed = failed || overflow || value < low || value > high
        return value
      }
    default:
      values = Lanes.map(a, b, count) { x, y in
        failed = failed || y == 0
        return y == 0 || y == -1 ? 0 : x % y
      }
    }
    if failed {
      for row in 0..<count where operands.isValid(row) { try check(function, a[row], b[row], bounds) }
    }
    return values
  }

  /// Nil for a column, for 0, 1 and -1.
  private static func constantDivisor(_ lane: Lane<Int64>, _ count: Int) -> Divisor? {
    lane.isConstant && count > 1 ? Divisor(lane.values[0]) : nil
  }

  private static func check(
    _ function: ScalarFunction, _ x: Int64, _ y: Int64, _ bounds: ClosedRange<Int64>
  ) throws(EvaluationError) {
    let (value, overflow): (Int64, Bool)
    switch function {
    case .add: (value, overflow) = x.addingReportingOverflow(y)
    case .subtract: (value, overflow) = x.subtractingReportingOverflow(y)
    case .multiply: (value, overflow) = x.multipliedReportingOverflow(by: y)
    case .divide:
      if y == 0 { throw ArithmeticFault.error(function, "\(x)", "\(y)", byZero: true) }
      (value, overflow) = x.dividedReportingOverflow(by: y)
    default:
      if y == 0 { throw ArithmeticFault.error(function, "\(x)", "\(y)", byZero: true) }
      return
    }
    if overflow || !bounds.contains(value) {
      throw ArithmeticFault.error(function, "\(x)", "\(y)", byZero: false)
    }
  }

  // MARK: Floating point: as IEEE, never an error

  private static func floats(_ function: ScalarFunction, _ operands: Operands, isReal: Bool) -> [Double] {
    let a = operands.float64(0)
    let b = operands.float64(1)
    let count = operands.count
    let values: [Double] =
      switch function {
      case .add: Lanes.map(a, b, count) { $0 + $1 }
      case .subtract: Lanes.map(a, b, count) { $0 - $1 }
      case .multiply: Lanes.map(a, b, count) { $0 * $1 }
      case .divide: Lanes.map(a, b, count) { $0 / $1 }
      default: Lanes.map(a, b, count) { $0.truncatingRemainder(dividingBy: $1) }
      }
    return isReal ? rounded(values) : values
  }

  /// A REAL is a Double that is exactly a Float.
  static func rounded(_ values: [Double]) -> [Double] {
    Lanes.map(Lane(values: values, isConstant: false), values.count) { Double(Float($0)) }
  }

  // MARK: Negation

  static func negate(_ type: ColumnType) -> Kernel {
    switch type.physical {
    case .float64: return { operands in .float64(Lanes.map(operands.float64(0), operands.count) { -$0 }) }
    case .int128 where type == .unsignedBigint:
      return { operands throws(EvaluationError) in
        let lane = operands.int128(0)
        for row in 0..<operands.count where operands.isValid(row) && lane[row] != 0 {
          throw EvaluationError(.overflow, "attempt to negate with overflow: \(lane[row])")
        }
        return .int128([Int128](repeating: 0, count: operands.count))
      }
    case .int128:
      return { operands throws(EvaluationError) in
        // A DECIMAL has at most 38 digits, so its negation fits.
        .int128(Lanes.map(operands.int128(0), operands.count) { 0 &- $0 })
      }
    case .int64 where type.isUnsigned:
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        for row in 0..<operands.count where operands.isValid(row) && lane[row] != 0 {
          throw EvaluationError(.overflow, "attempt to negate with overflow: \(lane[row])")
        }
        return .int64([Int64](repeating: 0, count: operands.count))
      }
    case .int64, .bytes:
      let low = type.integerBounds?.lowerBound ?? Int64.min
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        var failed = false
        let values = Lanes.map(lane, operands.count) { value in
          failed = failed || value == low
          return 0 &- value
        }
        if failed { throw EvaluationError(.overflow, "attempt to negate with overflow: \(low)") }
        return .int64(values)
      }
    }
  }
}

/// Messages of failed arithmetic, with the operands.
enum ArithmeticFault {
  static func error(_ function: ScalarFunction, _ x: String, _ y: String, byZero: Bool) -> EvaluationError {
    switch function {
    case .divide where byZero: EvaluationError(.divisionByZero, "attempt to divide by zero: \(x) / \(y)")
    case .modulo where byZero:
      EvaluationError(
        .divisionByZero, "attempt to calculate the remainder with a divisor of zero: \(x) % \(y)")
    case .add: EvaluationError(.overflow, "attempt to add with overflow: \(x) + \(y)")
    case .subtract: EvaluationError(.overflow, "attempt to subtract with overflow: \(x) - \(y)")
    case .multiply: EvaluationError(.overflow, "attempt to multiply with overflow: \(x) * \(y)")
    case .divide: EvaluationError(.overflow, "attempt to divide with overflow: \(x) / \(y)")
    default:
      EvaluationError(.overflow, "attempt to calculate the remainder with overflow: \(x) % \(y)")
    }
  }
}
