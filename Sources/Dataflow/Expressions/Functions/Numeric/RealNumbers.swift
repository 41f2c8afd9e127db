import DataModel
import Platform

/// Functions of DOUBLEs alone.
enum RealNumbers {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction) -> Kernel? {
    if let unary = unary(function) {
      return { operands in .float64(Lanes.map(operands.float64(0), operands.count, unary)) }
    }
    switch function {
    case .arcTangent2:
      return { operands in
        .float64(
          Lanes.map(operands.float64(0), operands.float64(1), operands.count) { y, x in
            RealFunctions.arcTangent(y, x)
          })
      }
    case .logarithm:
      return { operands in
        .float64(
          Lanes.map(operands.float64(0), operands.float64(1), operands.count) { value, base in
            RealFunctions.naturalLogarithm(value) / RealFunctions.naturalLogarithm(base)
          })
      }
    case .isNaN:
      return { operands in .int64(Lanes.map(operands.float64(0), operands.count) { $0.isNaN ? 1 : 0 }) }
    case .isInfinite:
      return { operands in .int64(Lanes.map(operands.float64(0), operands.count) { $0.isInfinite ? 1 : 0 }) }
    default: return nil
    }
  }

  private static func unary(_ function: ScalarFunction) -> (@Sendable (Double) -> Double)? {
    switch function {
    case .sine: return { RealFunctions.sine($0) }
    case .cosine: return { RealFunctions.cosine($0) }
    case .tangent: return { RealFunctions.tangent($0) }
    case .cotangent: return { 1 / RealFunctions.tangent($0) }
    case .secant: return { 1 / RealFunctions.cosine($0) }
    case .cosecant: return { 1 / RealFunctions.sine($0) }
    case .arcSine: return { RealFunctions.arcSine($0) }
    case .arcCosine: return { RealFunctions.arcCosine($0) }
    case .arcTangent: return { RealFunctions.arcTangent($0) }
    case .hyperbolicSine: return { RealFunctions.hyperbolicSine($0) }
    case .hyperbolicCosine: return { RealFunctions.hyperbolicCosine($0) }
    case .hyperbolicTangent: return { RealFunctions.hyperbolicTangent($0) }
    case .hyperbolicCotangent: return { 1 / RealFunctions.hyperbolicTangent($0) }
    case .hyperbolicSecant: return { 1 / RealFunctions.hyperbolicCosine($0) }
    case .hyperbolicCosecant: return { 1 / RealFunctions.hyperbolicSine($0) }
    case .areaSine: return { RealFunctions.areaSine($0) }
    case .areaCosine: return { RealFunctions.areaCosine($0) }
    case .areaTangent: return { RealFunctions.areaTangent($0) }
    case .cubeRoot: return { RealFunctions.cubeRoot($0) }
    case .degrees: return { $0 / Double.pi * 180 }
    case .radians: return { $0 / 180 * Double.pi }
    case .logarithm10: return { RealFunctions.logarithm10($0) }
    case .logarithm2: return { RealFunctions.logarithm2($0) }
    case .logarithm1p: return { RealFunctions.logarithm1p($0) }
    default: return nil
    }
  }

  /// NULL for NaN and infinities.
  static let finiteOrNull: BuilderKernel = { operands, builder throws(EvaluationError) in
    let lane = operands.float64(0)
    operands.buildTotal(&builder) { row, builder in
      if lane[row].isFinite { builder.append(float64: lane[row]) } else { builder.appendNull() }
    }
  }
}

extension Operands {
  /// As `build`, for bodies that cannot fail.
  @inline(__always)
  func buildTotal(_ builder: inout ColumnBuilder, _ body: (Int, inout ColumnBuilder) -> Void) {
    for row in 0..<count {
      if isValid(row) { body(row, &builder) } else { builder.appendNull() }
    }
  }
}
