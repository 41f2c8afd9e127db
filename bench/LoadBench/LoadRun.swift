import NIOCore
import NIOPosix

/// One run of a load: opens the connections, keeps them busy, gathers the latencies.
struct LoadRun {
  let port: Int
  let seconds: Double

  /// Connection i sends request i again and again, each time after the answer to the one before.
  func run(_ requests: [[UInt8]]) async throws -> LoadResult { try await run(turns: requests.map { [$0] }) }

  /// Connection i sends the requests of turn i one after the other, again and again.
  func run(turns: [[[UInt8]]]) async throws -> LoadResult {
    let group = MultiThreadedEventLoopGroup.singleton
    let started = NIODeadline.now()
    let end = started + .nanoseconds(Int64(seconds * 1e9))
    let partial = try await withThrowingTaskGroup(of: LoadResult.self) { tasks in
      for requests in turns {
        tasks.addTask {
          let connection = try await HTTPConnection.open(port: port, group: group)
          var result = LoadResult()
          var next = 0
          while NIODeadline.now() < end {
            let request = requests[next % requests.count]
            next += 1
            let sent = NIODeadline.now()
            let answer = try await connection.exchange(request)
            result.add(answer.status, nanoseconds: (NIODeadline.now() - sent).nanoseconds)
          }
          try await connection.close()
          return result
        }
      }
      return try await tasks.reduce(into: LoadResult()) { $0.merge($1) }
    }
    var result = partial
    result.seconds = Double((NIODeadline.now() - started).nanoseconds) / 1e9
    return result
  }

  /// One push, and the token of its answer.
  func token(_ push: [UInt8]) async throws -> String {
    let connection = try await HTTPConnection.open(port: port, group: MultiThreadedEventLoopGroup.singleton)
    let answer = try await connection.exchange(push)
    try await connection.close()
    return try answer.token()
  }

  /// Push, then the request made from the push's token; one latency for both.
  func runThenWait(_ push: [UInt8], _ wait: (String) -> [UInt8]) async throws -> LoadResult {
    let connection = try await HTTPConnection.open(port: port, group: MultiThreadedEventLoopGroup.singleton)
    let started = NIODeadline.now()
    let end = started + .nanoseconds(Int64(seconds * 1e9))
    var result = LoadResult()
    while NIODeadline.now() < end {
      let sent = NIODeadline.now()
      let token = try await connection.exchange(push).token()
      let answer = try await connection.exchange(wait(token))
      result.add(answer.status, nanoseconds: (NIODeadline.now() - sent).nanoseconds)
    }
    try await connection.close()
    result.seconds = Double((NIODeadline.now() - started).nanoseconds) / 1e9
    return result
  }
}

/// Counts and latencies of a run.
struct LoadResult: Sendable {
  var ok = 0
  var other = 0
  var seconds = 0.0
  private var latencies: [Int64] = []

  mutating func add(_ status: Int, nanoseconds: Int64) {
    if status == 200 { ok += 1 } else { other += 1 }
    latencies.append(nanoseconds)
  }

  mutating func merge(_ another: LoadResult) {
    ok += another.ok
    other += another.other
    latencies += another.latencies
  }

  func printLine(_ name: String, records: Int, bytes: Int) {
    let sorted = latencies.sorted()
    func percentile(_ part: Double) -> Double {
      sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) / 1000
    }
    func rounded(_ value: Double) -> String { String(Int(value.rounded())) }
    print(
      "{\"run\":\"\(name)\",\"ok\":\(ok),\"other\":\(other),\"requests_per_s\":\(rounded(Double(ok) / seconds)),"
        + "\"records_per_s\":\(rounded(Double(records) / seconds)),\"mb_per_s\":\(rounded(Double(bytes) / seconds / 1e6)),"
        + "\"p50_us\":\(rounded(percentile(0.5))),\"p99_us\":\(rounded(percentile(0.99)))}")
  }
}
