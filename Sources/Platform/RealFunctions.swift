import Glibc

/// Real functions of the C library, which only this room may import; total, with IEEE results.
package enum RealFunctions {
  package static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  package static func exponential(_ value: Double) -> Double { exp(value) }
  /// NaN below 0, minus infinity at 0.
  package static func naturalLogarithm(_ value: Double) -> Double { log(value) }
  package static func sine(_ value: Double) -> Double { sin(value) }
  package static func cosine(_ value: Double) -> Double { cos(value) }
  package static func tangent(_ value: Double) -> Double { tan(value) }
  package static func arcSine(_ value: Double) -> Double { asin(value) }
  package static func arcCosine(_ value: Double) -> Double { acos(value) }
  package static func arcTangent(_ value: Double) -> Double { atan(value) }
  package static func arcTangent(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
  package static func hyperbolicSine(_ value: Double) -> Double { sinh(value) }
  package static func hyperbolicCosine(_ value: Double) -> Double { cosh(value) }
  package static func hyperbolicTangent(_ value: Double) -> Double { tanh(value) }
  package static func areaSine(_ value: Double) -> Double { asinh(value) }
  package static func areaCosine(_ value: Double) -> Double { acosh(value) }
  package static func areaTangent(_ value: Double) -> Double { atanh(value) }
  /// Exact for cubes of whole numbers.
  package static func cubeRoot(_ value: Double) -> Double {
    let root = cbrt(value)
    let whole = root.rounded()
    return whole * whole * whole == value ? whole : root
  }
  package static func logarithm10(_ value: Double) -> Double { log10(value) }
  package static func logarithm2(_ value: Double) -> Double { log2(value) }
  package static func logarithm1p(_ value: Double) -> Double { log1p(value) }
}
