import Dataflow
import Foundation
import Platform
import Synchronization

/// Where the state of programs with little memory goes: one directory for the process.
enum StateFiles {
  private static let directory =
    FileManager.default.temporaryDirectory.path + "/circuit-driver-\(ProcessInfo.processInfo.processIdentifier)"
  private static let names = Atomic(0)

  /// A few bytes of memory evict after each step, a few thousand now and then.
  static func storage(memory: Int) throws -> TraceStorage {
    try? FileManager.default.removeItem(atPath: directory)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var settings = TraceStorage.Settings()
    settings.memoryBytes = memory
    settings.cacheBytes = memory / 4
    settings.spilledBatchBytesMin = 1
    settings.blockBytes = 256
    settings.inlineMergeRowsMax = 8
    return TraceStorage(directory: directory, fileSystem: PosixFileSystem(), settings: settings) {
      "run-\(names.add(1, ordering: .relaxed).newValue).state"
    }
  }

  static func remove() { try? FileManager.default.removeItem(atPath: directory) }
}
