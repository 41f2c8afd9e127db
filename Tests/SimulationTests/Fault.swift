import StorageAPI

/// A machine or a part that does not keep its promise: each must be noticed.
enum Fault: Hashable, CustomStringConvertible {
  /// The disk tells that it has synced, and has not.
  case deafDisk
  /// Only synced writes are durable, `sync` does nothing.
  case deafSync
  /// Rows of one kind do not reach the disk.
  case dropping(KeySpace)
  /// Says now and then that it has delivered what it has not.
  case lyingSink
  /// Checkpoints lack what the sinks have not taken yet.
  case noPendingSection

  var description: String {
    switch self {
    case .deafDisk: "a disk that does not sync"
    case .deafSync: "a journal that is not synced"
    case .dropping(let space): "no \(space) rows"
    case .lyingSink: "a lying sink"
    case .noPendingSection: "checkpoints without undelivered deltas"
    }
  }
}

/// Leaves out the rows of one kind.
struct DroppingStore: OrderedStore {
  let store: any OrderedStore
  let space: KeySpace

  func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    var kept = batch
    kept.mutations.removeAll { mutation in
      if case .put(.base, let key, _) = mutation { return key.first == space.rawValue }
      return false
    }
    try store.write(kept, durability)
  }

  func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? { try store.get(family, key) }
  func sync() throws(StorageError) { try store.sync() }
  func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) { try store.scan(family, from: from, to: to, visit) }
  func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? { try store.last(family, from: from, to: to) }
  func sizeBytes() -> UInt64 { store.sizeBytes() }
  func flush(beyond bytes: UInt64) { store.flush(beyond: bytes) }
  func close() { store.close() }
}
