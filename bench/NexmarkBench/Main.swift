import Connectors
import DataModel
import Dataflow
import PipelineModel
import Platform

/// Nexmark queries through the engine alone, or from files through the decoder and the engine.
@main
struct NexmarkBench {
  static func main() throws {
    MemoryTuning.keepFreedMemory()
    do {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      if options.mode == .generate { return try generate(options) }
      for name in options.queries {
        do { try run(name, options) } catch {
          print(Line([("query", .text(name)), ("error", .text("\(error)"))]))
        }
      }
    } catch let error as BenchError {
      print(error)
    }
  }

  private static func run(_ name: String, _ options: Options) throws {
    let query = try Query(name, directory: options.sql)
    switch options.mode {
    case .memory: try memory(query, options)
    case .steady: try steady(query, options)
    case .files: try files(query, options)
    case .parse: try parse(query, options)
    case .generate: try generate(options)
    }
  }

  private static func memory(_ query: Query, _ options: Options) throws {
    var run = try EngineRun(query, options, keeping: options.dump != nil)
    var feed = try MemoryFeed(options, query.tables)
    while let step = feed.next() { try run.step(step) }
    try report(query, options, run, nanoseconds: run.stepNanoseconds, cpu: run.cpuMilliseconds)
    try run.close()
  }

  private static func steady(_ query: Query, _ options: Options) throws {
    var run = try EngineRun(query, options)
    var steady = SteadyRun()
    try steady.take(options, query, &run)
    print(
      Line([
        ("query", .text(query.name)), ("mode", .text("steady")), ("events", .whole(options.events)),
        ("events_per_second", .whole(UInt64(Double(options.events) / steady.seconds))),
        ("steps", .whole(UInt64(run.steps))),
        ("step_p50_ms", .real(run.stepSeconds(part: 0.5) * 1000)),
        ("step_p99_ms", .real(run.stepSeconds(part: 0.99) * 1000)),
        ("step_max_ms", .real(run.stepSeconds(part: 1) * 1000)),
        ("latency_p50_ms", .real(Percentile.of(steady.latencies, part: 0.5) / 1e6)),
        ("latency_p99_ms", .real(Percentile.of(steady.latencies, part: 0.99) / 1e6)),
        ("cpu", .real(Double(run.cpuMilliseconds) / 1000)), ("state_mb", .real(Double(run.stateBytes) / 1e6)),
        ("peak_rss_mb", .real(peakResidentMegabytes())),
      ]))
  }

  private static func files(_ query: Query, _ options: Options) throws {
    let clock = SystemClock()
    let start = clock.monotonic().nanoseconds
    let processor = ProcessFacts.cpuMilliseconds()
    var run = try EngineRun(query, options, keeping: options.dump != nil)
    let feed = try FileFeed(options, query)
    let random = options.randomSteps.map { SeededRandom(seed: $0) }
    func size() -> Int {
      random.map { 1 + Int($0.next(below: 2 * UInt64(options.stepRows))) } ?? options.stepRows
    }
    while let blocks = try feed.next(rows: size()) { try run.step(inputs(blocks, query.tables)) }
    try report(
      query, options, run, nanoseconds: clock.monotonic().nanoseconds - start,
      cpu: ProcessFacts.cpuMilliseconds() - processor)
    try run.close()
  }

  private static func inputs(_ blocks: [FileFeed.Block], _ tables: [NexmarkTable]) -> [TableInput] {
    tables.map { table in
      TableInput(
        table: SQLIdentifier(table.rawValue), changes: blocks.filter { $0.table == table }.map(\.changes))
    }
  }

  private static func report(
    _ query: Query, _ options: Options, _ run: EngineRun, nanoseconds: UInt64, cpu: UInt64
  ) throws {
    if let directory = options.dump, let lines = try run.lines() {
      try PosixFileSystem().createDirectories(directory)
      try PosixFileSystem().writeFile("\(directory)/\(query.name).csv", lines, sync: false)
    }
    let seconds = Double(nanoseconds) / 1e9
    print(
      Line([
        ("query", .text(query.name)), ("mode", .text(options.mode.rawValue)),
        ("events", .whole(options.events)),
        ("events_per_second", .whole(UInt64(Double(options.events) / seconds))), ("wall", .real(seconds)),
        ("cpu", .real(Double(cpu) / 1000)), ("step_wall", .real(Double(run.stepNanoseconds) / 1e9)),
        ("longest_step", .real(run.stepSeconds(part: 1))),
        ("steps", .whole(UInt64(run.steps))),
        ("rows_in", .whole(UInt64(run.rowsIn))), ("rows_out", .whole(UInt64(run.rowsOut))),
        ("state_mb", .real(Double(run.stateBytes) / 1e6)), ("peak_rss_mb", .real(peakResidentMegabytes())),
      ]))
  }

  /// The roof of `files`: the same bytes decoded, no steps.
  private static func parse(_ query: Query, _ options: Options) throws {
    let clock = SystemClock()
    let start = clock.monotonic().nanoseconds
    let processor = ProcessFacts.cpuMilliseconds()
    let feed = try FileFeed(options, query)
    var rows = 0
    while let blocks = try feed.next(rows: options.stepRows) {
      rows += blocks.reduce(0) { $0 + $1.changes.count }
    }
    let seconds = Double(clock.monotonic().nanoseconds - start) / 1e9
    var bytes: UInt64 = 0
    for table in query.tables {
      for path in try FileFeed.paths(options.data, table) { bytes += try PosixFileSystem().size(of: path) }
    }
    print(
      Line([
        ("query", .text(query.name)), ("mode", .text("parse")), ("events", .whole(options.events)),
        ("events_per_second", .whole(UInt64(Double(options.events) / seconds))), ("wall", .real(seconds)),
        ("cpu", .real(Double(ProcessFacts.cpuMilliseconds() - processor) / 1000)),
        ("rows_in", .whole(UInt64(rows))),
        ("mb_per_second", .real(Double(bytes) / seconds / 1e6)),
        ("peak_rss_mb", .real(peakResidentMegabytes())),
      ]))
  }

  /// Events a second of the generator on one thread, all tables.
  private static func generate(_ options: Options) throws {
    let clock = SystemClock()
    var feed = try MemoryFeed(options, NexmarkTable.allCases)
    let start = clock.monotonic().nanoseconds
    let processor = ProcessFacts.cpuMilliseconds()
    while feed.next() != nil {}
    let seconds = Double(clock.monotonic().nanoseconds - start) / 1e9
    print(
      Line([
        ("mode", .text("generate")), ("events", .whole(options.events)), ("wall", .real(seconds)),
        ("cpu", .real(Double(ProcessFacts.cpuMilliseconds() - processor) / 1000)),
        ("events_per_second", .whole(UInt64(Double(options.events) / seconds))),
        ("peak_rss_mb", .real(peakResidentMegabytes())),
      ]))
  }

  /// Of the whole process so far.
  private static func peakResidentMegabytes() -> Double {
    Double(ProcessFacts.peakResidentBytes()) / 1_048_576
  }
}
