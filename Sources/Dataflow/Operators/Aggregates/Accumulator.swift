import DataModel

/// The state of one aggregate call as columns of the accumulator row, and the rules to advance and to
/// finish it.
struct Accumulator {
  enum Kind {
    /// The group's weight is enough.
    case countAll
    /// count
    case count
    /// count, sum
    case exactSum
    /// count, exact sum as bytes, NaNs, +infinities, -infinities
    case floatSum
    /// the extreme value
    case extreme
  }

  let call: AggregateCall
  let kind: Kind
  /// Place of its first column in the accumulator row.
  let first: Int

  init(_ call: AggregateCall, first: Int) {
    self.call = call
    self.first = first
    let isFloat = call.argument?.type.physical == .float64
    kind =
      switch call.function {
      case .countAll: .countAll
      case .count: .count
      case .sum, .average: isFloat ? .floatSum : .exactSum
      case .minimum, .maximum: .extreme
      }
  }

  var types: [PhysicalType] {
    switch kind {
    case .countAll: []
    case .count: [.int64]
    case .exactSum: [.int64, .int128]
    case .floatSum: [.int64, .bytes, .int64, .int64, .int64]
    case .extreme: [call.argument?.type.physical ?? .int64]
    }
  }

  /// Its columns when it holds nothing.
  var zero: [Value] {
    switch kind {
    case .countAll: []
    case .count: [.int64(0)]
    case .exactSum: [.int64(0), .int128(0)]
    case .floatSum: [.int64(0), .bytes([]), .int64(0), .int64(0), .int64(0)]
    case .extreme: [.null]
    }
  }

  /// Columns after the feed's entries, one row a group. Not for extremes.
  func advance(_ prior: PriorRows, _ feed: Feed, _ argument: ColumnVector?) throws(EvaluationError)
    -> [ColumnVector]
  {
    guard let argument, kind != .countAll else { return [] }
    var counts = prior.int64s(first)
    let allValid = argument.validity == nil
    for group in counts.indices {
      for entry in feed.starts[group]..<feed.starts[group + 1]
      where allValid || argument.isValid(Int(feed.rows[entry])) {
        counts[group] = try Weight.sum(counts[group], feed.weights[entry])
      }
    }
    let count = ColumnVector(.int64(counts))
    switch kind {
    case .exactSum: return [count, ColumnVector(.int128(try sums(prior, feed, argument)))]
    case .floatSum: return [count] + (try floatSums(prior, feed, argument))
    default: return [count]
    }
  }

  private func sums(
    _ prior: PriorRows, _ feed: Feed, _ argument: ColumnVector
  ) throws(EvaluationError) -> [Int128] {
    var sums = prior.int128s(first + 1)
    var overflow = false
    let allValid = argument.validity == nil
    for group in sums.indices {
      var sum = sums[group]
      let entries = feed.starts[group]..<feed.starts[group + 1]
      switch argument.storage {
      case .int64(let values):
        for entry in entries where allValid || argument.isValid(Int(feed.rows[entry])) {
          let value = Int128(values[Int(feed.rows[entry])])
          let weight = feed.weights[entry]
          let (next, over) = sum.addingReportingOverflow(weight == 1 ? value : value * Int128(weight))
          sum = next
          overflow = overflow || over
        }
      case .int128(let values):
        for entry in entries where argument.isValid(Int(feed.rows[entry])) {
          let (term, wide) = values[Int(feed.rows[entry])].multipliedReportingOverflow(
            by: Int128(feed.weights[entry]))
          let (next, over) = sum.addingReportingOverflow(term)
          sum = next
          overflow = overflow || wide || over
        }
      case .float64, .bytes: break
      }
      sums[group] = sum
    }
    if overflow { throw EvaluationError(.overflow, "sum overflows 128 bits") }
    return sums
  }

  private func floatSums(
    _ prior: PriorRows, _ feed: Feed, _ argument: ColumnVector
  ) throws(EvaluationError) -> [ColumnVector] {
    guard case .float64(let values) = argument.storage,
      case .bytes(let old) = prior.columns[first + 1].storage
    else { return [] }
    var special = [prior.int64s(first + 2), prior.int64s(first + 3), prior.int64s(first + 4)]
    var result = ByteColumn()
    var sum = ExactSum()
    for group in prior.index.indices {
      let row = Int(prior.index[group])
      if row >= 0 { sum.load(old.bytes, old.range(row)) } else { sum.removeAll() }
      let entries = feed.starts[group]..<feed.starts[group + 1]
      for entry in entries where argument.isValid(Int(feed.rows[entry])) {
        let value = values[Int(feed.rows[entry])]
        let weight = feed.weights[entry]
        if value.isFinite {
          sum.add(value, weight: weight)
        } else {
          let slot = value.isNaN ? 0 : value > 0 ? 1 : 2
          special[slot][group] = try Weight.sum(special[slot][group], weight)
        }
      }
      result.append(sum.bytes)
    }
    return [ColumnVector(.bytes(result))] + special.map { ColumnVector(.int64($0)) }
  }
}
