// Shared by the suites of this room: small relations, a scripted sink whose outside survives it, recorded events.

import ConnectorKit
import DataModel
import PipelineModel
import Platform
import StorageAPI
import Synchronization

import Outputs

enum Fixtures {
  static let relation = SQLIdentifier("v")
  static let schema = Schema(fields: [Field(name: SQLIdentifier("a"), type: .bigint, nullable: false)])

  /// Rows of the one-column relation with their weights.
  static func rows(_ rows: [(Int64, Int64)]) -> ColumnBatch {
    ColumnBatch(columns: [ColumnVector(.int64(rows.map(\.0)))], weights: rows.map(\.1))
  }

  /// A step that inserts the values; no values: a step without a delta.
  static func step(_ number: UInt64, _ values: [Int64]) -> StepDeltas {
    StepDeltas(
      step: StepIndex(number),
      deltas: values.isEmpty ? [] : [(relation, rows(values.map { ($0, 1) }))], inputRecords: 1)
  }
}

/// What lies outside of the process: the values that a sink delivered, with their steps.
final class Outside: Sendable {
  struct Fault {
    /// Fails the delivery before anything is written.
    var refuse = 0
    /// Writes the first delta, then fails.
    var tear = 0
    var fatal = false
  }

  struct State {
    var log: [(step: UInt64, values: [Int64])] = []
    var fault = Fault()
    var starts = 0
  }

  let state = Mutex(State())

  var values: [Int64] { state.withLock { $0.log.flatMap(\.values) } }
  var steps: [UInt64] { state.withLock { $0.log.map(\.step) } }
}

/// Exactly once: its detail is the length of the outside, to which it cuts back on start.
final class ScriptedSink: Sink {
  let outside: Outside
  let guarantee = DeliveryGuarantee.exactlyOnce

  init(_ outside: Outside) { self.outside = outside }

  func start(at position: SinkPosition?) throws(ConnectorError) {
    let length = position.flatMap { KeySpace.number($0.detail, at: 0) } ?? 0
    outside.state.withLock { state in
      state.starts += 1
      state.log.removeLast(state.log.count - min(state.log.count, Int(length)))
    }
  }

  func deliver(_ deltas: [SinkDelta]) throws(ConnectorError) -> (detail: [UInt8], bytesWritten: Int) {
    let failure: ConnectorError? = outside.state.withLock { state in
      if state.fault.fatal { return ConnectorError(.fatal, "no such place") }
      if state.fault.refuse > 0 {
        state.fault.refuse -= 1
        return ConnectorError(.retry, "not now")
      }
      for delta in deltas {
        guard case .int64(let values) = delta.rows.columns[0].storage else { continue }
        state.log.append((delta.step.rawValue, values))
        if state.fault.tear > 0 {
          state.fault.tear -= 1
          return ConnectorError(.retry, "torn")
        }
      }
      return nil
    }
    if let failure { throw failure }
    return (KeySpace.bigEndian(UInt64(outside.state.withLock { $0.log.count })), deltas.count)
  }

  func stop() {}
}

/// What the dispatcher told, with waits that need no sleep.
final class EventRecorder: Sendable {
  struct State {
    var delivered: [String: UInt64] = [:]
    var removed: [String] = []
    var added: [String: UInt64] = [:]
    var failed: [String: String] = [:]
    var syncs = 0
    var journalWorks = true
  }

  let state = Mutex(State())
  private let news = Mailbox<Void>(capacity: 1)

  var events: OutputEvents {
    OutputEvents(
      added: { [self] name, steps in note { $0.added[name] = steps.rawValue } },
      removed: { [self] name in note { $0.removed.append(name) } },
      delivered: { [self] name, steps in
        note { $0.delivered[name] = max($0.delivered[name] ?? 0, steps.rawValue) }
      },
      failed: { [self] name, message in note { $0.failed[name] = message } },
      syncJournal: { [self] in
        note { $0.syncs += 1 }
        return state.withLock { $0.journalWorks }
      })
  }

  private func note(_ change: (inout sending State) -> Void) {
    state.withLock { change(&$0) }
    _ = news.offer(())
  }

  /// Waits until the facts hold, at most ten seconds; false then. Wakes the dispatcher now and then.
  func wait(_ dispatcher: OutputDispatcher?, until holds: (borrowing State) -> Bool) -> Bool {
    for _ in 0..<1000 {
      if state.withLock({ holds($0) }) { return true }
      _ = news.take(timeoutNanoseconds: 10_000_000)
      dispatcher?.wake()
    }
    return false
  }
}
