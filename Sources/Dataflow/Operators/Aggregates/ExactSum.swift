/// Exact sum of finite doubles with integer weights, so that its value does not depend on order or batching
/// and a full retraction leaves zero (Shewchuk's non-overlapping partials; numbers from 2^900 are kept
/// scaled, so that partials do not overflow).
package struct ExactSum {
  private var low: [Double] = []
  private var high: [Double] = []

  private static let threshold = 0x1p900
  private static let scale = 0x1p128

  package init() {}

  package var isZero: Bool { low.isEmpty && high.isEmpty }
  /// Doubles that it is kept as.
  var wordCount: Int { low.count + high.count }

  mutating func removeAll() {
    low.removeAll(keepingCapacity: true)
    high.removeAll(keepingCapacity: true)
  }

  package mutating func add(_ value: Double, weight: Int64) {
    if value.magnitude >= Self.threshold {
      Self.add(value / Self.scale, weight, to: &high)
    } else {
      Self.add(value, weight, to: &low)
    }
  }

  private static func add(_ value: Double, _ weight: Int64, to partials: inout [Double]) {
    if weight == 1 { return grow(&partials, value) }
    if weight == -1 { return grow(&partials, -value) }
    // Both halves are exact doubles; so is the error of each product.
    for factor in [Double(weight >> 32) * 0x1p32, Double(weight & 0xFFFF_FFFF)] where factor != 0 {
      let product = value * factor
      grow(&partials, (-product).addingProduct(value, factor))
      grow(&partials, product)
    }
  }

  private static func grow(_ partials: inout [Double], _ value: Double) {
    var x = value
    var kept = 0
    for index in partials.indices {
      var y = partials[index]
      if x.magnitude < y.magnitude { swap(&x, &y) }
      let sum = x + y
      let rest = y - (sum - x)
      if rest != 0 {
        partials[kept] = rest
        kept += 1
      }
      x = sum
    }
    partials.removeLast(partials.count - kept)
    if x != 0 { partials.append(x) }
  }

  /// The sum, rounded once (twice when numbers beyond 2^900 take part).
  package var value: Double { high.isEmpty ? Self.rounded(low) : Self.rounded(high) * Self.scale + Self.rounded(low) }

  private static func rounded(_ partials: [Double]) -> Double {
    guard var sum = partials.last else { return 0 }
    var index = partials.count - 1
    var rest = 0.0
    while index > 0 {
      let x = sum
      index -= 1
      let y = partials[index]
      sum = x + y
      rest = y - (sum - x)
      if rest != 0 { break }
    }
    // Half-way cases: the next partial decides.
    if index > 0, (rest < 0 && partials[index - 1] < 0) || (rest > 0 && partials[index - 1] > 0) {
      let y = rest * 2
      let x = sum + y
      if y == x - sum { sum = x }
    }
    return sum
  }

  /// State form: number of low partials, then the bits of all; nothing for zero.
  package var bytes: [UInt8] {
    if isZero { return [] }
    var result = [UInt8(truncatingIfNeeded: low.count)]
    for partial in low + high {
      for shift in stride(from: 0, to: 64, by: 8) {
        result.append(UInt8(truncatingIfNeeded: partial.bitPattern >> UInt64(shift)))
      }
    }
    return result
  }

  /// Takes the sum from `bytes[range]`, as `bytes` wrote it.
  package mutating func load(_ bytes: [UInt8], _ range: Range<Int>) {
    removeAll()
    guard let first = range.first else { return }
    var position = first + 1
    while position + 8 <= range.upperBound {
      var bits: UInt64 = 0
      for index in 0..<8 { bits |= UInt64(bytes[position + index]) << UInt64(8 * index) }
      if low.count < Int(bytes[first]) {
        low.append(Double(bitPattern: bits))
      } else {
        high.append(Double(bitPattern: bits))
      }
      position += 8
    }
  }
}
