import DataModel

/// A string to look for: eight places at a time are tested by its first and its last byte.
struct ByteSearch: Sendable {
  let needle: [UInt8]
  private let first: UInt64
  private let last: UInt64

  init(_ needle: [UInt8]) {
    self.needle = needle
    first = UInt64(needle.first ?? 0) &* 0x0101_0101_0101_0101
    last = UInt64(needle.last ?? 0) &* 0x0101_0101_0101_0101
  }

  /// Marks the top bit of each byte that is zero; exact for all eight.
  @inline(__always)
  static func zeroBytes(_ word: UInt64) -> UInt64 {
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    return ~(((word & low) &+ low) | word | low)
  }

  /// Offset of the first occurrence in `start..<end`, or -1. The range lies inside the text.
  @inline(__always)
  func find(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    let length = needle.count
    if length == 0 { return start }
    guard end &- start >= length, let base = text.baseAddress else { return -1 }
    let memory = unsafe UnsafeRawPointer(base)
    var at = start
    // Places whose last byte still lies inside, eight at once.
    while at &+ length &+ 7 <= end {
      let head = unsafe memory.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let tail = unsafe memory.loadUnaligned(fromByteOffset: at &+ length &- 1, as: UInt64.self)
      var hits = Self.zeroBytes((head ^ first) | (tail ^ last))
      while hits != 0 {
        let place = at &+ hits.trailingZeroBitCount &>> 3
        if unsafe matches(memory, place) { return place }
        hits &= hits &- 1
      }
      at &+= 8
    }
    while at &+ length <= end {
      if unsafe matches(memory, at) { return at }
      at &+= 1
    }
    return -1
  }

  @inline(__always)
  private func matches(_ memory: UnsafeRawPointer, _ place: Int) -> Bool {
    unsafe needle.withUnsafeBytes { own in
      guard let own = own.baseAddress else { return true }
      return unsafe ByteCompare.equal(memory + place, own, needle.count)
    }
  }

  /// As above, for callers outside the kernels; the range is checked.
  func find(in text: [UInt8], _ range: Range<Int>) -> Int? {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
    let found = unsafe text.withUnsafeBufferPointer {
      unsafe find($0, range.lowerBound, range.upperBound)
    }
    return found < 0 ? nil : found
  }

  /// How often the needle occurs without overlap.
  @inline(__always)
  func occurrences(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    if needle.count == 1 { return unsafe Self.count(first, text, start, end) }
    if needle.isEmpty { return 0 }
    var count = 0
    var at = start
    while true {
      let found = unsafe find(text, at, end)
      if found < 0 { return count }
      count &+= 1
      at = found &+ needle.count
    }
  }

  /// Marks the bytes of `at..<min(at + 8, end)` that are the pattern's; `room` bytes may be read.
  @inline(__always)
  private static func hits(
    _ pattern: UInt64, _ memory: UnsafeRawPointer, _ room: Int, _ at: Int, _ end: Int
  ) -> UInt64 {
    var word: UInt64 = 0
    if at &+ 8 <= room {
      word = unsafe memory.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    } else {
      for offset in 0..<(room &- at) {
        let byte = unsafe memory.load(fromByteOffset: at &+ offset, as: UInt8.self)
        word |= UInt64(byte) &<< UInt64(truncatingIfNeeded: 8 &* offset)
      }
    }
    let hits = zeroBytes(word ^ pattern)
    return end &- at < 8 ? hits & ((1 &<< UInt64(truncatingIfNeeded: 8 &* (end &- at))) &- 1) : hits
  }

  @inline(__always)
  private static func count(
    _ pattern: UInt64, _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> Int {
    guard let base = text.baseAddress else { return 0 }
    let memory = unsafe UnsafeRawPointer(base)
    var count = 0
    var at = start
    while at < end {
      // A count a byte: 31 words cannot overflow the sum of the eight.
      let stop = min(at &+ 8 &* 31, end)
      var counts: UInt64 = 0
      while at < stop {
        counts &+= unsafe hits(pattern, memory, text.count, at, end) &>> 7
        at &+= 8
      }
      count &+= Int(truncatingIfNeeded: (counts &* 0x0101_0101_0101_0101) &>> 56)
    }
    return count
  }

  /// The part between the separators number `index - 1` and `index` (from 0) as a piece, or nil when there are
  /// fewer. The needle is not empty.
  @inline(__always)
  func part(
    _ index: Int, of text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> (start: Int, end: Int)? {
    if needle.count == 1 { return unsafe bytePart(index, text, start, end) }
    var left = index
    var at = start
    while true {
      let found = unsafe find(text, at, end)
      if left == 0 { return (at, found < 0 ? end : found) }
      if found < 0 { return nil }
      left &-= 1
      at = found &+ needle.count
    }
  }

  @inline(__always)
  private func bytePart(
    _ index: Int, _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> (start: Int, end: Int)? {
    guard let base = text.baseAddress else { return index == 0 ? (start, end) : nil }
    let memory = unsafe UnsafeRawPointer(base)
    var left = index
    var partStart = start
    var at = start
    while at < end {
      var hits = unsafe Self.hits(first, memory, text.count, at, end)
      // Machines without an instruction for it count bits slowly: a product sums the eight bytes.
      let found = Int(truncatingIfNeeded: ((hits &>> 7) &* 0x0101_0101_0101_0101) &>> 56)
      if found < left {
        left &-= found
        at &+= 8
        continue
      }
      while hits != 0 {
        let place = at &+ hits.trailingZeroBitCount &>> 3
        if left == 0 { return (partStart, place) }
        left &-= 1
        partStart = place &+ 1
        hits &= hits &- 1
      }
      at &+= 8
    }
    return left == 0 ? (partStart, end) : nil
  }
}
