// Goal: times of clients are read exactly, or refused. Method: a table, and the writer as the inverse.

import PipelineModel
import Testing
import WireTypes

struct TimestampParsingTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-01-31T08:15:30.000250Z", 1_769_847_330_000_250),
    ("2026-01-31T10:15:30.00025+02:00", 1_769_847_330_000_250), ("2024-02-29T00:00:00", 1_709_164_800_000_000),
    ("1969-12-31T23:59:59.999999999Z", -1), ("2026-01-31 08:15:30z", 1_769_847_330_000_000),
  ] as [(String, Int64)])
  func times(text: String, microseconds: Int64) {
    #expect(WallTime(rfc3339: text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0200", "2026-01-01T00:00:00Zx", "2026-01-00T00:00:00Z", "tomorrow",
    "2026-01-01T00:00:00.1234567890Z", "2026-1-1T0:0:0Z",
  ])
  func others(text: String) { #expect(WallTime(rfc3339: text) == nil) }

  @Test func itReadsWhatIsWritten() {
    for microseconds in stride(from: Int64(-62_135_596_800_000_000), to: 253_402_300_799_000_000, by: 86_399_000_077_777_7) {
      let time = WallTime(microseconds: microseconds)
      #expect(WallTime(rfc3339: time.rfc3339) == time)
    }
  }
}
