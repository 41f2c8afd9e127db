/// One bit a row, set when the value is present; the words are little endian in bit order (row 0 is bit 0 of
/// word 0).
@usableFromInline package struct ValidityBitmap: Hashable, Sendable {
  @usableFromInline package var words: [UInt64]
  @usableFromInline package var count: Int

  @inlinable
  package init(repeating valid: Bool = true, count: Int = 0) {
    self.count = count
    words = [UInt64](repeating: valid ? ~0 : 0, count: (count + 63) / 64)
    clearTail()
  }

  /// Bits behind the last row are zero, so that words compare and count as rows do.
  @inlinable
  package mutating func clearTail() {
    let used = count & 63
    if used != 0, !words.isEmpty { words[words.count - 1] &= (1 << UInt64(used)) &- 1 }
  }

  @inlinable
  package subscript(row: Int) -> Bool {
    get { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }
    set {
      let bit: UInt64 = 1 << UInt64(row & 63)
      if newValue { words[row >> 6] |= bit } else { words[row >> 6] &= ~bit }
    }
  }

  @inlinable
  package mutating func append(_ valid: Bool) {
    if count & 63 == 0 { words.append(0) }
    if valid { words[count >> 6] |= 1 << UInt64(count & 63) }
    count += 1
  }

  /// The rows of another bitmap behind the own ones, a word at a time.
  package mutating func append(_ other: ValidityBitmap) {
    let shift = UInt64(count & 63)
    if shift == 0 {
      words.append(contentsOf: other.words)
    } else {
      for word in other.words {
        words[words.count - 1] |= word << shift
        words.append(word >> (64 - shift))
      }
    }
    count += other.count
    words.removeLast(words.count - (count + 63) / 64)
  }

  package mutating func removeAll() {
    words.removeAll(keepingCapacity: true)
    count = 0
  }

  package var validCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Rows valid in both.
  package func intersection(_ other: ValidityBitmap) -> ValidityBitmap {
    precondition(count == other.count)
    var result = self
    for index in result.words.indices { result.words[index] &= other.words[index] }
    return result
  }
}
