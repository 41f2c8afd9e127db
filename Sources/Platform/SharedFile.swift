import Synchronization

/// A file of a state directory, shared by all that read it: it goes with the last of them, unless it is kept.
///
/// Whoever owns the directory keeps what it has published. Reads are positioned and open the file anew, so that
/// thousands of files need no descriptors. Thread-safe; every call blocks.
package final class SharedFile: Sendable {
  private struct State {
    var isKept: Bool
    var isDurable: Bool
  }

  /// Name in its directory.
  package let name: String
  package let path: String
  private let fileSystem: any FileSystem
  private let state: Mutex<State>

  /// `isKept`: the file is there and durable. Otherwise it is to be written, and is removed with this object.
  package init(directory: String, name: String, fileSystem: any FileSystem, isKept: Bool) {
    self.name = name
    path = "\(directory)/\(name)"
    self.fileSystem = fileSystem
    state = Mutex(State(isKept: isKept, isDurable: isKept))
  }

  deinit {
    // A failed removal leaves a file that the next opening of the directory finds.
    if !state.withLock({ $0.isKept }) { try? fileSystem.remove(path) }
  }

  /// Fewer bytes only when the file ends before.
  package func read(offset: UInt64, length: Int) throws(FileError) -> [UInt8] {
    try fileSystem.readRange(path, offset: offset, length: length)
  }

  package func size() throws(FileError) -> UInt64 { try fileSystem.size(of: path) }

  package func append(_ bytes: [UInt8]) throws(FileError) { try fileSystem.append(path, bytes) }

  /// Makes the content durable; once is enough, because a file is written before it is shared.
  package func sync() throws(FileError) {
    if state.withLock({ $0.isDurable }) { return }
    try fileSystem.sync(path)
    state.withLock { $0.isDurable = true }
  }

  /// The file outlives this object.
  package func keep() { state.withLock { $0.isKept = true } }

  /// The file goes with this object, as before `keep`.
  package func letGo() { state.withLock { $0.isKept = false } }
}
