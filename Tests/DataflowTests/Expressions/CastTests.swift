import DataModel
import Dataflow
import Testing

// Goal: CAST converts what fits and refuses the rest with the value named. Method: a table of pairs of types.

@Suite("Casts")
struct CastTests {
  private func expectRange(_ value: Typed, _ type: ColumnType, _ shown: String) {
    expectFailure(.cast, [value], type, .overflow, "\(shown) is out of range of \(type.description)")
  }

  @Test("between numbers")
  func numbers() throws {
    expect(.cast, [big(127)], tiny(127))
    expectRange(big(128), .tinyint, "128")
    expectRange(big(-32_769), .smallint, "-32769")
    expectRange(big(1 << 40), .integer, "\(Int64(1) << 40)")
    expect(.cast, [int(7)], double(7))
    expect(.cast, [big(16_777_217)], real(16_777_216))
    expect(.cast, [int(-3)], try decimal("-3.00", 10))
    expectRange(int(1000), .decimal(precision: 4, scale: 2), "1000")
    expect(.cast, [double(2.9)], int(2))
    expect(.cast, [double(-2.9)], int(-2))
    expectRange(double(3e9), .integer, "3000000000.0")
    expectRange(double(.nan), .bigint, "nan")
    expectRange(double(9.3e18), .bigint, "9.3e+18")
    expect(.cast, [double(0.1)], real(0.1))
    expect(.cast, [double(2.345)], try decimal("2.35"))
    expect(.cast, [try decimal("-2.99")], int(-2))
    expectRange(try decimal("300.5"), .tinyint, "300.5")
    expect(.cast, [try decimal("2.345")], try decimal("2.35"))
    expect(.cast, [try decimal("-2.5")], try decimal("-3"))
    expectRange(try decimal("99.96"), .decimal(precision: 3, scale: 1), "99.96")
    expect(.cast, [try decimal("1.25")], double(1.25))
    expect(.cast, [bool(true)], int(1))
    expect(.cast, [int(5)], bool(true))
  }

  @Test("from text")
  func fromText() throws {
    expect(.cast, [text(" 42 ")], int(42))
    expect(.cast, [text("-1.5e2")], double(-150))
    expect(.cast, [text("12.345")], try decimal("12.35"))
    expect(.cast, [text("true")], bool(true))
    expect(.cast, [text("2024-02-29")], Typed(.int64(19_782), .date))
    expect(.cast, [text("1970-01-01 00:00:01.5")], Typed(.int64(1_500_000), .timestamp))
    expect(.cast, [text("00:00:01")], Typed(.int64(1_000_000_000), .time))
    expect(.cast, [text("aé")], Typed(.bytes([0x61, 0xC3, 0xA9]), .varbinary(length: nil)))
    for type in [ColumnType.integer, .double, .date, .boolean, .uuid, .decimal(precision: 5, scale: 1)] {
      expectFailure(
        .cast, [text("x1")], type, .invalidCast, "cannot convert 'x1' to \(type.description)")
      expect(.cast, [null(.varchar(length: nil))], null(type))
    }
    expectFailure(.cast, [text("300")], .tinyint, .overflow, "'300' is out of range of TINYINT")
    expectFailure(
      .cast, [text("2023-02-29")], .date, .invalidCast, "cannot convert '2023-02-29' to DATE")
  }

  @Test("to text, cut to the length in characters")
  func toText() throws {
    expect(.cast, [int(-42)], text("-42"))
    expect(.cast, [double(1.5)], text("1.5"))
    expect(.cast, [try decimal("1.50")], text("1.50"))
    expect(.cast, [bool(true)], text("TRUE"))
    expect(.cast, [try typed("2024-01-31 10:00:00.5", .timestamp)], text("2024-01-31 10:00:00.5"))
    let id = "00112233-4455-6677-8899-aabbccddeeff"
    expect(.cast, [try typed(id, .uuid)], text(id))
    expect(.cast, [int(12_345)], Typed(.text("123"), .varchar(length: 3)))
    expect(.cast, [text("äöüß")], Typed(.text("äö"), .varchar(length: 2)))
    expect(.cast, [text("ab  ")], Typed(.text("ab"), .char(length: 3)))
    expect(.cast, [text("ab")], Typed(.text("ab"), .char(length: 5)))
    expect(
      .cast, [Typed(.bytes([1, 2, 3]), .varbinary(length: nil))],
      Typed(.bytes([1, 2]), .varbinary(length: 2))
    )
  }

  @Test("date and time")
  func times() throws {
    let stamp = try typed("1969-12-31 23:00:00", .timestamp)
    expect(.cast, [stamp], try typed("1969-12-31", .date))
    expect(.cast, [stamp], try typed("23:00:00", .time))
    expect(.cast, [try typed("2024-01-31", .date)], try typed("2024-01-31 00:00:00", .timestamp))
  }

  @Test("pairs without a meaning are refused; NULL goes everywhere")
  func refused() throws {
    expectFailure(
      .cast, [try typed("10:00:00", .time)], .date, .invalidCast, "cannot cast TIME to DATE")
    expectFailure(.cast, [int(1)], .date, .invalidCast, "cannot cast INTEGER to DATE")
    let all: [ColumnType] = [
      .boolean, .tinyint, .bigint, .real, .double, .decimal(precision: 9, scale: 2), .char(length: 3),
      .varchar(length: nil), .varbinary(length: nil), .date, .time, .timestamp, .uuid, .null,
    ]
    for from in all { for to in all { expect(.cast, [null(from)], null(to)) } }
  }

  @Test("text of every value reads back as the value")
  func roundTrip() throws {
    var random = SeededGenerator(3)
    for _ in 0..<200 {
      let samples = [
        big(Int64.random(in: .min ... .max, using: &random)),
        double(Double(bitPattern: UInt64.random(in: 0...(.max), using: &random))),
        Typed(.int64(Int64.random(in: EventTime.dayBounds, using: &random)), .date),
        Typed(.int64(Int64.random(in: EventTime.timestampBounds, using: &random)), .timestamp),
        Typed(
          .int128(Int128.random(in: -1_000_000_000...1_000_000_000, using: &random)),
          .decimal(precision: 12, scale: 4)),
      ]
      for sample in samples {
        if case .float64(let number) = sample.value, number.isNaN { continue }
        let there = call(.cast, [column(0, sample.type)], .varchar(length: nil))
        let back = call(.cast, [there], sample.type)
        let result = try CompiledExpression(back)
          .evaluate(columns([[sample.value]], [sample.type.physical]), count: 1, now: 0)
        #expect(result.value(at: 0) == sample.value)
      }
    }
  }
}
