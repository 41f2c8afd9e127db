import DataModel

/// Intervals with intervals and with numbers.
enum IntervalArithmetic {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction, _ types: [ColumnType]) -> Kernel? {
    switch function {
    case .intervalSum: return Arithmetic.binary(.add, [.bigint, .bigint], .bigint)
    case .intervalDifference: return Arithmetic.binary(.subtract, [.bigint, .bigint], .bigint)
    case .negateInterval: return Arithmetic.negate(.bigint)
    case .absoluteInterval: return Numbers.kernel(.absolute, [.bigint], .bigint)
    case .scaleInterval, .divideInterval:
      let isDivision = function == .divideInterval
      guard types[1].physical == .float64 else {
        return Arithmetic.binary(isDivision ? .divide : .multiply, [.bigint, .bigint], .bigint)
      }
      return { operands throws(EvaluationError) in
        let intervals = operands.int64(0)
        let numbers = operands.float64(1)
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            let amount = Double(intervals[row])
            if isDivision, numbers[row] == 0 {
              throw ArithmeticFault.error(.divide, "\(intervals[row])", "0", byZero: true)
            }
            let value = isDivision ? amount / numbers[row] : amount * numbers[row]
            guard let result = Int64(exactly: value.rounded(.towardZero)) else {
              throw ArithmeticFault.error(
                isDivision ? .divide : .multiply, "\(intervals[row])", "\(numbers[row])", byZero: false)
            }
            return result
          })
      }
    default: return nil
    }
  }
}
