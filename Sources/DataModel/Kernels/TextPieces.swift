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
    // More than is filled, so that short pieces are copied as whole vectors.
    let needed = bytes.count + total + ByteColumn.slack
    if bytes.capacity < needed { bytes.reserveCapacity(max(needed, 2 * bytes.capacity)) }
    let entries = offsets.count + pieces.count
    if offsets.capacity < entries { offsets.reserveCapacity(max(entries, 2 * offsets.capacity)) }
    let start = UInt32(truncatingIfNeeded: bytes.count)
    offsets.append(addingCapacity: pieces.count) { target in
      var end = start
      for index in pieces.indices {
        end &+= UInt32(truncatingIfNeeded: TextPiece.length(pieces[index]))
        target.append(end)
      }
    }
    bytes.append(addingCapacity: total + ByteColumn.slack) { target in
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
  }

  /// Bytes that a copy may write behind the end of what it copies.
  private static let slack = 32

  /// Copies in vectors, which may spill over behind the piece where both sides have the room.
  @inline(__always)
  private static func copy(
    _ source: Span<UInt8>, _ start: Int, _ length: Int, into target: inout MutableSpan<UInt8>, at offset: Int
  ) {
    let spilled = max(32, (length &+ 15) & ~15)
    guard length <= 128, start &+ spilled <= source.count, offset &+ spilled <= target.count else {
      return ByteKernels.copy(source, start..<start + length, into: &target, at: offset)
    }
    unsafe source.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { to in
        guard let from = from.baseAddress, let to = to.baseAddress else { return }
        unsafe move(from + start, to + offset)
        unsafe move(from + (start &+ 16), to + (offset &+ 16))
        var moved = 32
        while moved < length {
          unsafe move(from + (start &+ moved), to + (offset &+ moved))
          moved &+= 16
        }
      }
    }
  }

  @inline(__always)
  private static func move(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    unsafe to.storeBytes(of: from.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
  }
}
