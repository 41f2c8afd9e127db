import DataModel

/// Rows of a trace found by key, not consolidated over its batches.
struct FoundRows {
  /// Which of the keys a row belongs to.
  var keys: [Int32] = []
  var values = ByteColumn()
  var weights: [Int64] = []
}

extension Trace {
  /// The rows of each of the keys.
  func rows(of keys: SortedKeys) -> FoundRows {
    var found = FoundRows()
    var values = RowAppender(reservingRows: 0, bytes: 0)
    let bytes = keys.rows.bytes
    for batch in batches {
      var next = 0
      for index in 0..<keys.count {
        let key = keys[index]
        next = batch.lowerBound(key, in: bytes, from: next)
        if next == batch.count { break }
        while next < batch.count, batch.hasKey(next, key, bytes) {
          let range = batch.valueRange(next)
          values.append(batch.rows.bytes, range.lowerBound, range.upperBound)
          found.keys.append(Int32(truncatingIfNeeded: index))
          found.weights.append(batch.weights[next])
          next += 1
        }
      }
    }
    found.values = values.finish()
    return found
  }
}
