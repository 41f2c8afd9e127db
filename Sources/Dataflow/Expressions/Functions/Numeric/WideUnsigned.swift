import DataModel

/// Arithmetic of BIGINT UNSIGNED, which lies in an Int128.
enum WideUnsigned {
  static let bounds: ClosedRange<Int128> = 0...Int128(UInt64.max)

  static func binary(_ function: ScalarFunction) -> Kernel {
    return { operands throws(EvaluationError) in
      let a = operands.int128(0)
      let b = operands.int128(1)
      return .int128(
        try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
          let x = a[row]
          let y = b[row]
          let byZero = y == 0 && (function == .divide || function == .modulo)
          guard !byZero, let value = result(function, x, y), bounds.contains(value) else {
            throw ArithmeticFault.error(function, "\(x)", "\(y)", byZero: byZero)
          }
          return value
        })
    }
  }

  private static func result(_ function: ScalarFunction, _ x: Int128, _ y: Int128) -> Int128? {
    switch function {
    case .add: return x + y
    case .subtract: return x - y
    case .multiply:
      let (product, overflow) = x.multipliedReportingOverflow(by: y)
      return overflow ? nil : product
    case .divide: return x / y
    default: return x % y
    }
  }

  /// A number of any numeric type with its fraction cut; nil outside the bounds.
  static func checked(_ value: Int128) -> Int128? { bounds.contains(value) ? value : nil }
}
