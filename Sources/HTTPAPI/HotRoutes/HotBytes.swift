extension Span<UInt8> {
  /// The first place of a byte within a range of indices.
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  func starts(with word: [UInt8], in range: Range<Int>) -> Bool {
    guard word.count <= range.count else { return false }
    var index = 0
    while index < word.count {
      if self[range.lowerBound + index] != word[index] { return false }
      index += 1
    }
    return true
  }

  func equals(_ word: [UInt8], in range: Range<Int>) -> Bool {
    word.count == range.count && starts(with: word, in: range)
  }

  /// In any ASCII case; `word` is lower case.
  func equalsIgnoringCase(_ word: [UInt8], in range: Range<Int>) -> Bool {
    guard word.count == range.count else { return false }
    var index = 0
    while index < word.count {
      let byte = self[range.lowerBound + index]
      guard (byte &- 0x41 < 26 ? byte | 0x20 : byte) == word[index] else { return false }
      index += 1
    }
    return true
  }

  /// Nil unless every byte may stand for itself in a URL segment, a name or a token: letters, digits, `-._~`.
  func unreserved(_ range: Range<Int>) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = self[index]
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      default: return nil
      }
      index += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
