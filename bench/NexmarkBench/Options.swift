import Platform

/// What one run measures.
struct Options: Sendable {
  enum Mode: String {
    /// Rows made in the process; only the steps are timed.
    case memory
    /// Rows made in the process as they would arrive at `pace` events a second; step times and latencies.
    case steady
    /// NDJSON files, decoded by `parsers` threads beside the thread that takes steps; all is timed.
    case files
    /// The files are decoded and thrown away: the roof of `files`.
    case parse
    /// The generator alone, one thread.
    case generate
  }

  static let usage = """
    NexmarkBench QUERY… [--mode memory|steady|files|parse|generate] [--sql DIR] [--events N] [--step-rows N]
      [--seed N] [--rate N] [--data DIR] [--parsers N] [--random-steps SEED] [--dump DIR]
      [--pace N] [--workers N] [--memory-mb N]
    Runs each query (q0 …; `all`) and prints a JSON line. memory: --events events from --seed, --rate of them a
    second of event time. steady: the same at --pace (100000) events a second of real time. files:
    DIR/TABLE/*.ndjson or DIR/TABLE.ndjson of --data; --events then only says how many events they stand for.
    --random-steps draws the size of each step below twice --step-rows. --memory-mb: what the state needs more goes to
    files in a folder of --data. --dump writes the view's contents at the end to DIR/QUERY.csv, one line a row, with
    NULL as an empty cell.
    """

  var queries: [String] = []
  var mode = Mode.memory
  var sql = "bench/nexmark/sql"
  var events: UInt64 = 1_000_000
  var stepRows = 50_000
  var seed: UInt64 = 1
  var rate: Int64 = 10_000
  var data = ""
  var parsers = 2
  var pace: UInt64 = 100_000
  /// Threads of a step.
  var workers = 1
  /// Nil: as much as it takes.
  var memoryMegabytes: Int?
  var randomSteps: UInt64?
  var dump: String?

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        queries.append(argument)
        continue
      }
      guard let value = rest.popFirst() else {
        throw BenchError("\(argument) needs a value\n\(Options.usage)")
      }
      try set(argument, value)
    }
    guard !queries.isEmpty || mode == .generate else { throw BenchError(Options.usage) }
    guard mode != .files && mode != .parse || !data.isEmpty else { throw BenchError("--data is missing") }
    if queries == ["all"] {
      queries = try PosixFileSystem().entries(of: sql).filter { $0.hasPrefix("q") && $0.hasSuffix(".sql") }
        .map { String($0.dropLast(4)) }.sorted { (Int($0.dropFirst()) ?? 0) < (Int($1.dropFirst()) ?? 0) }
    }
  }

  private mutating func set(_ name: String, _ value: String) throws {
    func number<Number: FixedWidthInteger>(_ least: Number) throws -> Number {
      guard let number = Number(value.replacing("_", with: "")), number >= least else {
        throw BenchError("\(name) \(value) is no number of at least \(least)")
      }
      return number
    }
    switch name {
    case "--mode":
      guard let known = Mode(rawValue: value) else { throw BenchError("unknown mode \(value)") }
      mode = known
    case "--sql": sql = value
    case "--data": data = value
    case "--dump": dump = value
    case "--events": events = try number(1)
    case "--step-rows": stepRows = try number(1)
    case "--seed": seed = try number(0)
    case "--rate": rate = try number(1)
    case "--pace": pace = try number(1)
    case "--workers": workers = try number(1)
    case "--memory-mb": memoryMegabytes = try number(1) as Int
    case "--parsers": parsers = try number(1)
    case "--random-steps": randomSteps = try number(0) as UInt64
    default: throw BenchError("unknown option \(name)\n\(Options.usage)")
    }
  }
}

struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
