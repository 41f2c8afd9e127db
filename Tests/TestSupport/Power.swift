package import StorageAPI
import Synchronization

/// The power of a machine: fails after a planned number of effects, and everything after that.
package final class Power: Sendable {
  private let left = Mutex<Int?>(nil)
  private let hook = Mutex<(@Sendable () -> Void)?>(nil)

  package init() {}

  /// The effect after `count` further ones fails, and all later ones; nil: none.
  package func cut(after count: Int?) { left.withLock { $0 = count } }
  package var isOut: Bool { left.withLock { $0 == 0 } }

  /// Called before each effect that may wait in a real machine: there other threads could run.
  package func onEffect(_ action: (@Sendable () -> Void)?) { hook.withLock { $0 = action } }

  /// Whether the next effect happens. `waits`: whether other threads could run before it.
  package func effect(waits: Bool = true) -> Bool {
    if waits {
      let action = hook.withLock { $0 }
      action?()
    }
    return left.withLock { left in
      guard let now = left else { return true }
      if now > 0 { left = now - 1 }
      return now > 0
    }
  }
}

/// A store that stops with the power, before a write or after it reached the disk unsynced.
package struct PoweredStore: OrderedStore {
  package let store: any OrderedStore
  package let power: Power

  package init(store: any OrderedStore, power: Power) {
    self.store = store
    self.power = power
  }

  package func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try store.get(family, key)
  }

  package func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    guard power.effect() else {
      try store.write(batch, .buffered)
      throw StorageError(.io, "power is out")
    }
    try store.write(batch, durability)
  }

  package func sync() throws(StorageError) {
    guard power.effect() else { throw StorageError(.io, "power is out") }
    try store.sync()
  }

  package func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) { try store.scan(family, from: from, to: to, visit) }

  package func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? { try store.last(family, from: from, to: to) }

  package func flush(beyond bytes: UInt64) {}
  package func sizeBytes() -> UInt64 { store.sizeBytes() }
  package func close() { store.close() }
}
