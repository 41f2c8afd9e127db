import DataModel

/// Texts in words, and the hash of words.
enum WordKernels {
  /// Writes `length` bytes from `start` on into words, the last one padded with zeros; the target is zero there.
  @inline(__always)
  static func copy(
    _ bytes: Span<UInt8>, _ start: Int, _ length: Int, into words: inout MutableSpan<UInt64>, at offset: Int
  ) {
    var at = offset
    var from = start
    var left = length
    while left >= 8 {
      words[at] = ByteKernels.word(bytes, at: from)
      at &+= 1
      from &+= 8
      left &-= 8
    }
    guard left > 0 else { return }
    if from &+ 8 <= bytes.count {
      words[at] = ByteKernels.word(bytes, at: from) & ((1 << UInt64(8 &* left)) &- 1)
    } else {
      var word: UInt64 = 0
      for index in 0..<left { word |= UInt64(bytes[from &+ index]) << UInt64(8 &* index) }
      words[at] = word
    }
  }

  /// Hash of `count` words; not for storage, since `seed` is of this process.
  @inline(__always)
  static func hash(_ words: UnsafePointer<UInt64>, _ count: Int, seed: UInt64) -> UInt64 {
    var state = seed
    var index = 0
    while index < count {
      state = unsafe mix(state ^ words[index])
      index &+= 1
    }
    return state
  }

  /// Both halves of a 128-bit product folded.
  @inline(__always)
  static func mix(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
