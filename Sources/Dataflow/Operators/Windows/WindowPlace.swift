import DataModel

/// Where rows stand in their partitions: ranks, sessions, frames.
struct WindowPlace {
  let count: Int
  private let starts: [Int]
  private let weights: [Int64]
  private let peerStarts: [Int]
  private let partitionOf: [Int]
  /// End of the peers of each row.
  private let peerEnds: [Int]
  /// The ordering value of each row, negated when it descends; nil where it is NULL.
  private let ordering: [Int128?]?
  private let descending: Bool

  init(_ rows: PartitionRows, ordering: ColumnVector?, descending: Bool) {
    count = rows.count
    starts = rows.starts
    weights = rows.weights
    peerStarts = rows.peerStarts
    var partitionOf: [Int] = []
    for partition in 0..<max(0, starts.count - 1) {
      partitionOf += Array(repeating: partition, count: starts[partition + 1] - starts[partition])
    }
    self.partitionOf = partitionOf
    var ends = [Int](repeating: 0, count: count)
    for row in stride(from: count - 1, through: 0, by: -1) {
      let isLast =
        row + 1 == count || peerStarts[row + 1] != peerStarts[row]
        || partitionOf[row + 1] != partitionOf[row]
      ends[row] = isLast ? row + 1 : ends[row + 1]
    }
    peerEnds = ends
    self.descending = descending
    if let ordering, case .int64(let values) = ordering.storage {
      self.ordering = values.indices.map { row in
        ordering.isValid(row) ? (descending ? -Int128(values[row]) : Int128(values[row])) : nil
      }
    } else if let ordering, case .int128(let values) = ordering.storage {
      self.ordering = values.indices.map { row in
        ordering.isValid(row) ? (descending ? -values[row] : values[row]) : nil
      }
    } else if let ordering, case .float64(let values) = ordering.storage {
      self.ordering = values.indices.map { row in
        guard ordering.isValid(row) else { return nil }
        let rank = Int128(RealOrder.rank(values[row]))
        return descending ? -rank : rank
      }
    } else {
      self.ordering = nil
    }
  }

  func partition(of row: Int) -> (start: Int, end: Int) {
    (starts[partitionOf[row]], starts[partitionOf[row] + 1])
  }

  // MARK: Ranks

  /// Rows may have a weight beyond 1 only where their copies share the number.
  func numbers(_ function: WindowDefinition.Function, _ argument: ColumnVector?) throws(EvaluationError)
    -> [Int64]
  {
    var result: [Int64] = []
    result.reserveCapacity(count)
    var before: Int64 = 0
    var atPeers: Int64 = 0
    var groups: Int64 = 0
    for row in 0..<count {
      let (start, end) = partition(of: row)
      if row == start { (before, groups) = (0, 0) }
      if peerStarts[row] == row {
        atPeers = before
        groups += 1
      }
      switch function {
      case .rowNumber: result.append(before + 1)
      case .rank: result.append(atPeers + 1)
      case .denseRank: result.append(groups)
      default: result.append(try Self.bucket(row - start, of: end - start, argument, row))
      }
      before = try Weight.sum(before, weights[row])
    }
    return result
  }

  /// PERCENT_RANK and CUME_DIST of rows that each stand for one.
  func shares(_ function: WindowDefinition.Function) -> [Double] {
    (0..<count).map { row in
      let (start, end) = partition(of: row)
      if case .cumulativeDistribution = function {
        return Double(peerEnds[row] - start) / Double(end - start)
      }
      return end - start > 1 ? Double(peerStarts[row] - start) / Double(end - start - 1) : 0
    }
  }

  private static func bucket(
    _ position: Int, of size: Int, _ argument: ColumnVector?, _ row: Int
  ) throws(EvaluationError) -> Int64 {
    guard let argument, case .int64(let number) = argument.value(at: row), number > 0 else {
      throw EvaluationError(.invalidArgument, "NTILE needs a positive number of buckets")
    }
    let buckets = Int(number)
    let (each, larger) = (size / buckets, size % buckets)
    let boundary = larger * (each + 1)
    if position < boundary { return Int64(position / (each + 1) + 1) }
    return Int64(larger + (position - boundary) / max(1, each) + 1)
  }

  // MARK: Sessions

