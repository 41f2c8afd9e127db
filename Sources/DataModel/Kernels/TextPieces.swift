/// Where a value's bytes lie: a word that names a range of a text or of a side buffer.
@usableFromInline package enum TextPiece {
  /// Greatest offset and length.
  package static let limit = Int(Int32.max)

  /// The range must lie below `limit`.
  @inlinable @inline(__always)
  package static func word(_ range: Range<Int>, inSide: Bool) -> UInt64 {
    (inSide ? 1 << 63 : 0) | UInt64(truncatingIfNeeded: range.lowerBound) << 32
      | UInt64(truncatingIfNeeded: range.count)
  }

  /// In the text itself.
  @inlinable @inline(__always)
  package static func word(start: Int, length: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: start) &<< 32 | UInt64(truncatingIfNeeded: length)
  }

  @inlinable @inline(__always)
  package static func isInSide(_ word: UInt64) -> Bool { word >> 63 == 1 }

  @inlinable @inline(__always)
  package static func start(_ word: UInt64) -> Int { Int(truncatingIfNeeded: word >> 32 & 0x7FFF_FFFF) }

  @inlinable @inline(__always)
  package static func length(_ word: UInt64) -> Int { Int(truncatingIfNeeded: word & 0xFFFF_FFFF) }
}

extension ByteColumn {
  /// One row a piece. Traps when a piece does not lie inside its text.
  package mutating func append(pieces: Span<UInt64>, of text: Span<UInt8>, side: Span<UInt8>) {
    var total = 0
    for index in pieces.indices { total &+= TextPiece.length(pieces[index]) }
    // Eight bytes more than are filled, so that short pieces are copied as whole words.
    let needed = bytes.count + total + 8
    if bytes.capacity < needed { bytes.reserveCapacity(max(needed, 2 * bytes.capacity)) }
    var end = UInt32(truncatingIfNeeded: bytes.count)
    let entries = offsets.count + pieces.count
    if offsets.capacity < entries { offsets.reserveCapacity(max(entries, 2 * offsets.capacity)) }
    bytes.append(addingCapacity: total + 8) { target in
      unsafe target.withUnsafeMutableBufferPointer { buffer, filled in
        var room = unsafe MutableSpan(_unsafeElements: buffer)
        for index in pieces.indices {
          let piece = pieces[index]
          let source = TextPiece.isInSide(piece) ? side : text
          ByteColumn.copy(source, TextPiece.start(piece), TextPiece.length(piece), into: &room, at: filled)
          filled &+= TextPiece.length(piece)
        }
      }
    }
    for index in pieces.indices {
      end &+= UInt32(truncatingIfNeeded: TextPiece.length(pieces[index]))
      offsets.append(end)
    }
  }

  /// Copies in words, which may spill over behind the piece where both sides have the room.
  @inline(__always)
  private static func copy(
    _ source: Span<UInt8>, _ start: Int, _ length: Int, into target: inout MutableSpan<UInt8>, at offset: Int
  ) {
    let spilled = (length &+ 7) & ~7
    guard length <= 64, start &+ spilled <= source.count, offset &+ spilled <= target.count else {
      return ByteKernels.copy(source, start..<start + length, into: &target, at: offset)
    }
    var moved = 0
    while moved < length {
      let word = unsafe source.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: start &+ moved, as: UInt64.self)
      unsafe target.withUnsafeMutableBytes {
        unsafe $0.storeBytes(of: word, toByteOffset: offset &+ moved, as: UInt64.self)
      }
      moved &+= 8
    }
  }
}
