import DataModel
import Dataflow

/// Expressions over 10,000 bids, each evaluated alone.
enum ScalarFigures {
  static let count = 10_000
  static let text = ColumnType.varchar(length: nil)
  static let product = ColumnType.decimal(precision: 22, scale: 3)

  static func column(_ index: Int) -> ScalarExpression {
    ScalarExpression(.column(index), type: Bids.types[index], nullable: true)
  }

  static func number(_ value: Int64) -> ScalarExpression { Circuits.literal(value) }

  static func decimal(_ value: Int128, _ precision: Int, _ scale: Int) -> ScalarExpression {
    ScalarExpression(
      .literal(.int128(value)), type: .decimal(precision: precision, scale: scale), nullable: false)
  }

  static func string(_ value: String) -> ScalarExpression {
    ScalarExpression(.literal(.bytes(Array(value.utf8))), type: text, nullable: false)
  }

  static func call(_ function: ScalarFunction, _ arguments: ScalarExpression..., type: ColumnType = .boolean)
    -> ScalarExpression
  {
    ScalarExpression(.call(function, arguments), type: type, nullable: true)
  }

  static func choice(
    _ branches: [(ScalarExpression, ScalarExpression)], otherwise: ScalarExpression, type: ColumnType
  ) -> ScalarExpression {
    ScalarExpression(
      .conditional(branches.map { ConditionalBranch(condition: $0.0, result: $0.1) }, otherwise: otherwise),
      type: type, nullable: true)
  }

  /// 0.908 * price.
  static var euros: ScalarExpression {
    let price = call(.cast, column(2), type: .decimal(precision: 19, scale: 0))
    return call(.multiply, decimal(908, 3, 3), price, type: product)
  }

  static var isAuction: ScalarExpression {
    call(.equal, call(.modulo, column(0), number(123), type: .bigint), number(0))
  }

  static var hour: ScalarExpression {
    let unit = ScalarExpression(
      .literal(.bytes(Array("HOUR".utf8))), type: .char(length: 4), nullable: false)
    return call(.extract, unit, column(5), type: .bigint)
  }

  static func between(_ value: ScalarExpression, _ low: ScalarExpression, _ high: ScalarExpression)
    -> ScalarExpression
  {
    call(.and, call(.greaterOrEqual, value, low), call(.lessOrEqual, value, high))
  }

  static var partOfDay: ScalarExpression {
    choice(
      [
        (between(hour, number(8), number(18)), string("dayTime")),
        (
          call(.or, call(.lessOrEqual, hour, number(6)), call(.greaterOrEqual, hour, number(20))),
          string("nightTime")
        ),
      ], otherwise: string("otherTime"), type: text)
  }

  static var channelID: ScalarExpression {
    call(.regexExtract, column(4), string("(&|^)channel_id=([^&]*)"), number(2), type: text)
  }

  static var lowerChannel: ScalarExpression { call(.lower, column(3), type: text) }

  static var channelNumber: ScalarExpression {
    let names = ["apple", "google", "facebook", "baidu"]
    return choice(
      names.enumerated().map { (call(.equal, lowerChannel, string($1)), string("\($0)")) },
      otherwise: channelID, type: text)
  }

  static func part(_ index: Int64) -> ScalarExpression {
    call(.splitIndex, column(4), string("/"), number(index), type: text)
  }

  static var letterCount: ScalarExpression {
    let without = call(.replace, column(6), string("c"), string(""), type: text)
    return call(
      .subtract, call(.characterLength, column(6), type: .bigint),
      call(.characterLength, without, type: .bigint), type: .bigint)
  }

  private static var expressions: [(String, ScalarExpression)] {
    let time = { (micros: Int64) in
      ScalarExpression(.literal(.int64(micros)), type: .timestamp, nullable: false)
    }
    let noon: Int64 = 1_436_918_400_000_000 + 40_000_000_000
    return [
      ("column", column(4)), ("int less constant", call(.less, column(2), number(1_000_000))),
      ("int less int", call(.less, column(0), column(1))),
      ("int plus int", call(.add, column(0), column(1), type: .bigint)),
      ("int times constant", call(.multiply, column(2), number(3), type: .bigint)),
      ("modulo equals", isAuction), ("decimal multiply", euros),
      ("decimal greater", call(.greater, euros, decimal(1_000_000_000, 22, 3))),
      ("timestamp between", between(column(5), time(noon), time(noon + 20_000_000_000))),
      ("hour", hour), ("cast to date", call(.cast, column(5), type: .date)),
      ("is null", call(.isNull, column(3))),
      ("string equals constant", call(.equal, column(3), string("Google"))),
      ("string equals string", call(.equal, column(3), column(6))),
      ("string less constant", call(.less, column(3), string("Google"))), ("lower", lowerChannel),
      ("length", call(.characterLength, column(6), type: .bigint)), ("replace and length", letterCount),
      ("like prefix", call(.like, column(4), string("https://www.nexmark.com/a%"))),
      ("like infix", call(.like, column(4), string("%channel%"))),
      ("like wildcards", call(.like, column(4), string("%channel_id=%"))), ("regexp extract", channelID),
      ("split index", part(4)), ("concatenate", call(.concatenate, column(3), column(6), type: text)),
      (
        "substring",
        call(.substring, column(6), number(3), number(10), type: text)
      ), ("case strings", partOfDay), ("case regexp", channelNumber),
      (
        "case ints",
        choice([(call(.less, column(2), number(10_000)), column(0))], otherwise: column(1), type: .bigint)
      ), ("coalesce", call(.coalesce, column(0), column(1), type: .bigint)),
      ("cast int to text", call(.cast, column(0), type: text)),
      ("cast int to decimal", call(.cast, column(2), type: .decimal(precision: 19, scale: 0))),
    ]
  }

  static var all: [Figure] {
    expressions.flatMap { name, expression in
      [false, true].map { nulls in
        Figure("expr " + name + (nulls ? ", nulls" : ""), repeats: 4) {
          let columns = Bids.columns(count, nulls: nulls)
          let compiled = CompiledExpression(expression)
          return {
            for _ in 0..<30 { _ = try compiled.evaluate(columns, count: count, now: 0) }
            return 30 * count
          }
        }
      }
    }
  }
}
