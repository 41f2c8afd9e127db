import DataModel

/// Appends rows that already come in order into a batch; rows of weight 0 are left out.
struct BatchBuilder {
  private var rows: RowAppender
  private var keyLengths: [UInt32] = []
  private var weights: [Int64] = []
  private var prefixes: [UInt64] = []

  init(reservingRows count: Int, bytes: Int) {
    rows = RowAppender(reservingRows: count, bytes: bytes)
    keyLengths.reserveCapacity(count)
    weights.reserveCapacity(count)
    prefixes.reserveCapacity(count)
  }

  var count: Int { weights.count }
  var byteCount: Int { rows.rows.bytes.count }

  @inline(__always)
  mutating func append(
    _ source: [UInt8], _ start: Int, _ end: Int, keyLength: UInt32, weight: Int64, prefix: UInt64
  ) {
    guard weight != 0 else { return }
    rows.append(source, start, end)
    keyLengths.append(keyLength)
    weights.append(weight)
    prefixes.append(prefix)
  }

  /// Row `row` of a batch, with another weight.
  @inline(__always)
  mutating func append(_ batch: SortedBatch, _ row: Int, weight: Int64) {
    append(
      batch.rows.bytes, Int(batch.rows.offsets[row]), Int(batch.rows.offsets[row + 1]),
      keyLength: batch.keyLengths[row], weight: weight, prefix: batch.prefixes[row])
  }

  /// Rows of a batch as they are.
  mutating func append(_ batch: SortedBatch, rows range: Range<Int>) {
    if range.count == 1 { return append(batch, range.lowerBound, weight: batch.weights[range.lowerBound]) }
    rows.append(batch.rows, rows: range)
    keyLengths += batch.keyLengths[range]
    weights += batch.weights[range]
    prefixes += batch.prefixes[range]
  }

  /// A key and a value from two places.
  mutating func append(
    key: [UInt8], _ keyRange: Range<Int>, value: [UInt8], _ valueRange: Range<Int>, weight: Int64
  ) {
    guard weight != 0 else { return }
    let start = rows.rows.bytes.count
    rows.extend(key, keyRange.lowerBound, keyRange.upperBound)
    rows.extend(value, valueRange.lowerBound, valueRange.upperBound)
    rows.close()
    keyLengths.append(UInt32(truncatingIfNeeded: keyRange.count))
    weights.append(weight)
    prefixes.append(ByteOrder.prefix(rows.rows.bytes, start, rows.rows.bytes.count))
  }

  consuming func finish() -> SortedBatch {
    SortedBatch(rows: rows.finish(), keyLengths: keyLengths, weights: weights, prefixes: prefixes)
  }
}
