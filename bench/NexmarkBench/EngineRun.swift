import DataModel
import Dataflow
import PipelineModel
import Platform

/// A circuit that takes steps, and what they cost.
struct EngineRun {
  private let circuit: Circuit
  private let name: SQLIdentifier
  private var contents: ViewContents?
  private let storage: (traces: TraceStorage, directory: String)?
  private let clock = SystemClock()
  private(set) var stepNanoseconds: UInt64 = 0
  private(set) var cpuMilliseconds: UInt64 = 0
  private(set) var steps = 0
  private(set) var rowsIn = 0
  /// Rows of the view's deltas, not of the view.
  var rowsOut: UInt64 { circuit.rowsSeen }
  /// Nanoseconds of every step, in order.
  private var durations: [UInt64] = []

  init(_ query: Query, _ options: Options, keeping: Bool = false) throws {
    circuit = query.circuit(workers: options.workers)
    storage = try options.memoryMegabytes.map { try EngineRun.storage(in: options.data, bytes: $0 << 20) }
    if let storage { circuit.attach(storage.traces) }
    name = SQLIdentifier(query.name)
    contents = keeping ? ViewContents(query.schema) : nil
    circuit.reportsEveryView = keeping
    if circuit.needsInitialStep { try step([]) }
    if query.readsSideInput { try step(SideInput.step()) }
  }

  mutating func step(_ inputs: [TableInput]) throws {
    let start = clock.monotonic().nanoseconds
    let processor = ProcessFacts.cpuMilliseconds()
    let deltas = try circuit.step(inputs, now: 0)
    _ = try circuit.upkeep()
    let took = clock.monotonic().nanoseconds - start
    cpuMilliseconds += ProcessFacts.cpuMilliseconds() - processor
    stepNanoseconds += took
    durations.append(took)
    steps += 1
    rowsIn += inputs.reduce(0) { $0 + $1.changes.reduce(0) { $0 + $1.count } }
    for delta in deltas where delta.relation == name {
      contents?.add(delta.rows)
    }
  }

  /// Removes the state's files.
  func close() throws {
    guard let storage else { return }
    storage.traces.close()
    try PosixFileSystem().removeTree(storage.directory)
  }

  /// In a folder of this process.
  private static func storage(in parent: String, bytes: Int) throws -> (traces: TraceStorage, directory: String) {
    let directory = "\(parent.isEmpty ? "." : parent)/.state-\(ProcessFacts.processID)"
    try PosixFileSystem().createDirectories(directory)
    var settings = TraceStorage.Settings()
    settings.memoryBytes = bytes
    settings.cacheBytes = bytes / 4
    let names = SystemRandom()
    let traces = TraceStorage(directory: directory, fileSystem: PosixFileSystem(), settings: settings) {
      "\(names.next()).data"
    }
    return (traces, directory)
  }

  /// Seconds that `part` of the steps did not exceed.
  func stepSeconds(part: Double) -> Double { Percentile.of(durations, part: part) / 1e9 }

  var stateBytes: Int { circuit.stateBytes }

  /// Lines of the view's rows now; nil unless they were kept.
  func lines() throws -> [UInt8]? { try contents?.lines() }
}
