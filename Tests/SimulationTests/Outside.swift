import ConnectorKit
import DataModel
import PipelineModel
import Platform
import StorageAPI
import TestSupport

/// What lies behind a sink: it outlives the process, and the sink's faults come from the schedule.
///
/// `@unchecked Sendable` holds: a simulation runs on one thread.
final class Outside: @unchecked Sendable {
  let name: String
  let relation: String
  let guarantee: DeliveryGuarantee
  private(set) var log: [(step: StepIndex, rows: [(row: Row, weight: Int64)])] = []
  unowned let world: Simulation

  init(_ relation: String, _ guarantee: DeliveryGuarantee, _ world: Simulation) {
    self.relation = relation
    self.guarantee = guarantee
    self.world = world
    name = "\(relation).\(guarantee.rawValue)"
  }

  /// What a reader of the first `steps` steps makes of it, sorted; a row for each unit of its weight.
  func rows(through steps: StepCount) -> [Row] {
    var weights: [Row: Int64] = [:]
    for entry in log where steps.includes(entry.step) {
      for (row, weight) in entry.rows { weights[row, default: 0] += weight }
    }
    return weights.flatMap { row, weight in
      weight >= 0 ? Array(repeating: row, count: Int(weight)) : [row + [weight]]
    }.sorted(by: precedes)
  }

  func cut(to length: Int) { log.removeLast(max(0, log.count - length)) }

  func take(_ delta: SinkDelta) {
    let rows = delta.rows.weighted
    guard world.isTold(delta.step) else {
      return world.fail(4, "sink \(name) got step \(delta.step), which nobody took")
    }
    guard world.isDurable(delta.step) else {
      return world.fail(4, "sink \(name) got step \(delta.step) before its row is durable")
    }
    guard let known = log.first(where: { $0.step == delta.step }) else {
      log.append((delta.step, rows))
      return
    }
    if guarantee == .exactlyOnce { world.fail(6, "sink \(name) got step \(delta.step) twice") }
    let same =
      known.rows.count == rows.count
      && zip(sorted(known.rows), sorted(rows)).allSatisfy { $0.row == $1.row && $0.weight == $1.weight }
    if !same { world.fail(4, "sink \(name) got step \(delta.step) again with other rows") }
  }

  private func sorted(_ rows: [(row: Row, weight: Int64)]) -> [(row: Row, weight: Int64)] {
    rows.sorted { precedes($0.row + [$0.weight], $1.row + [$1.weight]) }
  }
}

/// Fails as the schedule says: before it writes, in between, or after all is written.
final class SimulatedSink: Sink {
  private let outside: Outside

  init(_ outside: Outside) { self.outside = outside }

  var guarantee: DeliveryGuarantee { outside.guarantee }

  func start(at position: SinkPosition?) throws(ConnectorError) {
    if outside.world.sinkFails(1, of: 12) { throw ConnectorError(.retry, "not now") }
    guard guarantee == .exactlyOnce else { return }
    outside.cut(to: position.flatMap { KeySpace.number($0.detail, at: 0) }.map { Int($0) } ?? 0)
  }

  func deliver(_ deltas: [SinkDelta]) throws(ConnectorError) -> (detail: [UInt8], bytesWritten: Int) {
    let world = outside.world
    if world.sinkFails(1, of: 8) { throw ConnectorError(.retry, "not now") }
    if world.fault != .lyingSink || world.random.next(below: 4) > 0 {
      for delta in deltas {
        guard world.power.effect() else { throw ConnectorError(.retry, "power is out") }
        outside.take(delta)
        world.othersMayRun()
        if world.sinkFails(1, of: 12) { throw ConnectorError(.retry, "torn") }
      }
    }
    if world.sinkFails(1, of: 12) { throw ConnectorError(.retry, "the answer was lost") }
    return (KeySpace.bigEndian(UInt64(outside.log.count)), deltas.count)
  }

  func stop() {}
}
