/// The unsafe memory operations of the room: each checks its bounds, so none can read or write outside its
/// arguments.
@usableFromInline package enum ByteKernels {
  /// The eight bytes at `offset`, the first in the lowest bits. Traps when they do not all lie inside.
  @inlinable @inline(__always)
  package static func word(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Writes eight bytes at `offset`, the lowest first. Traps when they do not all fit.
  @inlinable @inline(__always)
  package static func store(_ word: UInt64, into target: inout MutableSpan<UInt8>, at offset: Int) {
    precondition(offset >= 0 && target.count >= 8 && offset <= target.count - 8)
    unsafe target.withUnsafeMutableBytes { memory in
      unsafe memory.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
  }

  /// Copies `source[range]` to `target` from `offset` on. Traps when either does not fit.
  @inlinable
  package static func copy(
    _ source: Span<UInt8>, _ range: Range<Int>, into target: inout MutableSpan<UInt8>, at offset: Int
  ) {
    let length = range.count
    guard length > 0 else { return }
    precondition(range.lowerBound >= 0 && range.upperBound <= source.count)
    precondition(offset >= 0 && length <= target.count && offset <= target.count - length)
    unsafe target.withUnsafeMutableBytes { memory in
      unsafe source.withUnsafeBytes { origin in
        guard let to = memory.baseAddress, let from = origin.baseAddress else { return }
        unsafe (to + offset).copyMemory(from: from + range.lowerBound, byteCount: length)
      }
    }
  }

  @inlinable
  package static func append(_ source: Span<UInt8>, to bytes: inout [UInt8]) {
    unsafe source.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }

  @inlinable
  package static func append(_ source: Span<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8]) {
    precondition(range.lowerBound >= 0 && range.upperBound <= source.count)
    unsafe source.withUnsafeBufferPointer {
      unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range]))
    }
  }

  /// Numbers of 64 bits from their bits.
  static func append(bits words: Span<UInt64>, to values: inout [Int64]) {
    unsafe words.withUnsafeBytes { unsafe values.append(contentsOf: $0.bindMemory(to: Int64.self)) }
  }

  static func append(bits words: Span<UInt64>, to values: inout [Double]) {
    unsafe words.withUnsafeBytes { unsafe values.append(contentsOf: $0.bindMemory(to: Double.self)) }
  }

  /// The memory of `values`, as it lies (little endian on every machine we run on), behind `bytes`.
  package static func appendMemory<Element: BitwiseCopyable>(of values: [Element], to bytes: inout [UInt8]) {
    unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// `count` numbers from memory written by `appendMemory`; nil when they do not all lie inside `bytes`.
  ///
  /// Only for types of which every bit pattern is a value: integers and floating point.
  package static func loadMemory<Element: BitwiseCopyable>(
    _ bytes: [UInt8], at offset: Int, count: Int, as type: Element.Type
  ) -> [Element]? {
    let (length, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.size)
    guard !overflow, count >= 0, offset >= 0, offset <= bytes.count, length <= bytes.count - offset else {
      return nil
    }
    guard count > 0 else { return [] }
    return unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe bytes.withUnsafeBytes { source in
        let target = UnsafeMutableRawBufferPointer(buffer)
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + length]))
      }
      initialized = count
    }
  }

  /// The top bit of each byte that is zero in `word`; exact for the lowest such byte, which is all callers
  /// use.
  @inlinable @inline(__always)
  package static func zeroMask(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }

  /// Position of the first zero byte in `range`, or its end.
  @inlinable
  package static func firstZero(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    var position = range.lowerBound
    while position &+ 8 <= range.upperBound {
      let mask = zeroMask(word(bytes, at: position))
      if mask != 0 { return position &+ mask.trailingZeroBitCount >> 3 }
      position &+= 8
    }
    while position < range.upperBound, bytes[position] != 0 { position &+= 1 }
    return position
  }
}
