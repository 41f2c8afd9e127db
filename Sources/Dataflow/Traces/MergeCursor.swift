import DataModel

/// Walks several runs as one consolidated run: all of it, a range, or the rows of one ascending key after the other.
struct MergeCursor {
  private struct Slot {
    var batch: SortedBatch
    var row: Int
    var end: Int
  }

  private var cursors: [RunCursor]
  /// The next rows of each cursor; nil when it has none.
  private var slots: [Slot?]
  /// The key whose rows are walked.
  private var key: (seek: SeekKey, bytes: [UInt8])?
  /// The walk ends before these bytes.
  private let bound: (seek: SeekKey, bytes: [UInt8])?

  /// All rows, or those from `low` (nil: the first) and before `bound` (nil: to the last), compared as bytes.
  /// `keeping`: blocks stay in the cache.
  init(
    _ runs: [TraceRun], from low: [UInt8]? = nil, below bound: [UInt8]? = nil, keeping: Bool = false
  ) throws(EvaluationError) {
    cursors = runs.map { RunCursor($0, keeping: keeping) }
    slots = runs.map { _ in nil }
    self.bound = bound.map { (SeekKey($0), $0) }
    for slot in cursors.indices {
      if let low { try cursors[slot].seek(SeekKey(low), in: low) }
      try refill(slot)
    }
  }

  /// No rows until `seek`.
  init(seeking runs: [TraceRun]) {
    cursors = runs.map { RunCursor($0, keeping: true) }
    slots = runs.map { _ in nil }
    bound = nil
  }

  /// Goes to the rows of a key that is greater than those before. The bytes are kept until the next call.
  mutating func seek(_ key: SeekKey, in bytes: [UInt8]) throws(EvaluationError) {
    self.key = (key, bytes)
    for slot in cursors.indices {
      slots[slot] = nil
      if let (batch, range) = try cursors[slot].rows(of: key, in: bytes) {
        slots[slot] = Slot(batch: batch, row: range.lowerBound, end: range.upperBound)
      }
    }
  }

  private mutating func refill(_ slot: Int) throws(EvaluationError) {
    slots[slot] = nil
    let found: (SortedBatch, Range<Int>)?
    if let key { found = try cursors[slot].more(of: key.seek, in: key.bytes) } else {
      found = try cursors[slot].next()
    }
    guard let (batch, range) = found else { return }
    var end = range.upperBound
    if let bound { end = min(end, batch.lowerBound(bound.seek, in: bound.bytes, from: range.lowerBound)) }
    if range.lowerBound < end { slots[slot] = Slot(batch: batch, row: range.lowerBound, end: end) }
  }

  /// The next row whose summed weight is not 0.
  mutating func next() throws(EvaluationError) -> (SortedBatch, row: Int, weight: Int64)? {
    while true {
      var best: Slot?
      var ties = 0
      for case let slot? in slots {
        guard let least = best else {
          best = slot
          ties = 1
          continue
        }
        let order = SortedBatch.compare(slot.batch, slot.row, least.batch, least.row)
        if order < 0 {
          best = slot
          ties = 1
        } else if order == 0 {
          ties += 1
        }
      }
      guard let best else { return nil }
      let weight = try pass(best, ties)
      if weight != 0 { return (best.batch, best.row, weight) }
    }
  }

  /// Moves all slots that stand on this row; the sum of their weights.
  private mutating func pass(_ best: Slot, _ ties: Int) throws(EvaluationError) -> Int64 {
    var weight: Int64 = 0
    var left = ties
    for index in slots.indices where left > 0 {
      guard var slot = slots[index] else { continue }
      let isBest = slot.batch === best.batch && slot.row == best.row
      guard isBest || (ties > 1 && SortedBatch.compare(slot.batch, slot.row, best.batch, best.row) == 0) else {
        continue
      }
      left -= 1
      weight = try Weight.sum(weight, slot.batch.weights[slot.row])
      slot.row += 1
      slots[index] = slot
      if slot.row == slot.end { try refill(index) }
    }
    return weight
  }
}
