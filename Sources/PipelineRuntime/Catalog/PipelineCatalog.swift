import Foundation
import PipelineModel
import Platform
import StorageAPI

/// The durable rows of all pipelines, in the server's own store. Calls block: on the pool only.
struct PipelineCatalog: Sendable {
  private let store: any OrderedStore

  init(store: any OrderedStore) { self.store = store }

  /// Every row, ordered by id; rows that cannot be read are named in `damaged`.
  func load() throws(StorageError) -> (records: [PipelineRecord], damaged: [String]) {
    var records: [PipelineRecord] = []
    var damaged: [String] = []
    try store.scan(.base, from: KeySpace.catalog.key(), to: KeySpace.catalog.end) { key, value in
      if let record = try? JSONDecoder().decode(PipelineRecord.self, from: Data(value)) {
        records.append(record)
      } else {
        damaged.append(String(decoding: key.dropFirst(), as: UTF8.self))
      }
      return true
    }
    return (records, damaged)
  }

  /// Durable on return.
  func save(_ record: PipelineRecord) throws(StorageError) {
    let bytes: [UInt8]
    do { bytes = Array(try JSONEncoder().encode(record)) } catch {
      throw StorageError(.io, "pipeline row cannot be encoded: \(error)")
    }
    var batch = WriteBatch()
    batch.put(KeySpace.catalog.key(record.id), bytes)
    try store.write(batch, .synced)
  }

  func remove(_ id: PipelineID) throws(StorageError) {
    var batch = WriteBatch()
    batch.delete(KeySpace.catalog.key(id.description))
    try store.write(batch, .synced)
  }

  func close() { store.close() }
}
