import DataModel

/// One aggregate over the frames of all rows. Both bounds of frames rise from row to row of a partition, so
/// values enter and leave once; sums of doubles are exact, so that leaving is exact too.
struct FrameAggregate {
  private let call: WindowDefinition.Call
  private let argument: ColumnVector?

  init(_ call: WindowDefinition.Call, _ argument: ColumnVector?) {
    self.call = call
    self.argument = argument
  }

  func run(_ frames: [(low: Int, high: Int)]) throws(EvaluationError) -> ColumnVector {
    guard let argument else {
      return ColumnVector(.int64(frames.map { Int64(max(0, $0.high - $0.low)) }))
    }
    switch call.function {
    case .minimum, .maximum: return try extremes(frames, argument)
    case .count:
      let counts = Self.counts(argument)
      return ColumnVector(
        .int64(frames.map { $0.high > $0.low ? Int64(counts[$0.high] - counts[$0.low]) : 0 }))
    default:
      return argument.physical == .float64
        ? floatSums(frames, argument) : try exactSums(frames, argument)
    }
  }

  /// Present values before each row.
  private static func counts(_ argument: ColumnVector) -> [Int] {
    var result = [0]
    for row in 0..<argument.count { result.append(result[row] + (argument.isValid(row) ? 1 : 0)) }
    return result
  }

  // MARK: Sums

  private func exactSums(
    _ frames: [(low: Int, high: Int)], _ argument: ColumnVector
  ) throws(EvaluationError) -> ColumnVector {
    let counts = Self.counts(argument)
    var totals: [Int128] = [0]
    for row in 0..<argument.count {
      let value: Int128 =
        switch argument.value(at: row) {
        case .int64(let number): Int128(number)
        case .int128(let number): number
        default: 0
        }
      let (sum, overflow) = totals[row].addingReportingOverflow(value)
      if overflow { throw EvaluationError(.overflow, "sum overflows 128 bits") }
      totals.append(sum)
    }
    var builder = ColumnBuilder(call.type.physical)
    for (low, high) in frames {
      let count = high > low ? counts[high] - counts[low] : 0
      guard count > 0 else {
        builder.appendNull()
        continue
      }
      let (sum, overflow) = totals[high].subtractingReportingOverflow(totals[low])
      if overflow { throw EvaluationError(.overflow, "sum overflows 128 bits") }
      try appendExact(sum, Int128(count), to: &builder)
    }
    return builder.finish()
  }

  private var isAverage: Bool {
    if case .average = call.function { true } else { false }
  }

  /// As the grouped aggregates have it: the average of integers truncates, that of decimals rounds.
  private func appendExact(
    _ sum: Int128, _ count: Int128, to builder: inout ColumnBuilder
  ) throws(EvaluationError) {
    switch call.type {
    case .decimal(let precision, let scale):
      let value = isAverage ? DecimalArithmetic.dividedRounding(sum, by: count) : sum
      guard DecimalArithmetic.fits(value, precision: precision) else {
        throw DecimalArithmetic.overflowError(value, scale: scale)
      }
      builder.append(int128: value)
    default:
      let value = isAverage ? sum / count : sum
      let bounds = call.type.integerBounds ?? Int64.min...Int64.max
      guard let result = Int64(exactly: value), bounds.contains(result) else {
        throw EvaluationError(.overflow, "overflow: \(value) does not fit \(call.type.description)")
      }
      builder.append(int64: result)
    }
  }

  private func floatSums(_ frames: [(low: Int, high: Int)], _ argument: ColumnVector) -> ColumnVector {
    guard case .float64(let values) = argument.storage else { return argument }
    var window = FloatWindow()
    var builder = ColumnBuilder(.float64)
    var (first, next) = (0, 0)
    for (low, high) in frames {
      guard high > low else {
        builder.appendNull()
        continue
      }
      if low >= next {
        window = FloatWindow()
        (first, next) = (low, low)
      }
      while next < high {
        if argument.isValid(next) { window.add(values[next], 1) }
        next += 1
      }
      while first < low {
        if argument.isValid(first) { window.add(values[first], -1) }
        first += 1
      }
      guard window.count > 0 else {
        builder.appendNull()
        continue
      }
      let value = isAverage ? window.sum / Double(window.count) : window.sum
      builder.append(float64: call.type == .real ? Double(Float(value)) : value)
    }
    return ColumnGather.canonical(builder.finish())
  }

  /// The doubles of a frame: the finite ones summed exactly, the others counted.
  private struct FloatWindow {
    private(set) var count = 0
    private var finite = ExactSum()
    private var nans = 0
    private var positive = 0
    private var negative = 0

    mutating func add(_ value: Double, _ sign: Int) {
      count += sign
      if value.isFinite {
        finite.add(value, weight: Int64(sign))
      } else if value.isNaN {
        nans += sign
      } else if value > 0 {
        positive += sign
      } else {
        negative += sign
      }
    }

    var sum: Double {
      if nans > 0 || (positive > 0 && negative > 0) { return .nan }
      if positive > 0 { return .infinity }
      return negative > 0 ? -.infinity : finite.value
    }
  }

  // MARK: Extremes

  private func extremes(
    _ frames: [(low: Int, high: Int)], _ argument: ColumnVector
  ) throws(EvaluationError) -> ColumnVector {
    let encoded = try RowCodec.encode([argument], count: argument.count)
    var isGreatest = false
    if case .maximum = call.function { isGreatest = true }
    // Candidates in order of rows; each beats those behind it until it leaves.
    var candidates: [Int] = []
    var head = 0
    var next = 0
    var picks: [Int] = []
    for (low, high) in frames {
      guard high > low else {
        picks.append(-1)
        continue
      }
      if low >= next {
        candidates.removeAll(keepingCapacity: true)
        (head, next) = (0, low)
      }
      while next < high {
        if argument.isValid(next) {
          while candidates.count > head, let last = candidates.last,
            Self.beats(encoded, next, last, isGreatest)
          {
            candidates.removeLast()
          }
          candidates.append(next)
        }
        next += 1
      }
      while head < candidates.count, candidates[head] < low { head += 1 }
      picks.append(head < candidates.count ? candidates[head] : -1)
    }
    return try ColumnGather.picked(argument, picks)
  }

  private static func beats(_ rows: ByteColumn, _ a: Int, _ b: Int, _ isGreatest: Bool) -> Bool {
    let (x, y) = (rows.range(a), rows.range(b))
    let order = ByteOrder.compare(
      rows.bytes, x.lowerBound, x.upperBound, rows.bytes, y.lowerBound, y.upperBound)
    return isGreatest ? order >= 0 : order <= 0
  }
}
