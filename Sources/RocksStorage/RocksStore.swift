import CRocksDB
import Platform
package import StorageAPI
import Synchronization

/// Opens RocksDB stores in directories.
package struct RocksStoreOpener: StoreOpener {
  package init() {}

  package func open(directory: String) throws(StorageError) -> any OrderedStore {
    do throws(FileError) {
      try PosixFileSystem().createDirectories(directory)
    } catch {
      throw StorageError(error.code == .full ? .full : .io, error.description)
    }
    do throws(StorageError) { return RocksStore(try RocksDatabase(directory: directory)) } catch {
      guard error.code == .corruption, (try? ManifestTail.mend(directory)) == true else { throw error }
      return RocksStore(try RocksDatabase(directory: directory))
    }
  }
}

/// `OrderedStore` on RocksDB; a class because handles share one database.
///
/// Every call passes the gate, so `close` returns after the calls inside and frees the database exactly once.
/// `close`
/// must not be called from a `scan` visitor.
/// `@unchecked Sendable` holds: `database` is replaced only under the gate's exclusive side and read under
/// its shared
/// side; the rest is immutable or a `Mutex`.
package final class RocksStore: OrderedStore, @unchecked Sendable {
  private let gate = CallGate()
  private var database: RocksDatabase?
  /// Text of the failure that poisoned the store.
  private let poison = Mutex<String?>(nil)
  /// One write or sync at a time, so that one which fails poisons the store before the next one begins: Debian's
  /// RocksDB has assertions on and ends the process when a log file that failed is written or synced again (seen with
  /// a full disk, and with a failing sync beside that of another thread).
  private let writing = Mutex(())

  init(_ database: RocksDatabase) { self.database = database }

  deinit { close() }

  package func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try withDatabase { (database) throws(StorageError) in try database.get(family, key) }
  }

  package func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    if batch.isEmpty {
      if case .synced = durability { try sync() }
      return
    }
    try writing.withLock { _ throws(StorageError) in
      try withDatabase { (database) throws(StorageError) in
        try poisoning { () throws(StorageError) in try database.write(batch, durability) }
      }
    }
  }

  package func sync() throws(StorageError) {
    try writing.withLock { _ throws(StorageError) in
      try withDatabase { (database) throws(StorageError) in
        try poisoning { () throws(StorageError) in try database.syncLog() }
      }
    }
  }

  package func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) {
    try withDatabase { (database) throws(StorageError) in
      try database.scan(family, from: from, to: to, visit)
    }
  }

  package func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? {
    try withDatabase { (database) throws(StorageError) in try database.last(family, from: from, to: to) }
  }

  package func flush(beyond bytes: UInt64) {
    gate.pass { open in
      if open, poison.withLock({ $0 == nil }) { database?.flushTables(beyond: bytes) }
    }
  }

  package func sizeBytes() -> UInt64 {
    gate.pass { open in open ? database?.sizeBytes() ?? 0 : 0 }
  }

  package func backUp(to directory: String) throws(StorageError) {
    try withDatabase { (database) throws(StorageError) in try database.backUp(to: directory) }
  }

  package func close() {
    gate.shut {
      if let database, poison.withLock({ $0 == nil }) {
        // A failure here loses nothing that was promised: only synced writes were.
        try? database.syncLog()
        database.flushTables()
      }
      database = nil
    }
  }

  private func withDatabase<T>(
    _ body: (RocksDatabase) throws(StorageError) -> T
  ) throws(StorageError) -> T {
    try gate.pass { (open) throws(StorageError) in
      guard open, let database else { throw StorageError(.closed, "store is closed") }
      if let text = poison.withLock({ $0 }) {
        throw StorageError(.poisoned, "an earlier write or sync failed cause=\(text)")
      }
      return try body(database)
    }
  }

  private func poisoning(_ body: () throws(StorageError) -> Void) throws(StorageError) {
    do throws(StorageError) {
      try body()
    } catch {
      poison.withLock { $0 = $0 ?? error.message }
      throw error
    }
  }
}
