import DataModel

/// A LIKE pattern without `_`: fixed strings with anything in between.
struct LikeSegments: Sendable {
  private let first: [UInt8]
  private let middles: [ByteSearch]
  /// Nil when the pattern has no `%`.
  private let last: [UInt8]?

  /// The strings between the `%`s; at least one.
  init(_ parts: [[UInt8]]) {
    first = parts.first ?? []
    last = parts.count > 1 ? parts.last : nil
    middles = parts.dropFirst().dropLast().filter { !$0.isEmpty }.map { ByteSearch($0) }
  }

  /// One truth value a row.
  func matches(_ lane: ByteLane, _ count: Int) -> [Int64] {
    guard let last else {
      var column = ByteColumn()
      column.append(first)
      return ByteCompare.equal(lane, ByteLane(column: column, isConstant: true), count)
    }
    return unsafe first.withUnsafeBytes { first in
      unsafe last.withUnsafeBytes { last in
        unsafe Lanes.map(lane, count) { text, start, end in
          unsafe matches(text, start, end, first, last) ? 1 : 0
        }
      }
    }
  }

  @inline(__always)
  private func matches(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ first: UnsafeRawBufferPointer,
    _ last: UnsafeRawBufferPointer
  ) -> Bool {
    guard end &- start >= first.count &+ last.count else { return false }
    if let base = text.baseAddress {
      if let own = first.baseAddress,
        !(unsafe ByteCompare.equal(UnsafeRawPointer(base) + start, own, first.count))
      {
        return false
      }
      let tail = end &- last.count
      if let own = last.baseAddress,
        !(unsafe ByteCompare.equal(UnsafeRawPointer(base) + tail, own, last.count))
      {
        return false
      }
    }
    var at = start &+ first.count
    for middle in middles {
      at = unsafe middle.find(text, at, end &- last.count)
      if at < 0 { return false }
      at &+= middle.needle.count
    }
    return true
  }
}
