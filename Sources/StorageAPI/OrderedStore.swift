/// The two key families of a pipeline's store: `log` holds groups of records, `base` all else under
/// documented prefixes.
package enum StoreFamily: UInt8, Sendable, CaseIterable {
  case base = 0
  case log = 1
}

/// One put or delete.
package enum StoreMutation: Sendable {
  case put(StoreFamily, key: [UInt8], value: [UInt8])
  case delete(StoreFamily, key: [UInt8])
  /// Deletes the keys in [from, to).
  case deleteRange(StoreFamily, from: [UInt8], to: [UInt8])
}

/// Mutations applied all or nothing, in order.
package struct WriteBatch: Sendable {
  package var mutations: [StoreMutation] = []

  package init() {}

  package var isEmpty: Bool { mutations.isEmpty }

  package mutating func put(_ family: StoreFamily, _ key: [UInt8], _ value: [UInt8]) {
    mutations.append(.put(family, key: key, value: value))
  }

  /// Into the base family.
  package mutating func put(_ key: [UInt8], _ value: [UInt8]) { put(.base, key, value) }

  package mutating func delete(_ family: StoreFamily, _ key: [UInt8]) {
    mutations.append(.delete(family, key: key))
  }

  /// From the base family.
  package mutating func delete(_ key: [UInt8]) { delete(.base, key) }

  package mutating func deleteRange(_ family: StoreFamily = .base, from: [UInt8], to: [UInt8]) {
    mutations.append(.deleteRange(family, from: from, to: to))
  }
}

/// Whether a write is durable on return.
package enum Durability: Sendable {
  /// On the disk before the call returns.
  case synced
  /// Ordered before every later write and made durable by the next synced one.
  case buffered
}

/// An ordered key-value store of bytes; keys compare as unsigned bytes. Every call may block: never on an
/// event loop
/// or the cooperative pool. Thread-safe.
///
/// After a crash the store holds a prefix of the written batches that includes at least all up to the last
/// synced one.
/// A failed write or sync poisons the store: every later call throws `poisoned` until it is reopened.
package protocol OrderedStore: Sendable {
  func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]?
  func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError)
  /// Makes every earlier write durable.
  func sync() throws(StorageError)
  /// Calls `visit` with copies of the pairs in [from, to) in order (`to` nil: to the end) until it returns
  /// false.
  func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError)
  /// The last pair with a key in [from, to), nil without one.
  func last(_ family: StoreFamily, from: [UInt8], to: [UInt8]?) throws(StorageError) -> (
    key: [UInt8], value: [UInt8]
  )?
  /// Bytes on disk, roughly.
  func sizeBytes() -> UInt64
  /// Moves what a family holds only in memory and its recovery log to files when that is more than `bytes`.
  /// Neither contents nor durability depend on it, so a failure is told by the next write.
  func flush(beyond bytes: UInt64)
  /// Writes a store of its own into a directory that does not exist; shares files where that is possible. It holds at
  /// least what was written before the call, and no half of a batch.
  func backUp(to directory: String) throws(StorageError)
  /// Flushes and closes; later calls throw `closed`. Idempotent.
  func close()
}

package extension OrderedStore {
  /// An engine without files.
  func backUp(to directory: String) throws(StorageError) {
    throw StorageError(.io, "this store cannot be backed up")
  }
}

/// Opens stores in directories; the engine is picked by the program.
package protocol StoreOpener: Sendable {
  /// Creates the directory if it is missing. Errors: `locked` when another process or handle has it,
  /// `corruption`.
  func open(directory: String) throws(StorageError) -> any OrderedStore
}

/// What a caller can act on.
package struct StorageError: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable { case corruption, full, locked, closed, poisoned, io }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "storage \(code.rawValue): \(message)" }
}
