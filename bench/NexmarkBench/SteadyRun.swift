import Connectors
import DataModel
import PipelineModel
import Platform

/// Events that arrive at a steady pace: each step takes what has come since the one before, as a server does.
struct SteadyRun {
  /// From the arrival of a step's oldest event to the step's end.
  private(set) var latencies: [UInt64] = []
  private(set) var seconds = 0.0

  mutating func take(_ options: Options, _ query: Query, _ run: inout EngineRun) throws {
    let clock = SystemClock()
    let pause = Signal()
    var feed = try MemoryFeed(options, query.tables)
    let start = clock.monotonic().nanoseconds
    var taken: UInt64 = 0
    while taken < options.events {
      let elapsed = clock.monotonic().nanoseconds - start
      let due = min(options.events, UInt64(Double(elapsed) * Double(options.pace) / 1e9))
      guard due > taken else {
        _ = pause.wait(timeoutNanoseconds: 200_000)
        continue
      }
      guard let inputs = feed.next(until: due) else { break }
      try run.step(inputs)
      let oldest = UInt64(Double(taken) / Double(options.pace) * 1e9)
      latencies.append(clock.monotonic().nanoseconds - start - oldest)
      taken = due
    }
    seconds = Double(clock.monotonic().nanoseconds - start) / 1e9
  }
}
