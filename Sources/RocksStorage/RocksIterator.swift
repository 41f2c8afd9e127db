import CRocksDB
import StorageAPI

/// Owner of one iterator over [from, to) of a family, its options and its bounds.
///
/// RocksDB keeps pointers to the bounds, so they are allocated here and freed after the iterator.
@safe struct RocksIterator: ~Copyable {
  private let iterator: OpaquePointer
  private let options: OpaquePointer
  private let lower: UnsafeMutableBufferPointer<CChar>
  private let upper: UnsafeMutableBufferPointer<CChar>?
  /// A reversed range: RocksDB asserts on it, for us it is empty.
  private let isEmptyRange: Bool

  init(_ database: RocksDatabase, _ family: StoreFamily, from: [UInt8], to: [UInt8]?) {
    isEmptyRange = to.map { !from.lexicographicallyPrecedes($0) } ?? false
    unsafe options = rocksdb_readoptions_create()
    unsafe lower = RocksIterator.allocate(from)
    unsafe rocksdb_readoptions_set_iterate_lower_bound(options, lower.baseAddress, lower.count)
    if let to, !isEmptyRange {
      let bound = unsafe RocksIterator.allocate(to)
      unsafe rocksdb_readoptions_set_iterate_upper_bound(options, bound.baseAddress, bound.count)
      unsafe upper = bound
    } else {
      unsafe upper = nil
    }
    unsafe rocksdb_readoptions_set_pin_data(options, 1)
    // The log is read once in order: it must not push index rows out of the cache.
    unsafe rocksdb_readoptions_set_fill_cache(options, family == .log ? 0 : 1)
    unsafe iterator = rocksdb_create_iterator_cf(database.handle, options, database.family(family))
  }

  deinit {
    unsafe rocksdb_iter_destroy(iterator)
    unsafe rocksdb_readoptions_destroy(options)
    unsafe lower.deallocate()
    unsafe upper?.deallocate()
  }

  func seekToFirst() { unsafe rocksdb_iter_seek_to_first(iterator) }
  func seekToLast() { unsafe rocksdb_iter_seek_to_last(iterator) }
  func next() { unsafe rocksdb_iter_next(iterator) }

  /// Copies of the current pair; nil at the end and on errors.
  var pair: (key: [UInt8], value: [UInt8])? {
    guard !isEmptyRange, unsafe rocksdb_iter_valid(iterator) != 0 else { return nil }
    var keyCount = 0
    var valueCount = 0
    let key = unsafe rocksdb_iter_key(iterator, &keyCount)
    let value = unsafe rocksdb_iter_value(iterator, &valueCount)
    return unsafe (RocksDatabase.copy(key, keyCount), RocksDatabase.copy(value, valueCount))
  }

  /// Throws the error that ended the iteration, if one did.
  func check() throws(StorageError) {
    unsafe try RocksStatus.check { error in unsafe rocksdb_iter_get_error(iterator, error) }
  }

  private static func allocate(_ bytes: [UInt8]) -> UnsafeMutableBufferPointer<CChar> {
    let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(1, bytes.count))
    for (index, byte) in bytes.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
    return unsafe UnsafeMutableBufferPointer(rebasing: buffer[..<bytes.count])
  }
}
