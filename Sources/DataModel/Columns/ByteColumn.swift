/// Variable-length values: `offsets` has one entry more than there are rows, value i is
/// `bytes[offsets[i]..<offsets[i+1]]`.
@usableFromInline package struct ByteColumn: Hashable, Sendable {
  @usableFromInline package var offsets: [UInt32]
  @usableFromInline package var bytes: [UInt8]

  @inlinable
  package init() {
    offsets = [0]
    bytes = []
  }

  /// Nil unless offsets start at 0, never fall and end at the number of bytes.
  package init?(offsets: [UInt32], bytes: [UInt8]) {
    guard let first = offsets.first, first == 0, offsets.last == UInt32(exactly: bytes.count) else {
      return nil
    }
    var previous: UInt32 = 0
    for offset in offsets {
      guard offset >= previous else { return nil }
      previous = offset
    }
    self.offsets = offsets
    self.bytes = bytes
  }

  @inlinable package var count: Int { offsets.count - 1 }

  @inlinable
  package func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

  /// A copy of one value; for edges, not for row loops.
  package subscript(row: Int) -> [UInt8] { Array(bytes[range(row)]) }

  /// Callers keep a column below 4 GiB: batches are bounded by `Limits` long before.
  @inlinable
  package mutating func append(_ value: Span<UInt8>) {
    ByteKernels.append(value, to: &bytes)
    offsets.append(UInt32(truncatingIfNeeded: bytes.count))
  }

  @inlinable
  package mutating func append(_ value: some Collection<UInt8>) {
    bytes.append(contentsOf: value)
    offsets.append(UInt32(truncatingIfNeeded: bytes.count))
  }
}
