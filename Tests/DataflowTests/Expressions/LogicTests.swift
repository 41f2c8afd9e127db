import DataModel
import Dataflow
import Testing

// Goal: comparison, three-valued logic and lazy conditionals. Method: truth tables, and branches that would fail
// if they ran over rows that do not take them.

@Suite("Comparison, logic, conditionals")
struct LogicTests {
  static let order: [ScalarFunction] = [.less, .lessOrEqual, .equal, .notEqual, .greaterOrEqual, .greater]

  /// What `order` gives for less, equal and greater.
  private func expectOrder(_ low: Typed, _ high: Typed) {
    let less = [true, true, false, true, false, false]
    let same = [false, true, true, false, true, false]
    let more = [false, false, false, true, true, true]
    for (index, function) in Self.order.enumerated() {
      expect(function, [low, high], bool(less[index]))
      expect(function, [low, low], bool(same[index]))
      expect(function, [high, low], bool(more[index]))
      expectStrict(function, [low, high], .boolean)
    }
    expect(.greatest, [low, high, low], high)
    expect(.least, [high, low, high], low)
    expectStrict(.greatest, [low, high], low.type)
    expect(.notDistinct, [low, low], bool(true))
    expect(.notDistinct, [low, high], bool(false))
    expect(.notDistinct, [null(low.type), high], bool(false))
    expect(.notDistinct, [null(low.type), null(low.type)], bool(true))
    expect(.nullIf, [low, high], low)
    expect(.nullIf, [low, low], null(low.type))
    expect(.nullIf, [low, null(low.type)], low)
    expect(.nullIf, [null(low.type), low], null(low.type))
    expect(.isNull, [low], bool(false))
    expect(.isNotNull, [low], bool(true))
    expect(.isNull, [null(low.type)], bool(true))
    expect(.isNotNull, [null(low.type)], bool(false))
    expect(.coalesce, [null(low.type), low, high], low)
    expect(.coalesce, [null(low.type), null(low.type)], null(low.type))
  }

  @Test("values of every layout compare in SQL order")
  func comparison() throws {
    expectOrder(int(-1), int(2))
    expectOrder(double(-1.5), double(.infinity))
    expectOrder(double(.infinity), double(.nan))
    expectOrder(try decimal("-0.5"), try decimal("0.4"))
    expectOrder(text("a"), text("ab"))
    expectOrder(text("abcdefgh"), text("abcdefghi"))
    expectOrder(text("Z"), text("é"))
    expectOrder(try typed("2023-12-31", .date), try typed("2024-01-01", .date))
    expect(.equal, [double(0), double(-0.0)], bool(true))
    expect(.less, [double(-0.0), double(0)], bool(false))
  }

  @Test("AND, OR, NOT in three values")
  func threeValued() {
    let values: [Bool?] = [true, false, nil]
    for a in values {
      for b in values {
        let and: Bool? = a == false || b == false ? false : a == nil || b == nil ? nil : true
        let or: Bool? = a == true || b == true ? true : a == nil || b == nil ? nil : false
        expect(.and, [bool(a), bool(b)], bool(and))
        expect(.or, [bool(a), bool(b)], bool(or))
      }
      expect(.not, [bool(a)], bool(a.map { !$0 }))
      expect(.isTrue, [bool(a)], bool(a == true))
      expect(.isFalse, [bool(a)], bool(a == false))
      expect(.isNotTrue, [bool(a)], bool(a != true))
      expect(.isNotFalse, [bool(a)], bool(a != false))
    }
  }

  /// 1 / column 0 = 1: fails where the column is 0.
  private var risky: ScalarExpression {
    let one = ScalarExpression(.literal(.int64(1)), type: .integer, nullable: false)
    return call(.equal, [call(.divide, [one, column(0, .integer)], .integer), one], .boolean)
  }

  private func isZero() -> ScalarExpression {
    call(
      .equal, [column(0, .integer), ScalarExpression(.literal(.int64(0)), type: .integer, nullable: false)],
      .boolean)
  }

  private func run(_ expression: ScalarExpression, _ values: [Value]) throws -> [Value] {
    let result = try CompiledExpression(expression)
      .evaluate(columns(values.map { [$0] }, [.int64]), count: values.count, now: 0)
    return values.indices.map { result.value(at: $0) }
  }

