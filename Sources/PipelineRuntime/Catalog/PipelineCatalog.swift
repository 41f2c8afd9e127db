import Foundation
import PipelineModel
import Platform
import StorageAPI
import Synchronization

/// The durable rows of all pipelines, in the server's own store. Calls block: on the pool only.
///
/// A class because a store that was poisoned by a failed write is reopened in place.
final class PipelineCatalog: Sendable {
  private let opener: any StoreOpener
  private let directory: String
  private let current: Mutex<any OrderedStore>

  init(opener: any StoreOpener, directory: String) throws(StorageError) {
    self.opener = opener
    self.directory = directory
    current = Mutex(try opener.open(directory: directory))
  }

  private var store: any OrderedStore { current.withLock { $0 } }

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
    try write(batch)
  }

  func remove(_ id: PipelineID) throws(StorageError) {
    var batch = WriteBatch()
    batch.delete(KeySpace.catalog.key(id.description))
    try write(batch)
  }

  /// Durable on return. A store that an earlier failure has poisoned is closed and opened again, once a call.
  private func write(_ batch: WriteBatch) throws(StorageError) {
    do throws(StorageError) { try store.write(batch, .synced) } catch {
      guard error.code == .poisoned else { throw error }
      store.close()
      let reopened = try opener.open(directory: directory)
      current.withLock { $0 = reopened }
      try reopened.write(batch, .synced)
    }
  }

  func backUp(to directory: String) throws(StorageError) { try store.backUp(to: directory) }

  func close() { store.close() }
}
