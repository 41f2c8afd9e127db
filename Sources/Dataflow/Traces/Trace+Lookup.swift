package import DataModel

/// Where a row lies in a trace; `batch` is -1 when it is not there.
package struct TracePosition {
  package var batch: Int32
  package var row: Int32
  static let absent = TracePosition(batch: -1, row: -1)
  package var isPresent: Bool { batch >= 0 }
}

/// Distinct keys in ascending order, to look up together.
struct SortedKeys {
  let rows: ByteColumn
  let prefixes: [UInt64]
  var count: Int { prefixes.count }

  @inline(__always)
  subscript(index: Int) -> SeekKey { SeekKey(prefix: prefixes[index], range: rows.range(index)) }
}

extension Trace {
  /// The one live row of each key, for traces that hold at most one a key.
  ///
  /// The newest batch that knows the key has the truth: its row of weight 1, or none.
  func uniqueRows(_ keys: SortedKeys) -> [TracePosition] {
    var found = [TracePosition](repeating: .absent, count: keys.count)
    var pending = (0..<Int32(truncatingIfNeeded: keys.count)).map { $0 }
    let bytes = keys.rows.bytes
    for (index, batch) in batches.enumerated().reversed() where !pending.isEmpty {
      var next = 0
      var kept = 0
      for slot in 0..<pending.count {
        let key = keys[Int(pending[slot])]
        next = batch.lowerBound(key, in: bytes, from: next)
        var row = next
        while row < batch.count, batch.hasKey(row, key, bytes) {
          if batch.weights[row] > 0 {
            found[Int(pending[slot])] = TracePosition(
              batch: Int32(truncatingIfNeeded: index), row: Int32(truncatingIfNeeded: row))
          }
          row += 1
        }
        if row == next {
          pending[kept] = pending[slot]
          kept += 1
        }
        next = row
      }
      pending.removeLast(pending.count - kept)
    }
    return found
  }

  /// The summed weight of each row of `delta` (whole rows: key and value).
  package func weights(of delta: SortedBatch) throws(EvaluationError) -> [Int64] {
    var sums = [Int64](repeating: 0, count: delta.count)
    let bytes = delta.rows.bytes
    for batch in batches {
      var next = 0
      for row in 0..<delta.count {
        let key = SeekKey(prefix: delta.prefixes[row], range: delta.rows.range(row))
        next = batch.lowerBound(key, in: bytes, from: next)
        if next == batch.count { break }
        if SortedBatch.compare(batch, next, delta, row) == 0 {
          sums[row] = try Weight.sum(sums[row], batch.weights[next])
        }
      }
    }
    return sums
  }

  /// Values of the positions that are present, in their order.
  func values(at positions: [TracePosition]) -> ByteColumn {
    var total = 0
    for position in positions where position.isPresent {
      total += batches[Int(position.batch)].valueRange(Int(position.row)).count
    }
    var output = RowAppender(reservingRows: positions.count, bytes: total)
    for position in positions where position.isPresent {
      let batch = batches[Int(position.batch)]
      let range = batch.valueRange(Int(position.row))
      output.append(batch.rows.bytes, range.lowerBound, range.upperBound)
    }
    return output.finish()
  }

  /// The least (or greatest) value of the key with a positive summed weight; nil when there is none.
  package func extreme(_ key: SeekKey, in bytes: [UInt8], greatest: Bool) throws(EvaluationError) -> TracePosition? {
    var ranges: [(batch: Int, low: Int, high: Int)] = []
    for (index, batch) in batches.enumerated() {
      let low = batch.lowerBound(key, in: bytes, from: 0)
      let high = batch.keyEnd(key, in: bytes, from: low)
      if low < high { ranges.append((index, low, high)) }
    }
    while !ranges.isEmpty {
      var best = 0
      for slot in ranges.indices.dropFirst() {
        let order = compareFronts(ranges[slot], ranges[best], greatest: greatest)
        if greatest ? order > 0 : order < 0 { best = slot }
      }
      let front = ranges[best]
      let frontRow = greatest ? front.high - 1 : front.low
      var weight: Int64 = 0
      for slot in ranges.indices where compareFronts(ranges[slot], front, greatest: greatest) == 0 {
        let row = greatest ? ranges[slot].high - 1 : ranges[slot].low
        weight = try Weight.sum(weight, batches[ranges[slot].batch].weights[row])
        if greatest { ranges[slot].high -= 1 } else { ranges[slot].low += 1 }
      }
      if weight > 0 {
        return TracePosition(
          batch: Int32(truncatingIfNeeded: front.batch), row: Int32(truncatingIfNeeded: frontRow))
      }
      ranges.removeAll { $0.low >= $0.high }
    }
    return nil
  }

  private func compareFronts(
    _ left: (batch: Int, low: Int, high: Int), _ right: (batch: Int, low: Int, high: Int), greatest: Bool
  ) -> Int {
    SortedBatch.compare(
      batches[left.batch], greatest ? left.high - 1 : left.low,
      batches[right.batch], greatest ? right.high - 1 : right.low)
  }
}
