import DataModel
import Dataflow
import Testing

// Goal: kernels over batches mean what the expression means row by row, errors and laziness included.
// Method: random expressions over random columns with NULLs against an interpreter that takes one row at a time.

@Suite("Compiled expressions equal a row-at-a-time interpreter")
struct RandomExpressionTests {
  static let types: [ColumnType] = [
    .integer, .integer, .double, .double, .decimal(precision: 6, scale: 2), .decimal(precision: 6, scale: 2),
    .boolean,
    .boolean, .varchar(length: nil), .varchar(length: nil),
  ]

  @Test("same values, or an error that some row has", arguments: 1...12 as ClosedRange<UInt64>)
  func equal(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    var failures = 0
    for _ in 0..<100 {
      let rows = (0..<Int.random(in: 1...40, using: &random)).map { _ in randomRow(&random) }
      var maker = ExpressionMaker(random: random)
      let type = Self.types[Int.random(in: 0..<Self.types.count, using: &maker.random)]
      let expression = maker.make(type, depth: 4)
      random = maker.random
      let expected = rows.map { row in
        outcome { () throws(EvaluationError) in try Interpreter(row: row).value(expression) }
      }
      let errors = expected.compactMap { if case .failure(let error) = $0 { error } else { nil } }
      do throws(EvaluationError) {
        let batch = columns(rows, Self.types.map(\.physical))
        let found = try CompiledExpression(expression).evaluate(batch, count: rows.count, now: 0)
        #expect(errors.isEmpty, "\(expression)")
        #expect(found.count == rows.count)
        for row in rows.indices { #expect(Outcome.value(canonical(found.value(at: row))) == expected[row]) }
        if type == .boolean {
          let selected = try CompiledExpression(expression).select(batch, count: rows.count, now: 0)
          #expect(
            selected == rows.indices.filter { expected[$0] == .value(.boolean(true)) }.map { Int32($0) })
        }
        expectCanonical(found)
      } catch {
        failures += 1
        #expect(errors.contains(error), "\(error) in \(expression)")
      }
    }
    #expect(failures > 0 && failures < 70, "the generator must make both kinds: \(failures)")
  }

  /// No bitmap without NULLs; absent rows store nothing.
  private func expectCanonical(_ column: ColumnVector) {
    guard let validity = column.validity else { return }
    #expect(validity.validCount < column.count)
    for row in 0..<column.count where !validity[row] {
      switch column.storage {
      case .int64(let values): #expect(values[row] == 0)
      case .float64(let values): #expect(values[row] == 0)
      case .int128(let values): #expect(values[row] == 0)
      case .bytes(let values): #expect(values.range(row).isEmpty)
      }
    }
  }

  private func randomRow(_ random: inout SeededGenerator) -> Row {
    Self.types.map { ExpressionMaker.randomValue($0, &random, nulls: 4) }
  }
}

/// Random well-typed expressions over the columns of the test.
struct ExpressionMaker {
  var random: SeededGenerator

  /// One in `nulls` is NULL.
  static func randomValue(_ type: ColumnType, _ random: inout SeededGenerator, nulls: Int) -> Value {
    if Int.random(in: 0..<nulls, using: &random) == 0 { return .null }
    switch type.physical {
    case .int64 where type == .boolean: return .boolean(Bool.random(using: &random))
    case .int64:
      let edges: [Int64] = [0, 1, -1, 2, 7, 2_147_483_647, -2_147_483_648, 50_000]
      return .int64(edges.randomElement(using: &random) ?? 0)
    case .float64:
      let edges: [Double] = [0, -0.0, 1, -2.5, .nan, .infinity, 1e300, 3.25]
      return .float64(edges.randomElement(using: &random) ?? 0)
    case .int128:
      let edges: [Int128] = [0, 1, -100, 250, 999_999, -999_999]
      return .int128(edges.randomElement(using: &random) ?? 0)
    case .bytes: return .text(["", "a", "ab", "é", "b", "abcdefghi"].randomElement(using: &random) ?? "")
    }
  }

  private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  private func leaf(_ type: ColumnType, _ choice: Int, _ value: Value) -> ScalarExpression {
    let places = RandomExpressionTests.types.indices.filter { RandomExpressionTests.types[$0] == type }
    if choice < places.count { return column(places[choice], type) }
    return ScalarExpression(.literal(value), type: type, nullable: value.isNull)
  }

