import DataModel

/// Bytes to look for, borrowed from a row column.
package struct SeekKey {
  let prefix: UInt64
  let range: Range<Int>

  /// Looks for the encoded key at `range` of the bytes that go with it.
  package init(_ bytes: [UInt8]) {
    self.init(prefix: ByteOrder.prefix(bytes, 0, bytes.count), range: 0..<bytes.count)
  }

  init(prefix: UInt64, range: Range<Int>) {
    self.prefix = prefix
    self.range = range
  }
}

extension SortedBatch {
  /// First row at or behind `start` that is not less than the key; gallops, so ascending keys cost O(log
  /// distance).
  @inline(__always)
  func lowerBound(_ key: SeekKey, in bytes: [UInt8], from start: Int) -> Int {
    gallop(key, in: bytes, from: start, past: .lessRows)
  }

  /// First row at or behind `start` that does not begin with the key; `start` is the key's lower bound.
  @inline(__always)
  func keyEnd(_ key: SeekKey, in bytes: [UInt8], from start: Int) -> Int {
    gallop(key, in: bytes, from: start, past: .rowsOfKey)
  }

  /// Whether the key of the row is exactly this one.
  @inline(__always)
  func hasKey(_ row: Int, _ key: SeekKey, _ bytes: [UInt8]) -> Bool {
    // A key of nine bytes or more fills its prefix, so rows that begin with it have the same one.
    if key.range.count >= 9, prefixes[row] != key.prefix { return false }
    let own = keyRange(row)
    guard own.count == key.range.count else { return false }
    return ByteOrder.compare(
      rows.bytes, own.lowerBound, own.upperBound, bytes, key.range.lowerBound, key.range.upperBound) == 0
  }

  /// Whether the whole row is exactly these bytes.
  @inline(__always)
  func isRow(_ row: Int, _ key: SeekKey, _ bytes: [UInt8]) -> Bool {
    guard prefixes[row] == key.prefix else { return false }
    let own = rows.range(row)
    return ByteOrder.compare(
      rows.bytes, own.lowerBound, own.upperBound, bytes, key.range.lowerBound, key.range.upperBound) == 0
  }

  @inline(__always)
  private func isLess(_ row: Int, _ key: SeekKey, _ bytes: [UInt8]) -> Bool {
    let prefix = prefixes[row]
    if prefix != key.prefix { return prefix < key.prefix }
    return ByteOrder.compare(
      rows.bytes, Int(rows.offsets[row]), Int(rows.offsets[row + 1]),
      bytes, key.range.lowerBound, key.range.upperBound) < 0
  }

  private enum Skip {
    case lessRows
    case rowsOfKey
  }

  @inline(__always)
  private func isSkipped(_ row: Int, _ key: SeekKey, _ bytes: [UInt8], _ skip: Skip) -> Bool {
    skip == .lessRows ? isLess(row, key, bytes) : hasKey(row, key, bytes)
  }

  /// First row that is not skipped, when those to skip lead start..<count.
  @inline(__always)
  private func gallop(_ key: SeekKey, in bytes: [UInt8], from start: Int, past skip: Skip) -> Int {
    guard start < count, isSkipped(start, key, bytes, skip) else { return start }
    var low = start
    var stride = 1
    while low + stride < count, isSkipped(low + stride, key, bytes, skip) {
      low += stride
      stride *= 2
    }
    var high = min(low + stride, count)
    low += 1
    while low < high {
      let middle = low + (high - low) / 2
      if isSkipped(middle, key, bytes, skip) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
