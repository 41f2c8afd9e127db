import DataModel

/// Texts in words, and the hash of words.
enum WordKernels {
  /// Writes `length` bytes into words, the last one padded with zeros; `readable` bytes may be read.
  @inline(__always)
  static func copy(
    _ source: UnsafeRawPointer, _ length: Int, readable: Int, to target: UnsafeMutablePointer<UInt64>
  ) {
    let whole = length &>> 3
    for word in 0..<whole {
      unsafe target[word] = unsafe source.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self).littleEndian
    }
    let left = length & 7
    guard left > 0 else { return }
    let from = whole &* 8
    if from &+ 8 <= readable {
      let word = unsafe source.loadUnaligned(fromByteOffset: from, as: UInt64.self).littleEndian
      unsafe target[whole] = word & ((1 &<< UInt64(8 &* left)) &- 1)
    } else {
      var word: UInt64 = 0
      for index in 0..<left {
        word |= unsafe UInt64(source.load(fromByteOffset: from &+ index, as: UInt8.self)) &<< UInt64(8 &* index)
      }
      unsafe target[whole] = word
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
