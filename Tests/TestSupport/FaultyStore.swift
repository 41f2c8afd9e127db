package import StorageAPI
import Synchronization

/// Passes calls on until a planned failure; from then on every call throws `poisoned`, as the contract says.
///
/// A failing write applies nothing. `close` always reaches the store below.
package final class FaultyStore: OrderedStore {
  private struct Plan {
    var writesUntilFailure: Int?
    var syncsUntilFailure: Int?
    var code = StorageError.Code.io
    var poisoned = false
  }

  private let store: any OrderedStore
  private let plan = Mutex(Plan())

  package init(_ store: any OrderedStore) { self.store = store }

  /// The write after `count` further ones fails with `code`. A synced write counts as a write only.
  package func failWrite(after count: Int = 0, _ code: StorageError.Code = .io) {
    plan.withLock {
      $0.writesUntilFailure = count
      $0.code = code
    }
  }

  /// The `sync()` after `count` further ones fails with `code`.
  package func failSync(after count: Int = 0, _ code: StorageError.Code = .io) {
    plan.withLock {
      $0.syncsUntilFailure = count
      $0.code = code
    }
  }

  package func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try check()
    return try store.get(family, key)
  }

  package func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    try check(counting: \.writesUntilFailure)
    try store.write(batch, durability)
  }

  package func sync() throws(StorageError) {
    try check(counting: \.syncsUntilFailure)
    try store.sync()
  }

  package func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) {
    try check()
    try store.scan(family, from: from, to: to, visit)
  }

  package func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? {
    try check()
    return try store.last(family, from: from, to: to)
  }

  package func flush(beyond bytes: UInt64) { store.flush(beyond: bytes) }
  package func sizeBytes() -> UInt64 { store.sizeBytes() }
  package func close() { store.close() }

  private func check(counting counter: WritableKeyPath<Plan, Int?>? = nil) throws(StorageError) {
    let failure: StorageError? = plan.withLock { plan in
      if plan.poisoned { return StorageError(.poisoned, "an earlier write or sync failed") }
      guard let counter, let left = plan[keyPath: counter] else { return nil }
      plan[keyPath: counter] = left - 1
      if left > 0 { return nil }
      plan.poisoned = true
      return StorageError(plan.code, "planned failure")
    }
    if let failure { throw failure }
  }
}
