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

  /// The next rows: some of one run as they are (`sum` nil), or one row that several have, with its summed weight,
  /// which may be 0.
  mutating func nextRows() throws(EvaluationError) -> (SortedBatch, rows: Range<Int>, sum: Int64?)? {
    var least = -1
    var second: Slot?
    var ties = 0
    for (index, slot) in slots.enumerated() {
      guard let slot else { continue }
      guard least >= 0, let best = slots[least] else {
        (least, ties) = (index, 1)
        continue
      }
      let order = SortedBatch.compare(slot.batch, slot.row, best.batch, best.row)
      if order < 0 {
        (least, second, ties) = (index, best, 1)
      } else {
        if order == 0 { ties += 1 }
        if second.map({ SortedBatch.compare(slot.batch, slot.row, $0.batch, $0.row) < 0 }) ?? true { second = slot }
      }
    }
    guard least >= 0, let best = slots[least] else { return nil }
    if ties > 1 { return (best.batch, best.row..<best.row + 1, try pass(best, ties)) }
    var end = best.end
    if let second {
      end = best.row + 1
      while end < best.end, SortedBatch.compare(best.batch, end, second.batch, second.row) < 0 { end += 1 }
    }
    if end < best.end { slots[least]?.row = end } else { try refill(least) }
    return (best.batch, best.row..<end, nil)
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
