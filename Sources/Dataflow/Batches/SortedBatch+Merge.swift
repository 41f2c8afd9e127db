package import DataModel

extension SortedBatch {
  /// One batch with the rows of both; equal rows add their weights.
  static func merge(_ left: SortedBatch, _ right: SortedBatch) throws(EvaluationError) -> SortedBatch {
    var builder = BatchBuilder(
      reservingRows: left.count + right.count, bytes: left.rows.bytes.count + right.rows.bytes.count)
    var a = 0
    var b = 0
    while a < left.count, b < right.count {
      let order = compare(left, a, right, b)
      if order == 0 {
        builder.append(left, a, weight: try Weight.sum(left.weights[a], right.weights[b]))
        a += 1
        b += 1
      } else if order < 0 {
        let first = a
        repeat { a += 1 } while a < left.count && compare(left, a, right, b) < 0
        builder.append(left, rows: first..<a)
      } else {
        let first = b
        repeat { b += 1 } while b < right.count && compare(right, b, left, a) < 0
        builder.append(right, rows: first..<b)
      }
    }
    if a < left.count { builder.append(left, rows: a..<left.count) }
    if b < right.count { builder.append(right, rows: b..<right.count) }
    return builder.finish()
  }

  /// One batch with the rows of all; nil for none. The total must stay below the byte limit of a batch.
  package static func merge(_ batches: [SortedBatch]) throws(EvaluationError) -> SortedBatch? {
    var queue = batches
    while queue.count > 1 {
      var next: [SortedBatch] = []
      for index in stride(from: 0, to: queue.count, by: 2) {
        next.append(index + 1 < queue.count ? try merge(queue[index], queue[index + 1]) : queue[index])
      }
      queue = next
    }
    return queue.first
  }

  /// Order of two rows by (key, value).
  @inline(__always)
  static func compare(_ left: SortedBatch, _ a: Int, _ right: SortedBatch, _ b: Int) -> Int {
    let (first, second) = (left.prefixes[a], right.prefixes[b])
    if first != second { return first < second ? -1 : 1 }
    return ByteOrder.compare(
      left.rows.bytes, Int(left.rows.offsets[a]), Int(left.rows.offsets[a + 1]),
      right.rows.bytes, Int(right.rows.offsets[b]), Int(right.rows.offsets[b + 1]))
  }
}
