package import StorageAPI
import Synchronization

/// A simulated disk: its stores lose unsynced batches on `crash`, as a power cut would.
///
/// One directory per disk; the name given to `open` is ignored. Thread-safe.
package final class CrashDisk: StoreOpener {
  struct State {
    /// What a crash certainly leaves.
    var durable = MemoryContents()
    /// Batches written after the last sync, in order.
    var tail: [WriteBatch] = []
    /// All that the running process sees.
    var current = MemoryContents()
    /// Number of the handle that is open; nil: none.
    var openHandle: Int?
    var handles = 0
  }

  let state = Mutex(State())

  fileprivate let syncs: Syncs

  /// What a disk does when it is told to sync.
  package enum Syncs: Sendable {
    case all
    /// A `sync` does nothing; synced writes are durable.
    case writesOnly
    /// It lies.
    case none
  }

  package init(_ syncs: Syncs = .all) { self.syncs = syncs }

  /// What a power cut now would leave at least.
  package var durableContents: MemoryContents { state.withLock { $0.durable } }

  /// What the process sees now.
  package var contents: MemoryContents { state.withLock { $0.current } }

  /// Batches that a crash now could lose.
  package var unsyncedCount: Int { state.withLock { $0.tail.count } }

  /// Power cut: the open store ends, and the first `kept` unsynced batches survive besides all synced ones.
  package func crash(keepingUnsynced kept: Int = 0) {
    state.withLock { state in
      for batch in state.tail.prefix(max(0, kept)) { state.durable.apply(batch) }
      state.tail = []
      state.current = state.durable
      state.openHandle = nil
    }
  }

  package func open(directory: String) throws(StorageError) -> any OrderedStore {
    let number: Int? = state.withLock { state in
      guard state.openHandle == nil else { return nil }
      state.handles += 1
      state.openHandle = state.handles
      return state.handles
    }
    guard let number else { throw StorageError(.locked, "disk is in use directory=\(directory)") }
    return CrashStore(disk: self, number: number)
  }
}

/// A store on a `CrashDisk`; after a crash or a close every call throws `closed`.
package final class CrashStore: OrderedStore {
  private let disk: CrashDisk
  private let number: Int

  init(disk: CrashDisk, number: Int) {
    self.disk = disk
    self.number = number
  }

  package func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try withOpen { $0.current.get(family, key) }
  }

  package func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    try withOpen { state in
      state.current.apply(batch)
      state.tail.append(batch)
      if case .synced = durability, disk.syncs != .none { CrashStore.sync(&state) }
    }
  }

  package func sync() throws(StorageError) {
    try withOpen { if disk.syncs == .all { CrashStore.sync(&$0) } }
  }

  package func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) {
    let contents = try withOpen { $0.current }
    for pair in contents.pairs(family, from: from, to: to) where !visit(pair.key, pair.value) { return }
  }

  package func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? {
    try withOpen { $0.current.pairs(family, from: from, to: to).last.map { ($0.key, $0.value) } }
  }

  package func flush(beyond bytes: UInt64) {}
  package func sizeBytes() -> UInt64 { (try? withOpen { $0.current.sizeBytes }) ?? 0 }

  package func close() {
    try? withOpen { state in
      CrashStore.sync(&state)
      state.openHandle = nil
    }
  }

  private static func sync(_ state: inout CrashDisk.State) {
    for batch in state.tail { state.durable.apply(batch) }
    state.tail = []
  }

  private func withOpen<T: Sendable>(_ body: (inout CrashDisk.State) -> T) throws(StorageError) -> T {
    let result: T? = disk.state.withLock { $0.openHandle == number ? body(&$0) : nil }
    guard let result else { throw MemoryStore.closedError }
    return result
  }
}
