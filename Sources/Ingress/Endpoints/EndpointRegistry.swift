package import DataModel
package import Formats
package import InputLog
package import PipelineModel
import Platform
package import StorageAPI
import Synchronization

/// Every endpoint of a log: who it is, and its counters. Thread-safe; after `init` no call blocks.
///
/// Ids are durable: an endpoint's row is in the same write as its first records. Ids of endpoints that never
/// wrote occur nowhere, so a later life may give them again.
package final class EndpointRegistry: Sendable {
  private struct State {
    var byID: [EndpointID: Endpoint] = [:]
    var byName: [String: Endpoint] = [:]
    var next: UInt32 = 1

    mutating func add(_ endpoint: Endpoint) {
      byID[endpoint.id] = endpoint
      byName[endpoint.name] = endpoint
      next = max(next, endpoint.id.rawValue &+ 1)
    }
  }

  private let state: Mutex<State>
  let rejectedRows: RejectedRowStore

  /// Reads the endpoint rows and sizes up the rejected rows. Blocks. Errors: `storage`.
  package init(
    store: any OrderedStore, rejectedBytesMax: Int = Limits.deadLetterBytes
  ) throws(IngressError) {
    rejectedRows = try RejectedRowStore(store: store, bytesMax: rejectedBytesMax)
    var loaded = State()
    var damaged: [UInt8]?
    do throws(StorageError) {
      try store.scan(.base, from: KeySpace.endpoint.key(), to: KeySpace.endpoint.end) { key, value in
        guard let id = EndpointRow.id(key), let row = try? EndpointRow(value) else {
          damaged = key
          return false
        }
        loaded.add(Endpoint(id, stored: row))
        return true
      }
    } catch { throw IngressError(.storage, error.description) }
    if let damaged { throw IngressError(.storage, "endpoint row is damaged key=\(damaged)") }
    state = Mutex(loaded)
  }

  /// `{table}.api-ingress-{16 hex digits of the format}`: the same endpoint for the same table and format,
  /// for ever.
  package func http(table: SQLIdentifier, format: InputFormat) -> Endpoint {
    named(EndpointRegistry.httpName(table: table, format: format), table: table, isHTTP: true)
  }

  static func httpName(table: SQLIdentifier, format: InputFormat) -> String {
    "\(table.canonical).api-ingress-\(EndpointRegistry.hex(of: format.description))"
  }

  /// `{table}.{connector}`. A connector that was not asked for in this life is not listed.
  package func connector(table: SQLIdentifier, name: String) -> Endpoint {
    named("\(table.canonical).\(name)", table: table, isHTTP: false)
  }

  package func endpoint(_ id: EndpointID) -> Endpoint? { state.withLock { $0.byID[id] } }

  /// Sorted by name.
  package func all() -> [EndpointReading] {
    let endpoints = state.withLock { Array($0.byID.values) }
    return endpoints.filter(\.isInUse).map(\.reading).sorted { $0.name < $1.name }
  }

  /// A step took these records of the endpoint; also for replayed steps.
  package func processed(_ id: EndpointID, records: UInt64, inputBytes: UInt64) {
    endpoint(id)?.update { $0.process(records: records, bytes: inputBytes) }
  }

  /// The newest rejected rows' descriptions, at most `limit`, oldest first. Blocks. Errors: `storage`.
  package func rejectedRows(limit: Int) throws(IngressError) -> [RejectedRow] {
    try rejectedRows.read(limit: limit)
  }

  /// Dead letters that match, behind `after`, oldest first. Blocks. Errors: `storage`.
  package func deadLetters(
    _ filter: DeadLetterFilter, after: DeadLetterID? = nil, limit: Int
  ) throws(IngressError) -> [DeadLetter] {
    try rejectedRows.letters(filter, after: after, limit: limit)
  }

  /// The rows that keep a record which no step could take. Its table's schema is nil when the program has none.
  package func letter(of failed: FailedRecord, _ schema: Schema?) -> WriteBatch {
    var batch = WriteBatch()
    let bytes = schema.map { ChangeJSON.text(failed.change, $0) } ?? []
    rejectedRows.add(failed: RejectedRow(failed, bytes: bytes), at: failed.offset, to: &batch)
    return batch
  }

  /// Rows for the write of a request; nil when nothing is to be written beside its records.
  package func extra(
    _ endpoint: Endpoint, _ rejected: RejectedRecords, place: RejectedPlace? = nil
  ) -> LogExtra? {
    if rejected.count == 0, endpoint.isStored { return nil }
    return { [rejectedRows] range in
      var batch = WriteBatch()
      endpoint.commit(rejected, to: &batch)
      let first = rejectedRows.add(rejected.rows, at: range.first, to: &batch)
      place?.set(first)
      return batch
    }
  }

  private func named(_ name: String, table: SQLIdentifier, isHTTP: Bool) -> Endpoint {
    state.withLock { state in
      if let known = state.byName[name], known.isHTTP == isHTTP {
        known.use()
        return known
      }
      precondition(state.next > 0, "four billion endpoints in one log")
      let endpoint = Endpoint(EndpointID(state.next), name: name, table: table.canonical, isHTTP: isHTTP)
      state.add(endpoint)
      return endpoint
    }
  }

  /// FNV-1a in 16 digits: stable over versions and machines, which `Hashable` is not.
  private static func hex(of text: String) -> String {
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

// MARK: Checkpoints

package extension EndpointRegistry {
  /// Processed counts, errors and ends of input of every stored endpoint, for a checkpoint: taken between two
  /// steps.
  func snapshot() -> [UInt8] {
    let endpoints = state.withLock { Array($0.byID.values) }.filter(\.isStored).sorted { $0.id < $1.id }
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(UInt32(endpoints.count))
    for endpoint in endpoints {
      writer.write(endpoint.id.rawValue)
      endpoint.counters.append(to: &writer)
    }
    return writer.bytes
  }

  /// Takes over a checkpoint's counts, before the first step and the first request. Errors: `storage` when
  /// the bytes are no snapshot.
  func restore(_ bytes: [UInt8]) throws(IngressError) {
    do throws(ByteReaderError) {
      var reader = ByteReader(bytes)
      guard try reader.readUInt8() == 1 else { throw .tooLong }
      for _ in 0..<(try reader.readUInt32()) {
        let id = EndpointID(try reader.readUInt32())
        let counters = try EndpointCounters(from: &reader)
        endpoint(id)?.update { $0.restore(counters) }
      }
      try reader.finish()
    } catch { throw IngressError(.storage, "endpoint section of the checkpoint is damaged: \(error)") }
  }
}
