import CRocksDB
import StorageAPI

/// Owner of one open database and its two column families.
///
/// Destruction order, in `deinit`: read and write options, column family handles, database, options. A family
/// handle
/// that outlives the close aborts the process in Debian's build (assertions are on).
/// `@unchecked Sendable` holds: all pointers are set once, and RocksDB's own calls on a database, its
/// families and
/// constant options are thread-safe by its documentation.
@safe package final class RocksDatabase: @unchecked Sendable {
  let handle: OpaquePointer
  let syncedWrite: OpaquePointer
  let bufferedWrite: OpaquePointer
  let pointRead: OpaquePointer
  private let baseFamily: OpaquePointer
  private let logFamily: OpaquePointer
  private let options: RocksOptions

  init(directory: String) throws(StorageError) {
    let options = RocksOptions()
    let opened = try RocksDatabase.open(directory, options)
    unsafe handle = opened.database
    unsafe baseFamily = opened.base
    unsafe logFamily = opened.log
    self.options = options
    unsafe syncedWrite = rocksdb_writeoptions_create()
    unsafe rocksdb_writeoptions_set_sync(syncedWrite, 1)
    unsafe bufferedWrite = rocksdb_writeoptions_create()
    unsafe pointRead = rocksdb_readoptions_create()
  }

  deinit {
    unsafe rocksdb_readoptions_destroy(pointRead)
    unsafe rocksdb_writeoptions_destroy(bufferedWrite)
    unsafe rocksdb_writeoptions_destroy(syncedWrite)
    unsafe rocksdb_column_family_handle_destroy(logFamily)
    unsafe rocksdb_column_family_handle_destroy(baseFamily)
    unsafe rocksdb_close(handle)
  }

  func family(_ family: StoreFamily) -> OpaquePointer {
    switch family {
    case .base: unsafe baseFamily
    case .log: unsafe logFamily
    }
  }

  /// Writes the memory tables to files, so that the next open replays nothing. Durability does not depend on
  /// it.
  func flushTables(beyond bytes: UInt64 = 0) {
    let flush: OpaquePointer = unsafe rocksdb_flushoptions_create()
    unsafe rocksdb_flushoptions_set_wait(flush, 1)
    for family in StoreFamily.allCases where memoryBytes(of: family) > bytes || bytes == 0 {
      _ = try? unsafe RocksStatus.check { error in
        unsafe rocksdb_flush_cf(handle, flush, self.family(family), error)
      }
    }
    unsafe rocksdb_flushoptions_destroy(flush)
  }

  @safe private struct Opened {
    let database: OpaquePointer
    let base: OpaquePointer
    let log: OpaquePointer
  }

  private static func open(_ directory: String, _ options: borrowing RocksOptions) throws(StorageError)
    -> Opened
  {
    let familyOptions: [OpaquePointer?] = unsafe [options.base, options.log]
    let databaseOptions = unsafe options.database
    var handles: [OpaquePointer?] = unsafe [nil, nil]
    // The library reads names and options and writes two handles during the call; the arrays outlive it.
    let database: OpaquePointer? = unsafe try RocksStatus.check { error in
      unsafe "default".withCString { base in
        unsafe "log".withCString { log in
          let names: [UnsafePointer<CChar>?] = unsafe [base, log]
          return unsafe rocksdb_open_column_families(
            databaseOptions, directory, 2, names, familyOptions, &handles, error)
        }
      }
    }
    guard let database = unsafe database, let base = unsafe handles[0], let log = unsafe handles[1] else {
      throw StorageError(.io, "open returned no handle directory=\(directory)")
    }
    return unsafe Opened(database: database, base: base, log: log)
  }
}
