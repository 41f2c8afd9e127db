// The engines that one suite runs against, each behind its opener and with a directory that goes with the test.
import Platform
import RocksStorage
import StorageAPI
import TestSupport

enum Engine: String, CaseIterable, Sendable {
  case memory, rocks, crash, faulty
}

/// An engine's opener and a directory of its own.
final class Bench: Sendable {
  let opener: any StoreOpener
  private let directory: TemporaryDirectory

  init(_ engine: Engine) throws {
    directory = try TemporaryDirectory("store")
    switch engine {
    case .memory: opener = MemoryStoreOpener()
    case .rocks: opener = RocksStoreOpener()
    case .crash: opener = CrashDisk()
    case .faulty: opener = FaultlessOpener()
    }
  }

  var path: String { directory.path + "/store" }
  func open() throws(StorageError) -> any OrderedStore { try opener.open(directory: path) }
}

/// FaultyStore without a planned fault must change nothing.
private struct FaultlessOpener: StoreOpener {
  let below = MemoryStoreOpener()

  func open(directory: String) throws(StorageError) -> any OrderedStore {
    FaultyStore(try below.open(directory: directory))
  }
}

extension OrderedStore {
  /// Keys and values of a range, for comparisons.
  func pairs(_ family: StoreFamily = .base, from: [UInt8] = [], to: [UInt8]? = nil) throws(StorageError)
    -> [[[UInt8]]]
  {
    var out: [[[UInt8]]] = []
    try scan(family, from: from, to: to) { key, value in
      out.append([key, value])
      return true
    }
    return out
  }

  func put(
    _ key: [UInt8], _ value: [UInt8], _ family: StoreFamily = .base, _ durability: Durability = .buffered
  ) throws {
    var batch = WriteBatch()
    batch.put(family, key, value)
    try write(batch, durability)
  }
}

/// The code that `body` throws; nil when it does not.
func code(_ body: () throws(StorageError) -> Void) -> StorageError.Code? {
  do throws(StorageError) {
    try body()
    return nil
  } catch { return error.code }
}

/// A batch of one put into the base family.
func single(_ key: [UInt8], _ value: [UInt8]) -> WriteBatch {
  var batch = WriteBatch()
  batch.put(key, value)
  return batch
}
