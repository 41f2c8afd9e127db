import DataModel
import Dataflow
import Testing

// What the expression tests share: typed values, and one call evaluated in several ways that must agree.

/// An argument: a value and its type.
struct Typed {
  let value: Value
  let type: ColumnType
  init(_ value: Value, _ type: ColumnType) {
    self.value = value
    self.type = type
  }

  var literal: ScalarExpression { ScalarExpression(.literal(value), type: type, nullable: value.isNull) }
}

func tiny(_ value: Int64) -> Typed { Typed(.int64(value), .tinyint) }
func int(_ value: Int64) -> Typed { Typed(.int64(value), .integer) }
func big(_ value: Int64) -> Typed { Typed(.int64(value), .bigint) }
func double(_ value: Double) -> Typed { Typed(.float64(value), .double) }
func real(_ value: Double) -> Typed { Typed(.float64(Double(Float(value))), .real) }
func bool(_ value: Bool?) -> Typed { Typed(value.map { Value.boolean($0) } ?? .null, .boolean) }
func text(_ value: String) -> Typed { Typed(.text(value), .varchar(length: nil)) }
func unit(_ value: String) -> Typed { Typed(.text(value), .char(length: value.utf8.count)) }
func null(_ type: ColumnType) -> Typed { Typed(.null, type) }

/// A DECIMAL with the digits written and the greatest precision, or a given one.
func decimal(_ digits: String, _ precision: Int = 38) throws -> Typed {
  let scale = digits.split(separator: ".").dropFirst().first?.count ?? 0
  let type = ColumnType.decimal(precision: precision, scale: scale)
  return Typed(try ValueText.parse(Array(digits.utf8), as: type), type)
}

func typed(_ content: String, _ type: ColumnType) throws -> Typed {
  Typed(try ValueText.parse(Array(content.utf8), as: type), type)
}

/// Result of one call: the value, or the error.
enum Outcome: Equatable, CustomStringConvertible {
  case value(Value)
  case failure(EvaluationError)

  var description: String {
    switch self {
    case .value(let value): "\(value)"
    case .failure(let error): "\(error.code): \(error.message)"
    }
  }
}

/// One NaN for all, so that outcomes compare.
func canonical(_ value: Value) -> Value {
  if case .float64(let number) = value, number.isNaN { return .float64(.nan) }
  return value
}

func outcome(_ body: () throws(EvaluationError) -> Value) -> Outcome {
  do throws(EvaluationError) { return .value(canonical(try body())) } catch { return .failure(error) }
}

/// The call over literals, over columns, and over columns with rows of NULLs around; `units` arguments stay literal.
func evaluate(_ function: ScalarFunction, _ arguments: [Typed], _ type: ColumnType) -> [Outcome] {
  let isTime = function == .extract || function == .truncateTime
  let literals = call(function, arguments.map(\.literal), type)
  let mixed = call(
    function,
    arguments.enumerated().map { index, argument in
      isTime && index == 0 ? argument.literal : column(index, argument.type)
    }, type)
  let halves = call(
    function,
    arguments.enumerated().map { index, argument in
      isTime || index % 2 == 0 ? mixedArgument(argument, index, isTime) : argument.literal
    }, type)
  let types = arguments.map(\.type.physical)
  let row = arguments.map(\.value)
  let nulls = arguments.map { _ in Value.null }
  func run(_ expression: ScalarExpression, _ rows: [Row], _ position: Int) -> Outcome {
    outcome { () throws(EvaluationError) in
      let result = try CompiledExpression(expression).evaluate(
        columns(rows, types), count: rows.count, now: 0)
      return result.value(at: position)
    }
  }
  return [
    run(literals, [row], 0), run(mixed, [row], 0), run(mixed, [nulls, row, nulls], 1),
    run(halves, [nulls, row], 1),
    run(literals, [row, row, row], 2),
  ]
}

private func mixedArgument(_ argument: Typed, _ index: Int, _ isTime: Bool) -> ScalarExpression {
  isTime && index == 0 ? argument.literal : column(index, argument.type)
}

func expect(
  _ function: ScalarFunction, _ arguments: [Typed], _ expected: Typed,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for found in evaluate(function, arguments, expected.type) {
    #expect(
      found == .value(canonical(expected.value)), "\(function) \(arguments)", sourceLocation: sourceLocation)
  }
}

func expectFailure(
  _ function: ScalarFunction, _ arguments: [Typed], _ type: ColumnType, _ code: EvaluationError.Code,
  _ message: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for found in evaluate(function, arguments, type) {
    #expect(
      found == .failure(EvaluationError(code, message)), "\(function) \(arguments)",
      sourceLocation: sourceLocation)
  }
}

/// A strict function gives NULL as soon as one argument is NULL, whatever the others are.
func expectStrict(
  _ function: ScalarFunction, _ arguments: [Typed], _ type: ColumnType,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let first = function == .extract || function == .truncateTime ? 1 : 0
  for index in first..<arguments.count {
    var changed = arguments
    changed[index] = null(arguments[index].type)
    expect(function, changed, null(type), sourceLocation: sourceLocation)
  }
}
