/// Numbers `low ..< low + span` in the units of a column's physical form, as a series or drawn at random.
struct WholeSeries: Hashable, Sendable {
  let low: Int128
  /// At least 1. Unsigned, because all 38-digit decimals are more than Int128 can count.
  let span: UInt128
  /// What one record adds; positive.
  let scale: UInt128

  /// Number `record` of the series, which starts at `low` and begins anew when it reaches the end.
  func value(_ record: UInt64) -> Int128 {
    let raw = UInt128(record) &* scale
    return value(offset: raw < span ? raw : raw % span)
  }

  func value(_ random: inout RecordRandom) -> Int128 { value(offset: random.next(below: span)) }

  private func value(offset: UInt128) -> Int128 {
    Int128(truncatingIfNeeded: UInt128(truncatingIfNeeded: low) &+ offset)
  }
}
