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
  private(set) var rowsOut = 0
  private(set) var longestStepNanoseconds: UInt64 = 0

  init(_ query: Query, keeping: Bool) throws {
    circuit = query.circuit()
    name = SQLIdentifier(query.name)
    contents = keeping ? ViewContents(query.schema) : nil
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
    longestStepNanoseconds = max(longestStepNanoseconds, took)
    steps += 1
    rowsIn += inputs.reduce(0) { $0 + $1.changes.reduce(0) { $0 + $1.count } }
    for delta in deltas where delta.relation == name {
      rowsOut += delta.rows.count
      contents?.add(delta.rows)
    }
  }

  var stateBytes: Int { circuit.stateBytes }

  /// Lines of the view's rows now; nil unless they were kept.
  func lines() throws -> [UInt8]? { try contents?.lines() }
}
