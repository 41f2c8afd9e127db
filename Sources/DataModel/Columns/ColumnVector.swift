/// The values of one column, immutable once built; what the numbers mean is told by the `ColumnType` of its
/// place.
@usableFromInline package struct ColumnVector: Hashable, Sendable {
  @usableFromInline package enum Storage: Hashable, Sendable {
    case int64([Int64])
    case float64([Double])
    case int128([Int128])
    case bytes(ByteColumn)
  }

  @usableFromInline package var storage: Storage
  /// Nil when every row is present. The stored number of an absent row is 0, its bytes are empty.
  @usableFromInline package var validity: ValidityBitmap?

  package init(_ storage: Storage, validity: ValidityBitmap? = nil) {
    self.storage = storage
    self.validity = validity
  }

  package var count: Int {
    switch storage {
    case .int64(let values): values.count
    case .float64(let values): values.count
    case .int128(let values): values.count
    case .bytes(let values): values.count
    }
  }

  package var physical: PhysicalType {
    switch storage {
    case .int64: .int64
    case .float64: .float64
    case .int128: .int128
    case .bytes: .bytes
    }
  }

  @inlinable
  package func isValid(_ row: Int) -> Bool { validity.map { $0[row] } ?? true }

  /// One value; for edges, not for row loops.
  package func value(at row: Int) -> Value {
    guard isValid(row) else { return .null }
    switch storage {
    case .int64(let values): return .int64(values[row])
    case .float64(let values): return .float64(values[row])
    case .int128(let values): return .int128(values[row])
    case .bytes(let values): return .bytes(values[row])
    }
  }

  /// `count` copies of one value.
  package init(repeating value: Value, physical: PhysicalType, count: Int) {
    var builder = ColumnBuilder(physical)
    builder.reserve(count)
    for _ in 0..<count { builder.append(value) }
    self = builder.finish()
  }

  /// `count` rows of NULL.
  package init(nulls count: Int, physical: PhysicalType) {
    var builder = ColumnBuilder(physical)
    builder.appendNulls(count)
    self = builder.finish()
  }

  /// The rows at `indices`, in that order.
  package func gather(_ indices: [Int32]) -> ColumnVector {
    let gathered: Storage
    switch storage {
    case .int64(let values): gathered = .int64(GatherKernels.int64s(values, indices))
    case .float64(let values): gathered = .float64(GatherKernels.float64s(values, indices))
    case .int128(let values): gathered = .int128(GatherKernels.int128s(values, indices))
    case .bytes(let values): gathered = .bytes(GatherKernels.rows(values, indices))
    }
    return ColumnVector(gathered, validity: validity.flatMap { GatherKernels.bits($0, indices) })
  }
}
