import Glibc

/// Real functions of the C library, which only this room may import; total, with IEEE results.
package enum RealFunctions {
  package static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  package static func exponential(_ value: Double) -> Double { exp(value) }
  /// NaN below 0, minus infinity at 0.
  package static func naturalLogarithm(_ value: Double) -> Double { log(value) }
}
