import PipelineModel
import Testing
import Workflows

// Goal: both forms of Retry-After are understood, all else is not. Method: a table.
@Suite struct RetryAfterTests {
  private let now = WallTime(microseconds: 784_111_777_000_000)

  @Test(
    "Seconds and dates",
    arguments: [
      ("0", 0), ("120", 120), ("-5", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
      ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400 - 784_111_777), ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
    ])
  func known(_ text: String, _ seconds: Int) {
    #expect(RetryAfter.seconds(text, now: now) == seconds)
  }

  @Test(
    "Anything else is no wish",
    arguments: ["", "soon", "1.5", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 6 X 1994 1:1:1 GMT"])
  func unknown(_ text: String) {
    #expect(RetryAfter.seconds(text, now: now) == nil)
  }
}
