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
    /// Any string.
    case string
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

  let function: ScalarFunction
  let parameters: [Parameter]
  /// How many of the last parameters may be left out.
  var optional = 0
  let result: Result

  var arity: ClosedRange<Int> { (parameters.count - optional)...parameters.count }
}

/// The scalar functions whose arguments follow one rule each; the rest is in `ExpressionBinder+Special`.
enum BuiltinFunctions {
  static let table: [String: FunctionSignature] = [
    "ABS": FunctionSignature(function: .absolute, parameters: [.number], result: .first),
    "FLOOR": FunctionSignature(function: .floor, parameters: [.number], result: .whole),
    "CEIL": FunctionSignature(function: .ceiling, parameters: [.number], result: .whole),
    "CEILING": FunctionSignature(function: .ceiling, parameters: [.number], result: .whole),
    "ROUND": FunctionSignature(
      function: .round, parameters: [.number, .integer], optional: 1, result: .first),
    "SIGN": FunctionSignature(function: .sign, parameters: [.number], result: .first),
    "POWER": FunctionSignature(function: .power, parameters: [.double, .double], result: .fixed(.double)),
    "SQRT": FunctionSignature(function: .squareRoot, parameters: [.double], result: .fixed(.double)),
    "EXP": FunctionSignature(function: .exponential, parameters: [.double], result: .fixed(.double)),
    "LN": FunctionSignature(function: .naturalLogarithm, parameters: [.double], result: .fixed(.double)),
    "LOWER": FunctionSignature(function: .lower, parameters: [.string], result: .text),
    "UPPER": FunctionSignature(function: .upper, parameters: [.string], result: .text),
    "LTRIM": FunctionSignature(function: .trimLeading, parameters: [.string], result: .varying),
    "RTRIM": FunctionSignature(function: .trimTrailing, parameters: [.string], result: .varying),
    "CHAR_LENGTH": length, "CHARACTER_LENGTH": length, "LENGTH": length, "LEN": length,
    "SUBSTRING": substring, "SUBSTR": substring,
    "POSITION": FunctionSignature(
      function: .position, parameters: [.string, .string], result: .fixed(.integer)),
    "REPLACE": FunctionSignature(function: .replace, parameters: [.string, .string, .string], result: .text),
    "LEFT": FunctionSignature(function: .left, parameters: [.string, .integer], result: .varying),
    "RIGHT": FunctionSignature(function: .right, parameters: [.string, .integer], result: .varying),
  ]

  private static let length = FunctionSignature(
    function: .characterLength, parameters: [.string], result: .fixed(.integer))
  private static let substring = FunctionSignature(
    function: .substring, parameters: [.string, .integer, .integer], optional: 1, result: .varying)

  /// Functions of the dialect that are known and refused.
  static let refused: Set<String> = [
    "TRUNCATE", "TRUNC", "LOG", "LOG10", "LOG2", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "ATAN2", "PI",
    "CBRT",
    "DEGREES", "RADIANS", "IS_NAN", "IS_INF", "BROUND", "RLIKE", "REGEXP_REPLACE", "SPLIT", "SPLIT_PART",
    "MD5",
    "INITCAP", "OVERLAY", "REPEAT", "REVERSE", "ASCII", "CHR", "CONCAT_WS", "FORMAT_DATE", "PARSE_DATE",
    "PARSE_TIME", "PARSE_TIMESTAMP", "TO_JSON", "PARSE_JSON", "TO_INT", "BIN2UTF8", "TO_HEX", "GUNZIP",
    "TIMESTAMPADD", "TIMESTAMPDIFF", "DATEDIFF", "DATEADD", "DATE_ADD", "DATE_SUB", "TIMESTAMP_ADD",
    "TIME_TRUNC",
    "MAKE_DATE", "MAKE_TIMESTAMP", "CARDINALITY", "ARRAY_LENGTH", "ARRAY_CONTAINS", "ELEMENT", "ROW_NUMBER",
    "RANK",
    "DENSE_RANK", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTILE", "OCTET_LENGTH", "HASH", "WRITELOG",
    "TYPEOF",
    "CONNECTOR_METADATA", "ERROR", "XXHASH", "NVL2", "DECODE", "TUMBLE", "HOP", "BITAND",
  ]

  /// Aggregates of the dialect that are known and refused.
  static let refusedAggregates: Set<String> = [
    "BIT_AND", "BIT_OR", "BIT_XOR",
    "ARRAY_AGG",

    "STRING_AGG", "LISTAGG", "PERCENTILE_CONT",
    "PERCENTILE_DISC",
    "APPROX_COUNT_DISTINCT", "SINGLE_VALUE", "ANY_VALUE",
  ]
}