  @Test("the right side of AND and OR runs only where the left leaves it open")
  func lazyLogic() throws {
    let values: [Value] = [.int64(0), .int64(1), .null, .int64(2)]
    let or = call(.or, [isZero(), risky], .boolean)
    #expect(try run(or, values) == [.boolean(true), .boolean(true), .null, .boolean(false)])
    let and = call(.and, [call(.not, [isZero()], .boolean), risky], .boolean)
    #expect(try run(and, values) == [.boolean(false), .boolean(true), .null, .boolean(false)])
    #expect(throws: EvaluationError(.divisionByZero, "attempt to divide by zero: 1 / 0")) {
      try run(call(.and, [isZero(), risky], .boolean), values)
    }
  }

  @Test("CASE and COALESCE evaluate a branch only for the rows that take it")
  func lazyConditionals() throws {
    let values: [Value] = [.int64(0), .int64(1), .null, .int64(2)]
    let guarded = ScalarExpression(
      .conditional([ConditionalBranch(condition: isZero(), result: column(0, .integer))], otherwise: risky),
      type: .boolean, nullable: true)
    #expect(try run(guarded, values) == [.int64(0), .boolean(true), .null, .boolean(false)])
    let withoutElse = ScalarExpression(
      .conditional([ConditionalBranch(condition: isZero(), result: literal(7))], otherwise: nil),
      type: .bigint, nullable: true)
    #expect(try run(withoutElse, values) == [.int64(7), .null, .null, .null])
    let coalesced = call(.coalesce, [column(0, .integer), risky], .integer)
    #expect(try run(coalesced, values) == [.int64(0), .int64(1), .null, .int64(2)])
    #expect(throws: EvaluationError.self) {
      try run(
        ScalarExpression(
          .conditional([ConditionalBranch(condition: isZero(), result: risky)], otherwise: nil),
          type: .boolean,
          nullable: true), values)
    }
  }

  @Test("strings come out of CASE branches in row order")
  func stringBranches() throws {
    let word = text("zero").literal
    let expression = ScalarExpression(
      .conditional(
        [ConditionalBranch(condition: isZero(), result: word)],
        otherwise: call(.cast, [column(0, .integer)], .varchar(length: nil))), type: .varchar(length: nil),
      nullable: true)
    let found = try run(expression, [.int64(5), .int64(0), .null, .int64(-1), .int64(0)])
    #expect(found == [.text("5"), .text("zero"), .null, .text("-1"), .text("zero")])
  }

  @Test("select gives the TRUE rows; a failing constant fails only when there are rows")
  func select() throws {
    let rows = columns([[.int64(0)], [.int64(3)], [.null], [.int64(0)]], [.int64])
    #expect(try CompiledExpression(isZero()).select(rows, count: 4, now: 0) == [0, 3])
    #expect(try CompiledExpression(bool(true).literal).select(rows, count: 4, now: 0) == [0, 1, 2, 3])
    #expect(try CompiledExpression(bool(nil).literal).select(rows, count: 4, now: 0) == [])
    let failing = CompiledExpression(call(.divide, [int(1).literal, int(0).literal], .integer))
    #expect(try failing.evaluate(columns([], [.int64]), count: 0, now: 0).count == 0)
    #expect(throws: EvaluationError(.divisionByZero, "attempt to divide by zero: 1 / 0")) {
      try failing.evaluate(rows, count: 4, now: 0)
    }
  }

  @Test("NOW() is the time of the step")
  func now() throws {
    let expression = CompiledExpression(call(.now, [], .timestamp))
    #expect(expression.usesNow)
    #expect(!CompiledExpression(isZero()).usesNow)
    let result = try expression.evaluate([], count: 2, now: 42)
    #expect(result == ColumnVector(.int64([42, 42])))
    let sum = CompiledExpression(call(.add, [call(.now, [], .bigint), column(0, .bigint)], .bigint))
    #expect(sum.usesNow)
    #expect(
      try sum.evaluate(columns([[.int64(1)], [.null]], [.int64]), count: 2, now: 9).value(at: 0) == .int64(10)
    )
  }
}
