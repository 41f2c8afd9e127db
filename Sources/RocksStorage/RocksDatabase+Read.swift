import CRocksDB
import StorageAPI

extension RocksDatabase {
  func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    // A pinned slice is copied once, out of the block cache or memory table, and released.
    let slice: OpaquePointer? = unsafe try RocksStatus.check { error in
      unsafe RocksDatabase.withBytes(key, []) { key, count, _, _ in
        unsafe rocksdb_get_pinned_cf(handle, pointRead, self.family(family), key, count, error)
      }
    }
    guard let slice = unsafe slice else { return nil }
    defer { unsafe rocksdb_pinnableslice_destroy(slice) }
    var count = 0
    let bytes = unsafe rocksdb_pinnableslice_value(slice, &count)
    return unsafe RocksDatabase.copy(bytes, count)
  }

  func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) {
    let iterator = RocksIterator(self, family, from: from, to: to)
    iterator.seekToFirst()
    while let pair = iterator.pair {
      if !visit(pair.key, pair.value) { return }
      iterator.next()
    }
    try iterator.check()
  }

  func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? {
    let iterator = RocksIterator(self, family, from: from, to: to)
    iterator.seekToLast()
    let pair = iterator.pair
    try iterator.check()
    return pair
  }

  func sizeBytes() -> UInt64 {
    var total: UInt64 = 0
    for family in StoreFamily.allCases {
      for property in ["rocksdb.total-sst-files-size", "rocksdb.cur-size-all-mem-tables"] {
        var value: UInt64 = 0
        if unsafe rocksdb_property_int_cf(handle, self.family(family), property, &value) == 0 {
          total += value
        }
      }
    }
    return total
  }

  /// Bytes of the memory table that is being filled, its fixed first block included.
  func memoryBytes(of family: StoreFamily) -> UInt64 {
    var value: UInt64 = 0
    let property = "rocksdb.cur-size-active-mem-table"
    return unsafe rocksdb_property_int_cf(handle, self.family(family), property, &value) == 0 ? value : 0
  }

  static func copy(_ start: UnsafePointer<CChar>?, _ count: Int) -> [UInt8] {
    // RocksDB vouches for `count` bytes at `start` until its iterator moves or its slice is destroyed.
    unsafe Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }
}
