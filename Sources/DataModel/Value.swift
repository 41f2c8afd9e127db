/// One SQL value in its physical form, for literals, errors and edges; never in a row loop.
///
/// What an `int64` means is told by the `ColumnType` beside it (see `PhysicalType`).
package enum Value: Sendable {
  case null
  case int64(Int64)
  case float64(Double)
  case int128(Int128)
  case bytes([UInt8])

  package static func text(_ text: String) -> Value { .bytes(Array(text.utf8)) }
  package static func boolean(_ flag: Bool) -> Value { .int64(flag ? 1 : 0) }

  package var isNull: Bool {
    if case .null = self { return true }
    return false
  }
}

/// Identity of bits: NaN equals itself, -0.0 differs from 0.0 (as plans and literals need it, not as SQL
/// compares).
extension Value: Hashable {
  package static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.int64(let a), .int64(let b)): a == b
    case (.float64(let a), .float64(let b)): a.bitPattern == b.bitPattern
    case (.int128(let a), .int128(let b)): a == b
    case (.bytes(let a), .bytes(let b)): a == b
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .int64(let value): hasher.combine(value)
    case .float64(let value): hasher.combine(value.bitPattern)
    case .int128(let value): hasher.combine(value)
    case .bytes(let value): hasher.combine(value)
    }
  }
}
