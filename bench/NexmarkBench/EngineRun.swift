import DataModel
import Dataflow
import PipelineModel
import Platform

/// A circuit that takes steps, and what they cost.
struct EngineRun {
  private let circuit: Circuit
  private let name: SQLIdentifier
  private var contents: ViewContents?
  private let clock = SystemClock()
  private(set) var stepNanoseconds: UInt64 = 0
  private(set) var cpuMilliseconds: UInt64 = 0
  private(set) var steps = 0
  private(set) var rowsIn = 0
  /// Rows of the view's deltas, not of the view.
  var rowsOut: UInt64 { circuit.rowsSeen }
  /// Nanoseconds of every step, in order.
  private var durations: [UInt64] = []

  init(_ query: Query, workers: Int, keeping: Bool) throws {
    circuit = query.circuit(workers: workers)
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

  /// Seconds that `part` of the steps did not exceed.
  func stepSeconds(part: Double) -> Double { Percentile.of(durations, part: part) / 1e9 }

  var stateBytes: Int { circuit.stateBytes }

  /// Lines of the view's rows now; nil unless they were kept.
  func lines() throws -> [UInt8]? { try contents?.lines() }
}
