/// Random words of one value of one record: the same for the same (seed, record), whatever came before.
struct RecordRandom {
  private var state: UInt64

  /// `seed` tells column and plan entry apart (see `seed(_:plan:column:)`).
  init(seed: UInt64, record: UInt64) {
    state = RecordRandom.mix(seed ^ RecordRandom.mix(record &+ 0x9E37_79B9_7F4A_7C15))
  }

  static func seed(_ seed: UInt64, plan: Int, column: Int) -> UInt64 {
    mix(mix(seed &+ 1) ^ mix(UInt64(plan) << 32 | UInt64(column)))
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return RecordRandom.mix(state)
  }

  /// In 0 ..< bound, which must not be 0; the bias is below bound / 2^64.
  mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

  mutating func next(below bound: UInt128) -> UInt128 {
    if let small = UInt64(exactly: bound) { return UInt128(next(below: small)) }
    return (UInt128(next()) << 64 | UInt128(next())) % bound
  }

  /// In 0 ..< 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The last stage of SplitMix64.
  private static func mix(_ word: UInt64) -> UInt64 {
    var mixed = word
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
