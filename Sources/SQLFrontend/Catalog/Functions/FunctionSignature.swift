import DataModel

/// What a function of the table takes and gives.
struct FunctionSignature {
  enum Parameter {
    /// Any number, as it is.
    case number
    /// Any number, as DOUBLE.
    case double
    /// Any integer, as it is.
    case integer
    /// Any integer, as BIGINT.
    case bigint
    /// REAL or DOUBLE, as DOUBLE.
    case real
    /// Any string.
    case string
    /// Any scalar, as VARCHAR.
    case textual
    case binary
    case boolean
    case date, time, timestamp
    /// DATE or TIMESTAMP, as it is.
    case day
    /// DATE, TIME or TIMESTAMP, as it is.
    case moment
    /// Any INTERVAL.
    case interval
    case variant
    /// Any type.
    case any
  }

  enum Result {
    case fixed(ColumnType)
    /// Type of the first argument.
    case first
    /// Type of the first argument; DECIMAL without scale.
    case whole
    /// VARCHAR as long as the first argument at most.
    case varying
    /// VARCHAR without bound.
    case text
  }

  enum Nullability {
    /// NULL when an argument is.
    case arguments
    /// Also for arguments that are not NULL.
    case always
    /// Only when the first argument is.
    case first
  }

  let function: ScalarFunction
  let parameters: [Parameter]
  /// How many of the last parameters may be left out.
  var optional = 0
  /// Further arguments, any number of them.
  var variadic: Parameter?
  let result: Result
  var nullability = Nullability.arguments
  /// Literal in front of the arguments.
  var unit: String?

  func accepts(_ count: Int) -> Bool {
    count >= parameters.count - optional && (variadic != nil || count <= parameters.count)
  }

  func parameter(_ index: Int) -> Parameter? { index < parameters.count ? parameters[index] : variadic }

  /// Short form of the tables.
  init(
    _ function: ScalarFunction, _ parameters: [Parameter], _ result: Result, optional: Int = 0,
    nullability: Nullability = .arguments
  ) {
    self.function = function
    self.parameters = parameters
    self.result = result
    self.optional = optional
    self.nullability = nullability
  }

  /// With a literal unit in front.
  static func unit(
    _ function: ScalarFunction, _ unit: String, _ parameters: [Parameter], _ type: ColumnType
  ) -> FunctionSignature {
    var signature = FunctionSignature(function, parameters, .fixed(type))
    signature.unit = unit
    return signature
  }

  static func variadic(
    _ function: ScalarFunction, _ parameters: [Parameter], _ more: Parameter, _ result: Result,
    nullability: Nullability
  ) -> FunctionSignature {
    var signature = FunctionSignature(function, parameters, result, nullability: nullability)
    signature.variadic = more
    return signature
  }
}
