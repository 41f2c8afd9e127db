import DataModel

/// From accumulator rows to the values of the output.
extension Accumulator {
  /// One value a row; NULL where `shown` is false.
  func finish(
    _ columns: [ColumnVector], weights: [Int64], shown: [Bool]
  ) throws(EvaluationError) -> ColumnVector {
    if kind == .extreme { return columns[first] }
    var builder = ColumnBuilder(call.type.physical)
    builder.reserve(weights.count)
    let counts = kind == .countAll ? weights : Self.int64s(columns[first])
    var sums: [Int128] = []
    if kind == .exactSum, case .int128(let values) = columns[first + 1].storage { sums = values }
    for row in weights.indices {
      guard shown[row] else {
        builder.appendNull()
        continue
      }
      switch kind {
      case .countAll, .count, .extreme: builder.append(int64: counts[row])
      case .exactSum:
        guard counts[row] > 0, row < sums.count else {
          builder.appendNull()
          continue
        }
        try appendExact(sums[row], count: counts[row], to: &builder)
      case .floatSum:
        guard counts[row] > 0 else {
          builder.appendNull()
          continue
        }
        try appendFloat(columns, row, count: counts[row], to: &builder)
      }
    }
    return ColumnGather.canonical(builder.finish())
  }

  private static func int64s(_ column: ColumnVector) -> [Int64] {
    if case .int64(let values) = column.storage { values } else { [] }
  }

  private var argumentScale: Int {
    if case .decimal(_, let scale)? = call.argument?.type { scale } else { 0 }
  }

  private func appendExact(_ sum: Int128, count: Int64, to builder: inout ColumnBuilder)
    throws(EvaluationError)
  {
    let isAverage = call.function == .average
    switch call.type {
    case .decimal(let precision, let scale):
      let divisor = isAverage ? Int128(count) : 1
      let value = try Self.divided(sum, from: argumentScale, to: scale, by: divisor)
      guard DecimalArithmetic.fits(value, precision: precision) else {
        throw DecimalArithmetic.overflowError(value, scale: scale)
      }
      builder.append(int128: value)
    case .real, .double:
      let value = DecimalArithmetic.toDouble(sum, scale: argumentScale) / (isAverage ? Double(count) : 1)
      builder.append(float64: rounded(value))
    default:
      // Truncates toward zero, as the dialect does.
      var value = sum
      if isAverage {
        // The count is positive, so the narrow division cannot overflow.
        value = Int64(exactly: sum).map { Int128($0 / count) } ?? sum / Int128(count)
      }
      let bounds = call.type.integerBounds ?? Int64.min...Int64.max
      guard let result = Int64(exactly: value), bounds.contains(result) else {
        throw EvaluationError(
          .overflow, "\(call.function.rawValue) overflow: \(value) does not fit \(call.type.description)")
      }
      builder.append(int64: result)
    }
  }

  /// sum / divisor at another scale, rounded half away from zero.
  private static func divided(
    _ sum: Int128, from: Int, to: Int, by divisor: Int128
  ) throws(EvaluationError) -> Int128 {
    if divisor == 1 { return try DecimalArithmetic.rescale(sum, from: from, to: to) }
    if to >= from {
      return DecimalArithmetic.dividedRounding(
        try DecimalArithmetic.rescale(sum, from: from, to: to), by: divisor)
    }
    let (whole, overflow) = divisor.multipliedReportingOverflow(by: DecimalArithmetic.powersOfTen[from - to])
    return overflow ? 0 : DecimalArithmetic.dividedRounding(sum, by: whole)
  }

  private func appendFloat(
    _ columns: [ColumnVector], _ row: Int, count: Int64, to builder: inout ColumnBuilder
  ) throws(EvaluationError) {
    guard case .bytes(let sums) = columns[first + 1].storage else { return builder.appendNull() }
    let special = (2...4).map { Self.int64s(columns[first + $0])[row] }
    var value: Double
    if special[0] > 0 || (special[1] > 0 && special[2] > 0) {
      value = .nan
    } else if special[1] > 0 {
      value = .infinity
    } else if special[2] > 0 {
      value = -.infinity
    } else {
      var sum = ExactSum()
      sum.load(sums.bytes, sums.range(row))
      value = sum.value
    }
    if call.function == .average { value /= Double(count) }
    builder.append(float64: rounded(value))
  }

  private func rounded(_ value: Double) -> Double { call.type == .real ? Double(Float(value)) : value }
}
