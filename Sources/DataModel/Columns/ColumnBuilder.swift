/// Builds one column row by row without an allocation a row.
///
/// Only the buffer of the builder's physical type is used; appending a value of another type is our bug and
/// stores NULL.
@usableFromInline package struct ColumnBuilder: Sendable {
  package let physical: PhysicalType
  @usableFromInline package var int64s: [Int64] = []
  @usableFromInline package var float64s: [Double] = []
  @usableFromInline package var int128s: [Int128] = []
  @usableFromInline package var byteColumn = ByteColumn()
  @usableFromInline package var validity = ValidityBitmap()
  @usableFromInline package var hasNulls = false
  @usableFromInline package var rows = 0

  package init(_ physical: PhysicalType) { self.physical = physical }

  @inlinable package var count: Int { rows }
  /// Bytes of all rows of a `bytes` builder.
  package var byteCount: Int { byteColumn.bytes.count }

  /// `bytes` are those of all rows of a `bytes` builder.
  package mutating func reserve(_ count: Int, bytes: Int = 0) {
    switch physical {
    case .int64: int64s.reserveCapacity(count)
    case .float64: float64s.reserveCapacity(count)
    case .int128: int128s.reserveCapacity(count)
    case .bytes:
      byteColumn.offsets.reserveCapacity(count + 1)
      if bytes > 0 { byteColumn.bytes.reserveCapacity(bytes) }
    }
  }

  @inlinable
  package mutating func append(int64 value: Int64) {
    int64s.append(value)
    noteValid()
  }

  @inlinable
  package mutating func append(float64 value: Double) {
    float64s.append(value)
    noteValid()
  }

  @inlinable
  package mutating func append(int128 value: Int128) {
    int128s.append(value)
    noteValid()
  }

  @inlinable
  package mutating func append(bytes value: Span<UInt8>) {
    byteColumn.append(value)
    noteValid()
  }

  @inlinable
  package mutating func append(bytes value: some Collection<UInt8>) {
    byteColumn.append(value)
    noteValid()
  }

  /// Adds bytes to the value under construction of a `bytes` builder; `closeBytes` makes it a row.
  @inlinable
  package mutating func extend(_ source: Span<UInt8>, _ range: Range<Int>) {
    ByteKernels.append(source, range, to: &byteColumn.bytes)
  }

  @inlinable
  package mutating func extend(byte: UInt8) { byteColumn.bytes.append(byte) }

  @inlinable
  package mutating func closeBytes() {
    byteColumn.offsets.append(UInt32(truncatingIfNeeded: byteColumn.bytes.count))
    noteValid()
  }

  /// Drops what `extend` added since the last row.
  @inlinable
  package mutating func abandonBytes() {
    let start = Int(byteColumn.offsets[byteColumn.offsets.count - 1])
    guard byteColumn.bytes.count > start else { return }
    byteColumn.bytes.removeLast(byteColumn.bytes.count - start)
  }

  package mutating func appendNull() {
    switch physical {
    case .int64: int64s.append(0)
    case .float64: float64s.append(0)
    case .int128: int128s.append(0)
    case .bytes: byteColumn.append(EmptyCollection<UInt8>())
    }
    if !hasNulls {
      validity = ValidityBitmap(repeating: true, count: rows)
      hasNulls = true
    }
    validity.append(false)
    rows += 1
  }

  /// For edges: dispatches on the value.
  package mutating func append(_ value: Value) {
    switch (value, physical) {
    case (.int64(let number), .int64): append(int64: number)
    case (.float64(let number), .float64): append(float64: number)
    case (.int128(let number), .int128): append(int128: number)
    case (.bytes(let bytes), .bytes): append(bytes: bytes)
    default: appendNull()
    }
  }

  @inlinable
  mutating func noteValid() {
    if hasNulls { validity.append(true) }
    rows += 1
  }

  /// Takes back the rows behind `count`; used to undo a partly built bad record.
  package mutating func truncate(to count: Int) {
    guard count < rows else { return }
    switch physical {
    case .int64: int64s.removeLast(int64s.count - count)
    case .float64: float64s.removeLast(float64s.count - count)
    case .int128: int128s.removeLast(int128s.count - count)
    case .bytes:
      byteColumn.bytes.removeLast(byteColumn.bytes.count - Int(byteColumn.offsets[count]))
      byteColumn.offsets.removeLast(byteColumn.offsets.count - count - 1)
    }
    if hasNulls {
      validity.words.removeLast(validity.words.count - (count + 63) / 64)
      validity.count = count
      validity.clearTail()
    }
    rows = count
  }

  /// The column; the builder is empty afterwards and can be used again.
  package mutating func finish() -> ColumnVector {
    let bits = hasNulls ? validity : nil
    let result: ColumnVector
    switch physical {
    case .int64: result = ColumnVector(.int64(int64s), validity: bits)
    case .float64: result = ColumnVector(.float64(float64s), validity: bits)
    case .int128: result = ColumnVector(.int128(int128s), validity: bits)
    case .bytes: result = ColumnVector(.bytes(byteColumn), validity: bits)
    }
    self = ColumnBuilder(physical)
    return result
  }

  /// The first `count` rows as a column; the rows behind them stay in the builder.
  package mutating func finish(prefix count: Int) -> ColumnVector {
    guard count < rows else { return finish() }
    var rest = ColumnBuilder(physical)
    for row in count..<rows { rest.append(value(at: row)) }
    truncate(to: count)
    let result = finish()
    self = rest
    return result
  }

  /// One finished row; for edges.
  package func value(at row: Int) -> Value {
    if hasNulls, !validity[row] { return .null }
    switch physical {
    case .int64: return .int64(int64s[row])
    case .float64: return .float64(float64s[row])
    case .int128: return .int128(int128s[row])
    case .bytes: return .bytes(byteColumn[row])
    }
  }
}
