import DataModel

extension BuiltinFunctions {
  static let numeric: [String: [FunctionSignature]] = {
    var table: [String: [FunctionSignature]] = [
      "ROUND": [FunctionSignature(.round, [.number, .integer], .first, optional: 1)],
      "TRUNCATE": truncate, "TRUNC": truncate,
      "BROUND": [FunctionSignature(.bankersRound, [.number, .integer], .first, optional: 1)],
      "SIGN": [FunctionSignature(.sign, [.number], .first)],
      "POWER": power, "POW": power,
      "ATAN2": [FunctionSignature(.arcTangent2, [.double, .double], .fixed(.double))],
      "IS_NAN": [FunctionSignature(.isNaN, [.double], .fixed(.boolean))],
      "IS_INF": [FunctionSignature(.isInfinite, [.double], .fixed(.boolean))],
      "FINITE_OR_NULL": [
        FunctionSignature(.finiteOrNull, [.double], .fixed(.double), nullability: .always)
      ],
      "FACTORIAL": [FunctionSignature(.factorial, [.bigint], .fixed(.bigint))],
      "BIT_COUNT": [
        FunctionSignature(.bitCount, [.integer], .fixed(.bigint)),
        FunctionSignature(.bitCount, [.binary], .fixed(.bigint)),
      ],
      "SHIFT_LEFT": [FunctionSignature(.shiftLeft, [.integer, .bigint], .first)],
      "SHIFT_RIGHT": [FunctionSignature(.shiftRight, [.integer, .bigint], .first)],
    ]
    for (name, function) in reals { table[name] = [FunctionSignature(function, [.double], .fixed(.double))] }
    return table
  }()

  private static let truncate = [
    FunctionSignature(.truncateNumber, [.number, .integer], .first, optional: 1)
  ]
  private static let power = [FunctionSignature(.power, [.double, .double], .fixed(.double))]

  private static let reals: [(String, ScalarFunction)] = [
    ("SQRT", .squareRoot), ("EXP", .exponential), ("LN", .naturalLogarithm), ("LOG10", .logarithm10),
    ("LOG2", .logarithm2), ("LOG1P", .logarithm1p), ("CBRT", .cubeRoot), ("DEGREES", .degrees),
    ("RADIANS", .radians), ("SIN", .sine), ("COS", .cosine), ("TAN", .tangent), ("COT", .cotangent),
    ("SEC", .secant), ("CSC", .cosecant), ("ASIN", .arcSine), ("ACOS", .arcCosine), ("ATAN", .arcTangent),
    ("SINH", .hyperbolicSine), ("COSH", .hyperbolicCosine), ("TANH", .hyperbolicTangent),
    ("COTH", .hyperbolicCotangent), ("SECH", .hyperbolicSecant), ("CSCH", .hyperbolicCosecant),
    ("ASINH", .areaSine), ("ACOSH", .areaCosine), ("ATANH", .areaTangent),
  ]
}
