import DataModel
import Dataflow
import InputLog
import PipelineModel

/// What a step gave: one run of the circuit, or the sum of its slices.
struct StepResult {
  let endpoints: [StepFacts.EndpointShare]
  let deltas: [RelationDelta]
  /// Changes that were dropped as late.
  let lateRows: UInt64
  /// Records that no step could take.
  let failed: [FailedRecord]
  /// Rows that were added to the error view.
  let viewErrors: UInt64
}

/// A step that is taken in slices, so far.
struct StepSlices {
  private(set) var records: UInt64 = 0
  private(set) var viewErrors: UInt64 = 0
  private var endpoints: [StepFacts.EndpointShare] = []
  private var sum = DeltaSum()
  private let lateRowsBefore: UInt64
  private(set) var failed: [FailedRecord] = []

  /// Of the circuit before the step.
  init(lateRows: UInt64) { lateRowsBefore = lateRows }

  mutating func add(
    _ collected: StepCollector, _ deltas: [RelationDelta], _ circuit: Circuit
  ) throws(EvaluationError) {
    count(collected)
    viewErrors &+= circuit.addedErrors
    try sum.add(deltas)
  }

  /// A record that is passed by; nil for one that is a dead letter already.
  mutating func pass(_ collected: StepCollector, _ record: FailedRecord?) {
    count(collected)
    if let record { failed.append(record) }
  }

  private mutating func count(_ collected: StepCollector) {
    records += collected.records
    for share in collected.endpoints {
      if let index = endpoints.firstIndex(where: { $0.endpoint == share.endpoint }) {
        endpoints[index].records += share.records
        endpoints[index].inputBytes += share.inputBytes
      } else {
        endpoints.append(share)
      }
    }
  }

  func result(_ circuit: Circuit) throws(StepError) -> StepResult {
    let deltas: [RelationDelta]
    do { deltas = try sum.deltas(in: circuit.relations) } catch { throw StepError(evaluation: error) }
    return StepResult(
      endpoints: endpoints, deltas: deltas, lateRows: circuit.lateRows - lateRowsBefore, failed: failed,
      viewErrors: viewErrors)
  }
}
