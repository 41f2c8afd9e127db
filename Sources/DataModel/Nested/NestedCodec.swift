/// Bytes of ARRAY, MAP and ROW values: `memcmp` of two values of one type is their SQL order, NULL items
/// first.
///
/// An item is a tag (0x01 NULL, 0x02 present) and, when present, its value as the row codec writes it:
/// numbers as ordered big-endian bits, bytes with 00 written as 00 FF and closed by 00 00. An ARRAY is its
/// items and a closing 00, a MAP key and value items by turns in the order of the keys and a closing 00, a
/// ROW its items. Nested values are bytes inside bytes, so that readers need the layout of the direct items
/// only.
package enum NestedCodec {
  package static let end: UInt8 = 0
  package static let null: UInt8 = 1
  package static let present: UInt8 = 2

  /// One item: where its encoded value lies.
  package enum Item: Hashable, Sendable {
    case null
    case value(Range<Int>)
  }

  // MARK: Writing

  package static func append(_ value: Int64, to bytes: inout [UInt8]) {
    bytes.append(present)
    append(word: RowCodec.orderedBits(value), to: &bytes)
  }

  package static func append(_ value: Double, to bytes: inout [UInt8]) {
    bytes.append(present)
    append(word: RowCodec.orderedBits(value), to: &bytes)
  }

  package static func append(_ value: Int128, to bytes: inout [UInt8]) {
    bytes.append(present)
    let bits = RowCodec.orderedBits(value)
    append(word: bits.high, to: &bytes)
    append(word: bits.low, to: &bytes)
  }

  package static func append(_ source: Span<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8]) {
    bytes.append(present)
    var start = range.lowerBound
    while true {
      let zero = ByteKernels.firstZero(source, start..<range.upperBound)
      ByteKernels.append(source, start..<zero, to: &bytes)
      guard zero < range.upperBound else { break }
      bytes.append(0)
      bytes.append(0xFF)
      start = zero + 1
    }
    bytes.append(0)
    bytes.append(0)
  }

  package static func append(_ value: Value, to bytes: inout [UInt8]) {
    switch value {
    case .null: bytes.append(null)
    case .int64(let number): append(number, to: &bytes)
    case .float64(let number): append(number, to: &bytes)
    case .int128(let number): append(number, to: &bytes)
    case .bytes(let content): append(content.span, 0..<content.count, to: &bytes)
    }
  }

  /// One row of a column as an item.
  package static func append(_ column: ColumnVector, _ row: Int, to bytes: inout [UInt8]) {
    guard column.isValid(row) else { return bytes.append(null) }
    switch column.storage {
    case .int64(let values): append(values[row], to: &bytes)
    case .float64(let values): append(values[row], to: &bytes)
    case .int128(let values): append(values[row], to: &bytes)
    case .bytes(let values): append(values.bytes.span, values.range(row), to: &bytes)
    }
  }

  private static func append(word: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
    }
  }

  // MARK: Reading

  /// The item at `position`, which moves behind it; nil at the closing byte, at `end` and on bytes that no
  /// writer made.
  package static func next(
    _ source: Span<UInt8>, _ position: inout Int, end: Int, _ physical: PhysicalType
  ) -> Item? {
    guard position < end, end <= source.count else { return nil }
    let tag = source[position]
    if tag == null {
      position += 1
      return .null
    }
    guard tag == present else { return nil }
    let start = position + 1
    let stop: Int
    switch physical {
    case .int64, .float64: stop = start + 8
    case .int128: stop = start + 16
    case .bytes:
      guard let closing = closing(source, start..<end) else { return nil }
      position = closing + 2
      return .value(start..<closing)
    }
    guard stop <= end else { return nil }
    position = stop
    return .value(start..<stop)
  }

  /// Where the 00 00 that ends a byte string lies.
  private static func closing(_ source: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var at = range.lowerBound
    while true {
      let zero = ByteKernels.firstZero(source, at..<range.upperBound)
      guard zero + 1 < range.upperBound else { return nil }
      if source[zero + 1] == 0 { return zero }
      guard source[zero + 1] == 0xFF else { return nil }
      at = zero + 2
    }
  }

  // The ranges below are those of an item of the same layout.

  package static func int64(_ source: Span<UInt8>, _ range: Range<Int>) -> Int64 {
    guard range.count == 8, range.upperBound <= source.count else { return 0 }
    return RowCodec.int64(orderedBits: ByteKernels.word(source, at: range.lowerBound).byteSwapped)
  }

  package static func double(_ source: Span<UInt8>, _ range: Range<Int>) -> Double {
    guard range.count == 8, range.upperBound <= source.count else { return 0 }
    return RowCodec.double(orderedBits: ByteKernels.word(source, at: range.lowerBound).byteSwapped)
  }

  package static func int128(_ source: Span<UInt8>, _ range: Range<Int>) -> Int128 {
    guard range.count == 16, range.upperBound <= source.count else { return 0 }
    return RowCodec.int128(
      high: ByteKernels.word(source, at: range.lowerBound).byteSwapped,
      low: ByteKernels.word(source, at: range.lowerBound + 8).byteSwapped)
  }

  /// A byte string without its escapes, behind `bytes`.
  package static func unescape(_ source: Span<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8]) {
    var start = range.lowerBound
    while start < range.upperBound {
      let zero = ByteKernels.firstZero(source, start..<range.upperBound)
      ByteKernels.append(source, start..<zero, to: &bytes)
      guard zero < range.upperBound else { return }
      bytes.append(0)
      start = zero + 2
    }
  }

  package static func append(
    _ source: Span<UInt8>, _ item: Item, _ physical: PhysicalType, to builder: inout ColumnBuilder
  ) {
    guard case .value(let range) = item else { return builder.appendNull() }
    switch physical {
    case .int64: builder.append(int64: int64(source, range))
    case .float64: builder.append(float64: double(source, range))
    case .int128: builder.append(int128: int128(source, range))
    case .bytes:
      var start = range.lowerBound
      while start < range.upperBound {
        let zero = ByteKernels.firstZero(source, start..<range.upperBound)
        builder.extend(source, start..<zero)
        guard zero < range.upperBound else { break }
        builder.extend(byte: 0)
        start = zero + 2
      }
      builder.closeBytes()
    }
  }

  /// For edges.
  package static func value(_ source: Span<UInt8>, _ item: Item, _ physical: PhysicalType) -> Value {
    guard case .value(let range) = item else { return .null }
    switch physical {
    case .int64: return .int64(int64(source, range))
    case .float64: return .float64(double(source, range))
    case .int128: return .int128(int128(source, range))
    case .bytes:
      var bytes: [UInt8] = []
      unescape(source, range, to: &bytes)
      return .bytes(bytes)
    }
  }

  /// All items of an ARRAY, or of a ROW of one layout; for edges.
  package static func values(_ bytes: [UInt8], _ physical: PhysicalType) -> [Value] {
    var result: [Value] = []
    var position = 0
    while let item = next(bytes.span, &position, end: bytes.count, physical) {
      result.append(value(bytes.span, item, physical))
    }
    return result
  }

  /// The bytes of an ARRAY; for edges.
  package static func array(_ values: [Value]) -> [UInt8] {
    var bytes: [UInt8] = []
    for value in values { append(value, to: &bytes) }
    bytes.append(end)
    return bytes
  }

  /// The bytes of a MAP: sorted by key, the last value of a key wins; for edges.
  package static func map(_ entries: [(key: Value, value: Value)]) -> [UInt8] {
    let keyed = entries.map { entry -> (key: [UInt8], value: Value) in
      var key: [UInt8] = []
      append(entry.key, to: &key)
      return (key, entry.value)
    }
    var bytes: [UInt8] = []
    let order = keyed.indices.sorted { left, right in
      keyed[left].key == keyed[right].key
        ? left < right : keyed[left].key.lexicographicallyPrecedes(keyed[right].key)
    }
    for (place, index) in order.enumerated() {
      if place + 1 < order.count, keyed[order[place + 1]].key == keyed[index].key { continue }
      bytes += keyed[index].key
      append(keyed[index].value, to: &bytes)
    }
    bytes.append(end)
    return bytes
  }
}
