// Goal: the calendar is the proleptic Gregorian one and text forms come back. Method: a walk over every month of the
// range against a naive count, and golden texts.
import DataModel
import Testing

@Suite struct EventTimeTests {
  @Test func everyMonthFromYear1To9999() {
    var day = EventTime.dayBounds.lowerBound
    var agrees = true
    for year in Int64(1)...9999 {
      for month in Int64(1)...12 {
        let length = EventTime.monthLength(year: year, month: month)
        for date in [1, length] {
          let number = day + date - 1
          agrees =
            agrees && EventTime.civil(days: number) == (year, month, date)
            && EventTime.days(year: year, month: month, day: date) == number
        }
        day += length
      }
    }
    #expect(agrees)
    #expect(day == EventTime.dayBounds.upperBound + 1)
  }

  @Test(
    arguments: [
      ("1970-01-01 00:00:00", 0), ("1969-12-31 23:59:59.5", -500_000),
      ("2024-02-29T12:30:15.123456Z", 1_709_209_815_123_456),
      ("2024-02-29 12:30:15.1234569", 1_709_209_815_123_456),
      ("2024-02-29T12:30:15-0130", 1_709_215_215_000_000),
      ("2024-02-29 12:30:15 +05", 1_709_191_815_000_000), ("2024-02-29", 1_709_164_800_000_000),
      ("9999-12-31 23:59:59.999999", EventTime.timestampBounds.upperBound),
    ] as [(String, Int64)])
  func timestamps(_ text: String, _ value: Int64) {
    #expect(EventTime.parseTimestamp(Array(text.utf8)) == value)
  }

  @Test(arguments: [
    "", "2024-13-01", "2024-00-01", "2024-02-30 00:00:00", "24-01-01", "2024-01-01 25:00:00",
    "2024-01-01 00:60:00",
    "2024-01-01 00:00:60", "2024-01-01 00:00:00.", "2024-01-01 00:00", "2024-01-01T00:00:00+24:00",
    "0000-01-01",
    "9999-12-31 23:59:59-01:00", "2024-01-01 00:00:00.1234567890", "2024-01-01 00:00:00Zx",
  ])
  func malformedTimestamps(_ text: String) {
    #expect(EventTime.parseTimestamp(Array(text.utf8)) == nil)
  }

  @Test func randomTextRoundTrip() {
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<2000 {
      let moment = Int64.random(in: EventTime.timestampBounds, using: &generator)
      var bytes: [UInt8] = []
      EventTime.appendTimestamp(moment, to: &bytes)
      #expect(EventTime.parseTimestamp(bytes) == moment)
      let time = Int64.random(in: 0..<EventTime.nanosecondsPerDay, using: &generator)
      bytes = []
      EventTime.appendTime(time, to: &bytes)
      #expect(EventTime.parseTime(bytes) == time)
    }
  }

  @Test func foreignNumbersNeverTrap() {
    for value in [Int64.min, .min + 1, -1, .max] {
      var bytes: [UInt8] = []
      EventTime.appendTimestamp(value, to: &bytes)
      EventTime.appendDate(value, to: &bytes)
      #expect(!bytes.isEmpty)
    }
  }
}
