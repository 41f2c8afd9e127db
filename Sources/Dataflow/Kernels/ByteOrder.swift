import DataModel

/// Compares byte ranges of encoded rows, eight bytes at a time.
enum ByteOrder {
  /// The first 65 bits that can differ, less one: bit 63 is the first tag (0 or 1), the rest is the head of
  /// the value.
  ///
  /// Monotone: `a <= b` as rows implies `prefix(a) <= prefix(b)`, also when one is a key and the other
  /// begins with it.
  @inline(__always)
  static func prefix(_ bytes: [UInt8], _ start: Int, _ end: Int) -> UInt64 {
    if start >= end { return 0 }
    let tag = UInt64(bytes[start] & 1) << 63
    if end - start >= 9 { return tag | word(bytes, at: start + 1) >> 1 }
    var rest: UInt64 = 0
    for index in start + 1..<end { rest |= UInt64(bytes[index]) << UInt64(56 - 8 * (index - start - 1)) }
    return tag | rest >> 1
  }

  /// The first eight bytes as a big-endian number, with zeros behind the end.
  @inline(__always)
  static func padded(_ bytes: [UInt8], _ start: Int, _ end: Int) -> UInt64 {
    if end - start >= 8 { return word(bytes, at: start) }
    var result: UInt64 = 0
    for index in start..<end { result |= UInt64(bytes[index]) << UInt64(56 - 8 * (index - start)) }
    return result
  }

  /// Eight bytes as a big-endian number.
  @inline(__always)
  static func word(_ bytes: [UInt8], at start: Int) -> UInt64 {
    ByteKernels.word(bytes.span, at: start).byteSwapped
  }

  /// Below 0, 0, above 0 as `memcmp`; of two ranges where one begins with the other the shorter is less.
  @inline(__always)
  static func compare(
    _ left: [UInt8], _ leftStart: Int, _ leftEnd: Int, _ right: [UInt8], _ rightStart: Int, _ rightEnd: Int
  ) -> Int {
    let leftCount = leftEnd &- leftStart
    let rightCount = rightEnd &- rightStart
    let common = min(leftCount, rightCount)
    var offset = 0
    while offset &+ 8 <= common {
      let a = word(left, at: leftStart &+ offset)
      let b = word(right, at: rightStart &+ offset)
      if a != b { return a < b ? -1 : 1 }
      offset &+= 8
    }
    while offset < common {
      let a = left[leftStart &+ offset]
      let b = right[rightStart &+ offset]
      if a != b { return a < b ? -1 : 1 }
      offset &+= 1
    }
    return leftCount &- rightCount
  }

  /// Prefixes of all rows.
  static func prefixes(_ rows: ByteColumn) -> [UInt64] {
    let bytes = rows.bytes
    let offsets = rows.offsets.span
    let count = rows.count
    var result: [UInt64] = []
    result.append(addingCapacity: count) { output in
      for row in 0..<count { output.append(prefix(bytes, Int(offsets[row]), Int(offsets[row + 1]))) }
    }
    return result
  }
}
