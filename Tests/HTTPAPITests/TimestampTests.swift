// Goal: times are RFC 3339 with Z for every date. Method: known instants, also before 1970 and on leap days.

import PipelineModel
import Testing
import WireTypes

struct TimestampTests {
  @Test func knownInstants() {
    let instants: [(Int64, String)] = [
      (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
      (1_709_251_199_123_456, "2024-02-29T23:59:59.123456Z"),
      (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
      (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
    ]
    for (microseconds, text) in instants {
      #expect(WallTime(microseconds: microseconds).rfc3339 == text)
    }
  }
}