  /// First ordering value of the row's session, or the last one and the gap behind it; NULL for NULL.
  func sessions(_ gap: Int64, start: Bool) throws(EvaluationError) -> ColumnVector {
    var result = [Int128?](repeating: nil, count: count)
    guard let ordering else { return ColumnVector(repeating: .null, physical: .int64, count: count) }
    var row = 0
    while row < count {
      guard let first = ordering[row] else {
        row += 1
        continue
      }
      var end = row + 1
      var last = first
      while end < count, partitionOf[end] == partitionOf[row], let next = ordering[end],
        next - last < Int128(gap)
      {
        last = next
        end += 1
      }
      for member in row..<end { result[member] = start ? first : last + Int128(gap) }
      row = end
    }
    var builder = ColumnBuilder(.int64)
    for value in result {
      guard let value else {
        builder.appendNull()
        continue
      }
      guard let time = Int64(exactly: value) else {
        throw EvaluationError(.overflow, "the end of a session overflows")
      }
      builder.append(int64: time)
    }
    return builder.finish()
  }

  // MARK: Frames

  /// The rows that each row sees: low ..< high, empty when high <= low.
  func frames(_ frame: WindowDefinition.Frame) throws(EvaluationError) -> [(low: Int, high: Int)] {
    var result: [(low: Int, high: Int)] = []
    result.reserveCapacity(count)
    for row in 0..<count {
      let (start, end) = partition(of: row)
      let low = bound(frame.start, frame.isRange, row, (start, end), isStart: true)
      let high = bound(frame.end, frame.isRange, row, (start, end), isStart: false)
      result.append((low, high))
    }
    return result
  }

  private func bound(
    _ bound: WindowDefinition.Bound, _ isRange: Bool, _ row: Int, _ partition: (start: Int, end: Int),
    isStart: Bool
  ) -> Int {
    switch bound {
    case .unboundedPreceding: return partition.start
    case .unboundedFollowing: return partition.end
    case .offset(let distance):
      if isRange {
        guard distance != 0, let ordering, let own = ordering[row] else {
          return isStart ? peerStarts[row] : peerEnds[row]
        }
        return search(own + Int128(distance), ordering, partition, above: !isStart)
      }
      let (position, overflow) = Int64(row).addingReportingOverflow(distance)
      let target = overflow ? (distance < 0 ? Int64.min : Int64.max) : position
      let clamped = Int(max(Int64(partition.start) - 1, min(target, Int64(partition.end))))
      return isStart ? max(clamped, partition.start) : min(clamped + 1, partition.end)
    case .months(let distance, let type):
      return moved(row, partition, isStart: isStart) { own in
        guard let value = Int64(exactly: own) else { return nil }
        let months = descending ? -distance : distance
        return TimeArithmetic.adding(months: months, to: value, type).map { Int128($0) }
          ?? (months < 0 ? Int128(Int64.min) : Int128(Int64.max))
      }
    case .real(let distance):
      return moved(row, partition, isStart: isStart) { own in
        guard let rank = Int64(exactly: own) else { return nil }
        return Int128(RealOrder.rank(RealOrder.value(rank) + (descending ? -distance : distance)))
      }
    }
  }

  /// Where the frame begins or ends whose bound `move` makes of the row's ordering value.
  private func moved(
    _ row: Int, _ partition: (start: Int, end: Int), isStart: Bool, _ move: (Int128) -> Int128?
  ) -> Int {
    guard let ordering, let own = ordering[row], let target = move(descending ? -own : own) else {
      return isStart ? peerStarts[row] : peerEnds[row]
    }
    return search(descending ? -target : target, ordering, partition, above: !isStart)
  }

  /// First present row of the partition that is not less than the value (above: that is greater).
  private func search(
    _ value: Int128, _ ordering: [Int128?], _ partition: (start: Int, end: Int), above: Bool
  ) -> Int {
    var low = partition.start
    var high = partition.end
    // NULLs lie together at one end.
    while low < high, ordering[low] == nil { low = peerEnds[low] }
    if high > low, ordering[high - 1] == nil { high = peerStarts[high - 1] }
    while low < high {
      let middle = low + (high - low) / 2
      let own = ordering[middle] ?? value
      if above ? own <= value : own < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Doubles as integers in the same order; NaN comes last, both zeros are one.
private enum RealOrder {
  static func rank(_ value: Double) -> Int64 {
    guard !value.isNaN else { return Int64(bitPattern: Double.nan.bitPattern) }
    let bits = Int64(bitPattern: value.bitPattern)
    return bits < 0 ? Int64.min &- bits : bits
  }

  static func value(_ rank: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: rank < 0 ? Int64.min &- rank : rank))
  }
}
