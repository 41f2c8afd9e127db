import DataModel
import Dataflow
import Testing

// Goal: parts and truncation of dates. Method: a table, and a walk through the calendar day by day that counts
// weekdays, days of the year and weeks on its own.

@Suite("Date and time functions")
struct DateTimeTests {
  private func part(_ name: String, _ value: Typed, _ expected: Int64) {
    expect(.extract, [unit(name), value], big(expected))
    expectStrict(.extract, [unit(name), value], .bigint)
  }

  @Test("parts of a timestamp")
  func parts() throws {
    let value = try typed("2024-08-30 17:45:12.345678", .timestamp)
    let expected: [(String, Int64)] = [
      ("YEAR", 2024), ("MONTH", 8), ("DAY", 30), ("HOUR", 17), ("MINUTE", 45), ("SECOND", 12),
      ("MILLISECOND", 12_345),
      ("MICROSECOND", 12_345_678), ("QUARTER", 3), ("DOW", 6), ("ISODOW", 5), ("DOY", 243), ("WEEK", 35),
      ("EPOCH", 1_725_039_912), ("CENTURY", 21), ("DECADE", 202), ("MILLENNIUM", 3), ("ISOYEAR", 2024),
    ]
    for (name, number) in expected { part(name, value, number) }
    part("CENTURY", try typed("2000-12-31", .date), 20)
    part("MILLENNIUM", try typed("2000-12-31", .date), 2)
    part("EPOCH", try typed("1969-12-31", .date), -86_400)
    part("HOUR", try typed("1969-12-31 23:30:00", .timestamp), 23)
    part("SECOND", try typed("10:20:30.5", .time), 30)
    part("WEEK", try typed("2021-01-03", .date), 53)
    part("ISOYEAR", try typed("2021-01-03", .date), 2020)
  }

  @Test("units that the type does not have are errors")
  func refused() throws {
    expectFailure(
      .extract, [unit("YEAR"), try typed("10:00:00", .time)], .bigint, .invalidArgument,
      "EXTRACT has no unit 'YEAR' for TIME")
    expectFailure(
      .extract, [unit("PARSEC"), try typed("2024-01-01", .date)], .bigint, .invalidArgument,
      "EXTRACT has no unit 'PARSEC' for DATE")
    expectFailure(
      .truncateTime, [unit("HOUR"), try typed("2024-01-01", .date)], .date, .invalidArgument,
      "DATE_TRUNC has no unit 'HOUR' for DATE")
  }

  @Test("truncation; weeks begin on Sunday")
  func truncation() throws {
    let value = try typed("2024-08-30 17:45:12.345678", .timestamp)
    let expected = [
      ("YEAR", "2024-01-01"), ("QUARTER", "2024-07-01"), ("MONTH", "2024-08-01"), ("WEEK", "2024-08-25"),
      ("DAY", "2024-08-30"),
    ]
    for (name, start) in expected {
      expect(.truncateTime, [unit(name), value], try typed(start, .timestamp))
      expect(.truncateTime, [unit(name), try typed("2024-08-30", .date)], try typed(start, .date))
      expectStrict(.truncateTime, [unit(name), value], .timestamp)
    }
    expect(.truncateTime, [unit("HOUR"), value], try typed("2024-08-30 17:00:00", .timestamp))
    expect(.truncateTime, [unit("MINUTE"), value], try typed("2024-08-30 17:45:00", .timestamp))
    expect(.truncateTime, [unit("SECOND"), value], try typed("2024-08-30 17:45:12", .timestamp))
    expect(
      .truncateTime, [unit("HOUR"), try typed("1969-12-31 23:30:00", .timestamp)],
      try typed("1969-12-31 23:00:00", .timestamp))
  }

  @Test("a walk from 1895 to 2105 agrees")
  func walk() throws {
    let first = try #require(EventTime.days(year: 1895, month: 1, day: 1))
    let last = try #require(EventTime.days(year: 2105, month: 12, day: 31))
    let days = ColumnVector(.int64(Array(first...last)))
    func parts(_ name: String) throws -> [Int64] {
      let expression = call(.extract, [unit(name).literal, column(0, .date)], .bigint)
      let result = try CompiledExpression(expression).evaluate([days], count: days.count, now: 0)
      return (0..<days.count).map { if case .int64(let number) = result.value(at: $0) { number } else { -1 } }
    }
    let (weekdays, yearDays, weeks, years) = (
      try parts("DOW"), try parts("DOY"), try parts("WEEK"), try parts("YEAR")
    )
    // 1895-01-01 was a Tuesday.
    var weekday: Int64 = 3
    var yearDay: Int64 = 1
    var year: Int64 = 1895
    var wrong: [String] = []
    for index in 0..<days.count {
      let iso = weekday == 1 ? 7 : weekday - 1
      var week = (yearDay - iso + 10) / 7
      if week == 0 {
        week = weeksIn(year - 1, endingOn: (iso - yearDay % 7 + 14) % 7)
      } else if week == 53, weeksIn(year, endingOn: (iso + length(year) - yearDay) % 7) == 52 {
        week = 1
      }
      let found = [weekdays[index], yearDays[index], years[index], weeks[index]]
      if found != [weekday, yearDay, year, week] { wrong.append("day \(yearDay) of \(year): \(found)") }
      weekday = weekday == 7 ? 1 : weekday + 1
      yearDay += 1
      if yearDay > length(year) { (year, yearDay) = (year + 1, 1) }
    }
    #expect(wrong.isEmpty)
  }

  private func length(_ year: Int64) -> Int64 { EventTime.isLeap(year) ? 366 : 365 }

  /// A year has 53 ISO weeks when it ends on a Thursday, or, being a leap year, on a Friday.
  private func weeksIn(_ year: Int64, endingOn weekday: Int64) -> Int64 {
    weekday == 4 || (EventTime.isLeap(year) && weekday == 5) ? 53 : 52
  }
}
