package import PipelineModel
import StorageAPI
import Synchronization

/// A door through which records enter one table. A class because requests, feeds and statistics share its
/// counters.
package final class Endpoint: Sendable {
  private struct State {
    var counters = EndpointCounters()
    /// Its row is in the store, or in a write ahead of any later one.
    var isStored: Bool
    /// It exists in this life; connectors of earlier programs do not.
    var isInUse: Bool
  }

  package let id: EndpointID
  package let name: String
  /// Canonical name.
  package let table: String
  package let isHTTP: Bool
  private let state: Mutex<State>

  init(_ id: EndpointID, name: String, table: String, isHTTP: Bool) {
    self.id = id
    self.name = name
    self.table = table
    self.isHTTP = isHTTP
    state = Mutex(State(isStored: false, isInUse: true))
  }

  init(_ id: EndpointID, stored row: EndpointRow) {
    self.id = id
    name = row.name
    table = row.table
    isHTTP = row.isHTTP
    var counters = EndpointCounters()
    counters.reject(count: row.parseErrors, recent: [])
    state = Mutex(State(counters: counters, isStored: true, isInUse: row.isHTTP))
  }

  var isStored: Bool { state.withLock { $0.isStored } }
  var isInUse: Bool { state.withLock { $0.isInUse } }
  var counters: EndpointCounters { state.withLock { $0.counters } }

  func use() { state.withLock { $0.isInUse = true } }

  func update(_ change: (inout EndpointCounters) -> Void) { state.withLock { change(&$0.counters) } }

  /// Counts the rejected records of a request, on the commit thread, and puts the endpoint's row where it is
  /// new or changed.
  func commit(_ rejected: RejectedRecords, to batch: inout WriteBatch) {
    let errors: UInt64? = state.withLock { state in
      guard !state.isStored || rejected.count > 0 else { return nil }
      state.isStored = true
      state.counters.reject(count: rejected.count, recent: rejected.recent)
      return state.counters.parseErrors
    }
    guard let errors else { return }
    batch.put(
      EndpointRow.key(id), EndpointRow(name: name, table: table, isHTTP: isHTTP, parseErrors: errors).value)
  }

  var reading: EndpointReading {
    let counters = counters
    return EndpointReading(
      id: id, name: name, table: table, isHTTP: isHTTP, totalRecords: counters.acceptedRecords,
      totalBytes: counters.acceptedBytes,
      bufferedRecords: counters.acceptedRecords - counters.processedRecords,
      bufferedBytes: counters.acceptedBytes - counters.processedBytes,
      transportErrors: counters.transportErrors, parseErrors: counters.parseErrors,
      endOfInput: counters.endOfInput, fatalError: counters.fatalError, recentErrors: counters.recentErrors)
  }
}