  mutating func make(_ type: ColumnType, depth: Int) -> ScalarExpression {
    if depth == 0 || pick(5) == 0 { return leaf(type, pick(3), Self.randomValue(type, &random, nulls: 6)) }
    switch pick(6) {
    case 0: return conditional(type, depth)
    case 1: return call(.coalesce, [make(type, depth: depth - 1), make(type, depth: depth - 1)], type)
    case 2: return call(.nullIf, [make(type, depth: depth - 1), make(type, depth: depth - 1)], type)
    case 3 where type != .boolean:
      let function: ScalarFunction = pick(2) == 0 ? .greatest : .least
      return call(function, (0...(1 + pick(2))).map { _ in make(type, depth: depth - 1) }, type)
    default: return type == .boolean ? predicate(depth) : operation(type, depth)
    }
  }

  private mutating func conditional(_ type: ColumnType, _ depth: Int) -> ScalarExpression {
    let branches = (0...pick(2)).map { _ in
      ConditionalBranch(condition: make(.boolean, depth: depth - 1), result: make(type, depth: depth - 1))
    }
    let otherwise = pick(3) == 0 ? nil : make(type, depth: depth - 1)
    return ScalarExpression(.conditional(branches, otherwise: otherwise), type: type, nullable: true)
  }

  private mutating func operation(_ type: ColumnType, _ depth: Int) -> ScalarExpression {
    let a = make(type, depth: depth - 1)
    let b = make(type, depth: depth - 1)
    switch type.physical {
    case .bytes: return call(.concatenate, [a, b], type)
    case .int128:
      let functions: [ScalarFunction] = [.add, .subtract]
      return call(functions[pick(2)], [a, b], type)
    case .float64:
      let functions: [ScalarFunction] = [.add, .subtract, .multiply, .divide]
      return call(functions[pick(4)], [a, b], type)
    case .int64:
      let functions: [ScalarFunction] = [.add, .subtract, .multiply, .divide, .modulo, .negate]
      let function = functions[pick(6)]
      return call(function, function == .negate ? [a] : [a, b], type)
    }
  }

  private mutating func predicate(_ depth: Int) -> ScalarExpression {
    let compared = RandomExpressionTests.types[pick(RandomExpressionTests.types.count)]
    let comparisons: [ScalarFunction] = [
      .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .notDistinct,
    ]
    let tests: [ScalarFunction] = [.not, .isTrue, .isFalse, .isNotTrue, .isNotFalse]
    switch pick(5) {
    case 0, 1:
      return call(
        pick(2) == 0 ? .and : .or, [make(.boolean, depth: depth - 1), make(.boolean, depth: depth - 1)],
        .boolean)
    case 2: return call(tests[pick(5)], [make(.boolean, depth: depth - 1)], .boolean)
    case 3: return call(pick(2) == 0 ? .isNull : .isNotNull, [make(compared, depth: depth - 1)], .boolean)
    default:
      return call(
        comparisons[pick(7)], [make(compared, depth: depth - 1), make(compared, depth: depth - 1)], .boolean)
    }
  }
}

/// The meaning of expressions, one row at a time.
struct Interpreter {
  let row: Row

  func value(_ expression: ScalarExpression) throws(EvaluationError) -> Value {
    switch expression.node {
    case .column(let index): return row[index]
    case .literal(let value): return value
    case .conditional(let branches, let otherwise):
      for branch in branches where try value(branch.condition) == .boolean(true) {
        return try value(branch.result)
      }
      return try otherwise.map { other throws(EvaluationError) in try value(other) } ?? .null
    case .call(let function, let arguments): return try call(function, arguments, expression.type)
    }
  }

  private func call(
    _ function: ScalarFunction, _ arguments: [ScalarExpression], _ type: ColumnType
  ) throws(EvaluationError) -> Value {
    switch function {
    case .and, .or:
      let decided = Value.boolean(function == .or)
      let left = try value(arguments[0])
      if left == decided { return decided }
      let right = try value(arguments[1])
      if right == decided { return decided }
      return left.isNull || right.isNull ? .null : .boolean(function == .and)
    case .coalesce:
      let first = try value(arguments[0])
      return first.isNull ? try value(arguments[1]) : first
    default: break
    }
    var values: [Value] = []
    for argument in arguments { values.append(try value(argument)) }
    switch function {
    case .isNull: return .boolean(values[0].isNull)
    case .isNotNull: return .boolean(!values[0].isNull)
    case .isTrue: return .boolean(values[0] == .boolean(true))
    case .isFalse: return .boolean(values[0] == .boolean(false))
    case .isNotTrue: return .boolean(values[0] != .boolean(true))
    case .isNotFalse: return .boolean(values[0] != .boolean(false))
    case .notDistinct:
      if values[0].isNull || values[1].isNull { return .boolean(values[0].isNull && values[1].isNull) }
      return .boolean(order(values[0], values[1]) == 0)
    case .nullIf:
      if values[0].isNull || values[1].isNull { return values[0] }
      return order(values[0], values[1]) == 0 ? .null : values[0]
    default: return values.contains(where: \.isNull) ? .null : try strict(function, values, type)
    }
  }

