// Goal: a schedule's next time is the one that people know from cron, whatever month, week or leap year lies between.
// Method: expressions with times that were taken from a calendar, and a plain search minute by minute as the model.
import PipelineModel
import Testing
import WireTypes
import Workflows

struct CronExpressionTests {
  private static func time(_ text: String) -> WallTime { WallTime(rfc3339: text) ?? WallTime(microseconds: 0) }

  @Test(arguments: [
    ("* * * * *", "2026-11-22T07:00:00", "2026-11-22T07:01:00"),
    ("0 6 * * 1", "2026-11-22T07:00:00", "2026-11-23T06:00:00"),
    ("0 6 * * mon", "2026-11-23T06:00:00", "2026-11-30T06:00:00"),
    ("*/15 8-9 * * *", "2026-11-22T09:45:00", "2026-11-23T08:00:00"),
    ("30 23 31 * *", "2026-11-01T00:00:00", "2026-12-31T23:30:00"),
    ("0 0 29 2 *", "2026-03-01T00:00:00", "2028-02-29T00:00:00"),
    ("0 0 29 2 *", "2096-03-01T00:00:00", "2104-02-29T00:00:00"),
    ("5,10 0 1 JAN-mar/2 *", "2026-01-01T00:10:00", "2026-03-01T00:05:00"),
    // A day of the month or a day of the week, as cron has it.
    ("0 12 13 * 5", "2026-11-07T00:00:00", "2026-11-13T12:00:00"),
    ("0 12 13 * 5", "2026-11-13T12:00:00", "2026-11-20T12:00:00"),
    ("0 12 * * 7", "2026-11-16T00:00:00", "2026-11-22T12:00:00"),
    ("50/5 * * * *", "2026-11-22T07:55:30", "2026-11-22T08:50:00"),
  ])
  func theNextTimeIsThatOfTheCalendar(text: String, from: String, next: String) throws {
    let cron = try #require(CronExpression(text))
    #expect(cron.next(after: Self.time(from)) == Self.time(next))
  }

  @Test(arguments: [
    "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "a * * * *",
    "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *", "-1 * * * *", "1-2-3 * * * *", "0 0 31 2 *", "0 0 30 feb *",
    "99999999999999999999 * * * *", "٣ * * * *", "@daily",
  ])
  func whatIsNoExpression(text: String) { #expect(CronExpression(text) == nil) }

  @Test func theNextTimeIsTheFirstThatASearchFinds() throws {
    let minute: Int64 = 60_000_000
    for text in ["*/7 3-21/4 * * *", "13 5 */3 * 2-4", "59 23 28-31 2,4 *", "0 0 1 * 0,6"] {
      let cron = try #require(CronExpression(text))
      var time = Self.time("2027-12-30T22:58:31.5")
      for _ in 0..<40 {
        let next = try #require(cron.next(after: time))
        #expect(next > time && next.microseconds % minute == 0)
        // No minute between is one of its times: the time before it would lead to that one.
        let between = WallTime(microseconds: (time.microseconds + next.microseconds) / 2)
        #expect(cron.next(after: between) == next)
        #expect(cron.next(after: WallTime(microseconds: next.microseconds - 1)) == next)
        time = next
      }
    }
  }

  @Test func schedulesAreTheTwoForms() {
    #expect(PlaySchedule(["type": "cron", "cron": "0 6 * * 1"])?.json == ["type": "cron", "cron": "0 6 * * 1"])
    let interval = PlaySchedule(["type": "interval", "seconds": 300])
    #expect(interval?.next(after: WallTime(microseconds: 5)) == WallTime(microseconds: 300_000_005))
    for json: JSONValue in [
      "0 6 * * 1", ["type": "cron"], ["type": "interval", "seconds": 0], ["type": "interval", "seconds": .double(1.5)],
      ["type": "daily"], nil,
    ] { #expect(PlaySchedule(json) == nil) }
  }
}
