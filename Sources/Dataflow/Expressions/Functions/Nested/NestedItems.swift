import DataModel

/// Items of one nested value as byte ranges: equal bytes are equal values, and their order is that of SQL.
enum NestedItems {
  /// Encoded items with their tags.
  static func items(_ source: Span<UInt8>, _ range: Range<Int>, _ physical: PhysicalType) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var position = range.lowerBound
    var start = position
    while NestedCodec.next(source, &position, end: range.upperBound, physical) != nil {
      result.append(start..<position)
      start = position
    }
    return result
  }

  /// Key and value of each entry.
  static func entries(
    _ source: Span<UInt8>, _ range: Range<Int>, _ key: PhysicalType, _ value: PhysicalType
  ) -> [(key: Range<Int>, value: Range<Int>)] {
    var result: [(key: Range<Int>, value: Range<Int>)] = []
    var position = range.lowerBound
    while true {
      let start = position
      guard NestedCodec.next(source, &position, end: range.upperBound, key) != nil else { return result }
      let middle = position
      guard NestedCodec.next(source, &position, end: range.upperBound, value) != nil else { return result }
      result.append((start..<middle, middle..<position))
    }
  }

  static func count(_ source: Span<UInt8>, _ range: Range<Int>, _ physical: [PhysicalType]) -> Int64 {
    var count: Int64 = 0
    var position = range.lowerBound
    while true {
      for layout in physical {
        guard NestedCodec.next(source, &position, end: range.upperBound, layout) != nil else { return count }
      }
      count += 1
    }
  }

  /// The value of a VARIANT key in a MAP of VARIANTs; NULL when it is absent.
  static func appendValue(
    _ source: Span<UInt8>, _ range: Range<Int>, key: [UInt8], to builder: inout ColumnBuilder
  ) {
    var wanted: [UInt8] = []
    NestedCodec.append(key.span, 0..<key.count, to: &wanted)
    appendValue(source, range, wanted, .bytes, .bytes, to: &builder)
  }

  /// The value of an encoded key.
  static func appendValue(
    _ source: Span<UInt8>, _ range: Range<Int>, _ wanted: [UInt8], _ key: PhysicalType, _ value: PhysicalType,
    to builder: inout ColumnBuilder
  ) {
    var position = range.lowerBound
    while true {
      let start = position
      guard NestedCodec.next(source, &position, end: range.upperBound, key) != nil else { break }
      let isWanted = equal(source, start..<position, wanted)
      guard let item = NestedCodec.next(source, &position, end: range.upperBound, value) else { break }
      if isWanted { return NestedCodec.append(source, item, value, to: &builder) }
    }
    builder.appendNull()
  }

  static func equal(_ source: Span<UInt8>, _ range: Range<Int>, _ wanted: [UInt8]) -> Bool {
    guard range.count == wanted.count else { return false }
    for (offset, byte) in wanted.enumerated() where source[range.lowerBound + offset] != byte { return false }
    return true
  }
}