  private func strict(
    _ function: ScalarFunction, _ values: [Value], _ type: ColumnType
  ) throws(EvaluationError) -> Value {
    switch function {
    case .not: return values[0] == .boolean(true) ? .boolean(false) : .boolean(true)
    case .equal: return .boolean(order(values[0], values[1]) == 0)
    case .notEqual: return .boolean(order(values[0], values[1]) != 0)
    case .less: return .boolean(order(values[0], values[1]) < 0)
    case .lessOrEqual: return .boolean(order(values[0], values[1]) <= 0)
    case .greater: return .boolean(order(values[0], values[1]) > 0)
    case .greaterOrEqual: return .boolean(order(values[0], values[1]) >= 0)
    case .greatest, .least:
      var best = values[0]
      for value in values.dropFirst() {
        let order = order(best, value)
        if function == .greatest ? order < 0 : order >= 0 { best = value }
      }
      return best
    default: return try arithmetic(function, values, type)
    }
  }

  private func arithmetic(
    _ function: ScalarFunction, _ values: [Value], _ type: ColumnType
  ) throws(EvaluationError) -> Value {
    switch (values[0], values.last ?? .null) {
    case (.bytes(let a), .bytes(let b)): return .bytes(a + b)
    case (.float64(let a), .float64(let b)):
      switch function {
      case .add: return .float64(a + b)
      case .subtract: return .float64(a - b)
      case .multiply: return .float64(a * b)
      default: return .float64(a / b)
      }
    case (.int128(let a), .int128(let b)):
      let result = function == .add ? a + b : a - b
      guard abs(result) < 1_000_000 else {
        let sign = function == .add ? "+" : "-"
        let shown =
          "\(DecimalArithmetic.render(a, scale: 2)) \(sign) \(DecimalArithmetic.render(b, scale: 2))"
        throw EvaluationError(
          .overflow, "attempt to \(function == .add ? "add" : "subtract") with overflow: \(shown)")
      }
      return .int128(result)
    case (.int64(let a), .int64(let b)): return try integer(function, a, b)
    default: return .null
    }
  }

  /// Operands are 32 bits wide, so 64 bits hold every result.
  private func integer(_ function: ScalarFunction, _ a: Int64, _ b: Int64) throws(EvaluationError) -> Value {
    let (result, verb, sign): (Int64, String, String)
    switch function {
    case .add: (result, verb, sign) = (a + b, "add", "+")
    case .subtract: (result, verb, sign) = (a - b, "subtract", "-")
    case .multiply: (result, verb, sign) = (a * b, "multiply", "*")
    case .negate:
      if a == -2_147_483_648 { throw EvaluationError(.overflow, "attempt to negate with overflow: \(a)") }
      return .int64(-a)
    case .divide:
      if b == 0 { throw EvaluationError(.divisionByZero, "attempt to divide by zero: \(a) / 0") }
      (result, verb, sign) = (a / b, "divide", "/")
    default:
      if b == 0 {
        throw EvaluationError(
          .divisionByZero, "attempt to calculate the remainder with a divisor of zero: \(a) % 0")
      }
      return .int64(a % b)
    }
    guard abs(result) <= 2_147_483_647 || result == -2_147_483_648 else {
      throw EvaluationError(.overflow, "attempt to \(verb) with overflow: \(a) \(sign) \(b)")
    }
    return .int64(result)
  }

  private func order(_ left: Value, _ right: Value) -> Int {
    switch (left, right) {
    case (.int64(let a), .int64(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.int128(let a), .int128(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.float64(let a), .float64(let b)):
      a.isNaN || b.isNaN ? (a.isNaN ? 1 : 0) - (b.isNaN ? 1 : 0) : a < b ? -1 : a > b ? 1 : 0
    case (.bytes(let a), .bytes(let b)):
      a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
    default: 0
    }
  }
}
