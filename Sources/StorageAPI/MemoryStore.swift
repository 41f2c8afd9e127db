import Synchronization

/// `OrderedStore` in memory; every write is as durable as its `MemoryStoreOpener`. A class because handles
/// share it.
package final class MemoryStore: OrderedStore {
  private let contents: Mutex<MemoryContents?>
  private let closed: @Sendable (MemoryContents) -> Void

  /// An empty store of its own.
  package convenience init() { self.init(MemoryContents()) }

  /// `closed` gets the final contents once.
  package init(_ contents: MemoryContents, closed: @escaping @Sendable (MemoryContents) -> Void = { _ in }) {
    self.contents = Mutex(contents)
    self.closed = closed
  }

  package func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try snapshot().get(family, key)
  }

  package func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    let open = contents.withLock { contents in
      contents?.apply(batch)
      return contents != nil
    }
    if !open { throw MemoryStore.closedError }
  }

  package func sync() throws(StorageError) { _ = try snapshot() }

  package func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) {
    for pair in try snapshot().pairs(family, from: from, to: to) where !visit(pair.key, pair.value) { return }
  }

  package func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? {
    try snapshot().pairs(family, from: from, to: to).last.map { ($0.key, $0.value) }
  }

  package func flush(beyond bytes: UInt64) {}
  package func sizeBytes() -> UInt64 { contents.withLock { $0?.sizeBytes ?? 0 } }

  package func close() {
    let final = contents.withLock { contents in
      let final = contents
      contents = nil
      return final
    }
    if let final { closed(final) }
  }

  private func snapshot() throws(StorageError) -> MemoryContents {
    guard let current = contents.withLock({ $0 }) else { throw MemoryStore.closedError }
    return current
  }

  package static let closedError = StorageError(.closed, "store is closed")
}

/// Memory stores by directory name, which outlive a close; a directory is open at most once.
package final class MemoryStoreOpener: StoreOpener {
  /// Nil while a store of the directory is open.
  private let directories = Mutex<[String: MemoryContents?]>([:])

  package init() {}

  package func open(directory: String) throws(StorageError) -> any OrderedStore {
    let contents: MemoryContents? = directories.withLock { directories in
      let known = directories[directory]
      directories[directory] = .some(nil)
      return known ?? MemoryContents()
    }
    guard let contents else { throw StorageError(.locked, "directory is in use directory=\(directory)") }
    return MemoryStore(contents) { [weak self] final in
      self?.directories.withLock { $0[directory] = final }
    }
  }
}
