package import PipelineModel
import Synchronization

/// The only door to randomness. Thread-safe.
package protocol RandomSource: Sendable {
  func next() -> UInt64
}

package extension RandomSource {
  /// Uniform in 0 ..< bound; `bound` must be positive.
  func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0)
    // Multiply and keep the high half; values below the threshold would be over-represented and are drawn
    // again.
    let threshold = (0 &- bound) % bound
    while true {
      let product = next().multipliedFullWidth(by: bound)
      if product.low >= threshold { return product.high }
    }
  }

  /// Random bytes, for keys and secrets when the source is `SystemRandom`.
  func bytes(_ count: Int) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(count)
    while out.count < count {
      var word = next()
      for _ in 0..<min(8, count - out.count) {
        out.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    return out
  }
}

/// The kernel's generator: cryptographically strong.
package struct SystemRandom: RandomSource {
  package init() {}

  package func next() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}

/// SplitMix64: the same seed gives the same sequence on every machine. A class because callers share its
/// position.
package final class SeededRandom: RandomSource {
  private let state: Mutex<UInt64>

  package init(seed: UInt64) { state = Mutex(seed) }

  package func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }
}

package extension UniqueID {
  /// A UUIDv7 of now. Ids of one millisecond are in no order.
  static func version7(clock: any PipelineClock, random: any RandomSource) -> UniqueID {
    let milliseconds = UInt64(clamping: clock.wall().microseconds / 1000)
    return UniqueID(version7At: milliseconds, randomHigh: random.next(), randomLow: random.next())
  }
}
