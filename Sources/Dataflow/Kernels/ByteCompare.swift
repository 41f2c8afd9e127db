import DataModel

/// Comparison of byte ranges and of columns of strings.
enum ByteCompare {
  @inline(__always)
  static func equal(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ length: Int) -> Bool {
    var at = 0
    while at &+ 8 <= length {
      let left = unsafe a.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      if unsafe left != b.loadUnaligned(fromByteOffset: at, as: UInt64.self) { return false }
      at &+= 8
    }
    while at < length {
      if unsafe a.load(fromByteOffset: at, as: UInt8.self) != b.load(fromByteOffset: at, as: UInt8.self) {
        return false
      }
      at &+= 1
    }
    return true
  }

  /// Below 0, 0, above 0 as the bytes, then the lengths.
  ///
  /// `room` bytes from each pointer on may be read.
  @inline(__always)
  static func order(
    _ a: UnsafeRawPointer, _ aLength: Int, _ b: UnsafeRawPointer, _ bLength: Int, room: Int
  ) -> Int {
    let common = min(aLength, bLength)
    var at = 0
    while at &+ 8 <= common {
      let left = unsafe a.loadUnaligned(fromByteOffset: at, as: UInt64.self).byteSwapped
      let right = unsafe b.loadUnaligned(fromByteOffset: at, as: UInt64.self).byteSwapped
      if left != right { return left < right ? -1 : 1 }
      at &+= 8
    }
    if at < common, at &+ 8 <= room {
      let unused = UInt64(truncatingIfNeeded: 8 &* (at &+ 8 &- common))
      let left = unsafe a.loadUnaligned(fromByteOffset: at, as: UInt64.self).byteSwapped &>> unused
      let right = unsafe b.loadUnaligned(fromByteOffset: at, as: UInt64.self).byteSwapped &>> unused
      return left != right ? (left < right ? -1 : 1) : aLength &- bLength
    }
    while at < common {
      let left = unsafe a.load(fromByteOffset: at, as: UInt8.self)
      let right = unsafe b.load(fromByteOffset: at, as: UInt8.self)
      if left != right { return left < right ? -1 : 1 }
      at &+= 1
    }
    return aLength &- bLength
  }

  /// One truth value a row.
  static func equal(_ a: ByteLane, _ b: ByteLane, _ count: Int) -> [Int64] {
    if b.isConstant { return equal(a, constant: b.value(0), count) }
    if a.isConstant { return equal(b, constant: a.value(0), count) }
    precondition(b.column.count >= count)
    let offsets = b.column.offsets
    let limit = b.column.bytes.count
    return unsafe b.column.bytes.withUnsafeBytes { others in
      var row = 0
      return unsafe Lanes.map(a, count) { bytes, start, end in
        let from = Int(offsets[row])
        let to = Int(offsets[row &+ 1])
        row &+= 1
        precondition(from <= to && to <= limit)
        guard end &- start == to &- from else { return 0 }
        guard start < end, let left = bytes.baseAddress, let right = others.baseAddress else { return 1 }
        return unsafe equal(UnsafeRawPointer(left) + start, right + from, end &- start) ? 1 : 0
      }
    }
  }

  /// A short constant is compared without a branch, as two words that may overlap.
  private static func equal(_ lane: ByteLane, constant: [UInt8], _ count: Int) -> [Int64] {
    let length = constant.count
    if length == 0 { return unsafe Lanes.map(lane, count) { _, start, end in start == end ? 1 : 0 } }
    let word = { (at: Int) -> UInt64 in
      (0..<8).reduce(0) { at + $1 < length ? $0 | UInt64(constant[at + $1]) << UInt64(8 * $1) : $0 }
    }
    let head = word(0)
    let isShort = length <= 8
    let tailAt = isShort ? 0 : length - 8
    let tail = isShort ? head : word(tailAt)
    let mask: UInt64 = length < 8 ? (1 << UInt64(8 * length)) - 1 : ~0
    return unsafe constant.withUnsafeBytes { own in
      unsafe Lanes.map(lane, count) { bytes, start, end in
        guard let text = bytes.baseAddress, let own = own.baseAddress else { return 0 }
        let base = unsafe UnsafeRawPointer(text) + start
        if start &+ max(8, length) <= bytes.count {
          let difference =
            unsafe ((base.loadUnaligned(as: UInt64.self) ^ head) & mask)
            | ((base.loadUnaligned(fromByteOffset: tailAt, as: UInt64.self) ^ tail) & mask)
          let isEqual = difference | UInt64(bitPattern: Int64(end &- start &- length)) == 0
          if length <= 16 { return isEqual ? 1 : 0 }
          return isEqual && (unsafe equal(base, own, length)) ? 1 : 0
        }
        return end &- start == length && (unsafe equal(base, own, length)) ? 1 : 0
      }
    }
  }

  /// One truth value a row, by the order of both strings.
  @inline(__always)
  static func ordered(_ a: ByteLane, _ b: ByteLane, _ count: Int, _ test: (Int) -> Bool) -> [Int64] {
    if a.isConstant, !b.isConstant { return orderedRows(b, a, count) { test(0 &- $0) } }
    return orderedRows(a, b, count, test)
  }

  @inline(__always)
  private static func orderedRows(
    _ a: ByteLane, _ b: ByteLane, _ count: Int, _ test: (Int) -> Bool
  ) -> [Int64] {
    precondition(b.isConstant || b.column.count >= count)
    let offsets = b.column.offsets
    var others = b.column.bytes
    // Room behind a constant, so that it is read in whole words.
    if b.isConstant { others += [0, 0, 0, 0, 0, 0, 0, 0] }
    let limit = others.count
    let step = b.isConstant ? 0 : 1
    return unsafe others.withUnsafeBytes { others in
      var row = 0
      return unsafe Lanes.map(a, count) { bytes, start, end in
        let from = Int(offsets[row])
        let to = Int(offsets[row &+ 1])
        row &+= step
        precondition(from <= to && to <= limit)
        guard let left = bytes.baseAddress, let right = others.baseAddress else {
          return test((end &- start) &- (to &- from)) ? 1 : 0
        }
        let order = unsafe order(
          UnsafeRawPointer(left) + start, end &- start, right + from, to &- from,
          room: min(bytes.count &- start, limit &- from))
        return test(order) ? 1 : 0
      }
    }
  }
}
