import CRocksDB
import StorageAPI

/// Owner of one C write batch.
@safe private struct RocksWriteBatch: ~Copyable {
  let handle: OpaquePointer

  init() { unsafe handle = rocksdb_writebatch_create() }

  deinit { unsafe rocksdb_writebatch_destroy(handle) }
}

extension RocksDatabase {
  func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    let native = RocksWriteBatch()
    for mutation in batch.mutations { append(mutation, to: native) }
    let batchHandle = unsafe native.handle
    let synced = if case .synced = durability { true } else { false }
    let options = unsafe synced ? syncedWrite : bufferedWrite
    unsafe try RocksStatus.check { error in unsafe rocksdb_write(handle, options, batchHandle, error) }
    // Only durable deletions may drop files: a lost one must leave its keys readable.
    if synced { try dropFiles(of: batch) }
  }

  /// Makes the write-ahead log durable up to here.
  func syncLog() throws(StorageError) {
    unsafe try RocksStatus.check { error in unsafe rocksdb_flush_wal(handle, 1, error) }
  }

  /// The C batch copies keys and values during each call.
  private func append(_ mutation: StoreMutation, to batch: borrowing RocksWriteBatch) {
    let batch = unsafe batch.handle
    switch mutation {
    case .put(let family, let key, let value):
      unsafe RocksDatabase.withBytes(key, value) { key, keyCount, value, valueCount in
        unsafe rocksdb_writebatch_put_cf(batch, self.family(family), key, keyCount, value, valueCount)
      }
    case .delete(let family, let key):
      unsafe RocksDatabase.withBytes(key, []) { key, keyCount, _, _ in
        unsafe rocksdb_writebatch_delete_cf(batch, self.family(family), key, keyCount)
      }
    case .deleteRange(let family, let from, let to):
      // RocksDB refuses a reversed range; for us it is empty.
      guard from.lexicographicallyPrecedes(to) else { return }
      unsafe RocksDatabase.withBytes(from, to) { from, fromCount, to, toCount in
        unsafe rocksdb_writebatch_delete_range_cf(batch, self.family(family), from, fromCount, to, toCount)
      }
    }
  }

  /// Gives the space of trimmed log ranges back at once, instead of at some compaction.
  private func dropFiles(of batch: WriteBatch) throws(StorageError) {
    for mutation in batch.mutations {
      guard case .deleteRange(.log, let from, let to) = mutation, from.lexicographicallyPrecedes(to) else {
        continue
      }
      let limit = RocksDatabase.keyBelow(to)
      guard from.lexicographicallyPrecedes(limit) else { continue }
      unsafe try RocksStatus.check { error in
        unsafe RocksDatabase.withBytes(from, limit) { from, fromCount, limit, limitCount in
          unsafe rocksdb_delete_file_in_range_cf(
            handle, self.family(.log), from, fromCount, limit, limitCount, error)
        }
      }
    }
  }

  /// Some key below `key`, near it: the C call drops files up to and with its limit, our ranges end before
  /// it.
  package static func keyBelow(_ key: [UInt8]) -> [UInt8] {
    var below = key
    guard let last = below.popLast() else { return [] }
    if last > 0 { below.append(last - 1) }
    return below
  }

  /// Pointers for one call; an empty array may give nil, which the C API takes with length 0.
  static func withBytes<T>(
    _ first: [UInt8], _ second: [UInt8],
    _ body: (UnsafePointer<CChar>?, Int, UnsafePointer<CChar>?, Int) -> T
  ) -> T {
    unsafe first.withUnsafeBytes { first in
      unsafe second.withUnsafeBytes { second in
        unsafe body(
          first.baseAddress?.assumingMemoryBound(to: CChar.self), first.count,
          second.baseAddress?.assumingMemoryBound(to: CChar.self), second.count)
      }
    }
  }
}
