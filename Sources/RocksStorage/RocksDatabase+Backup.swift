import CRocksDB
import StorageAPI

extension RocksDatabase {
  /// Hard links of all tables where the file system has them. The memory tables are written to files first, so that no
  /// log is copied while it grows.
  func backUp(to directory: String) throws(StorageError) {
    let made: OpaquePointer? = unsafe try RocksStatus.check { error in
      unsafe rocksdb_checkpoint_object_create(handle, error)
    }
    guard let checkpoint = unsafe made else { throw StorageError(.io, "no memory for a backup") }
    defer { unsafe rocksdb_checkpoint_object_destroy(checkpoint) }
    unsafe try RocksStatus.check { error in
      unsafe directory.withCString { path in unsafe rocksdb_checkpoint_create(checkpoint, path, 0, error) }
    }
  }
}
