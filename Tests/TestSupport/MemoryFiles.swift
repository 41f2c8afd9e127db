package import Platform
import Synchronization

/// Files in memory that count what is read and written; a read can be made to fail, and any byte changed.
package final class MemoryFiles: FileSystem {
  private struct State {
    var files: [String: [UInt8]] = [:]
    var reads = 0
    var bytesRead = 0
    var bytesWritten = 0
    var refusal: FileError.Code?
  }
  private let state = Mutex(State())

  package init() {}

  package var names: [String] { state.withLock { $0.files.keys.sorted() } }
  package var reads: Int { state.withLock { $0.reads } }
  package var bytesRead: Int { state.withLock { $0.bytesRead } }
  package var bytesWritten: Int { state.withLock { $0.bytesWritten } }

  /// Every read and write fails with this code from now on; nil: none.
  package func refuse(_ code: FileError.Code?) { state.withLock { $0.refusal = code } }

  package func change(_ path: String, _ edit: (inout [UInt8]) -> Void) {
    state.withLock { state in
      guard var bytes = state.files[path] else { return }
      edit(&bytes)
      state.files[path] = bytes
    }
  }

  private func check(_ path: String) throws(FileError) {
    if let code = state.withLock({ $0.refusal }) { throw FileError(code, path: path, "refused") }
  }

  package func createDirectories(_ path: String) throws(FileError) {}

  package func entries(of directory: String) throws(FileError) -> [String] {
    names.compactMap { $0.hasPrefix(directory + "/") ? String($0.dropFirst(directory.count + 1)) : nil }
  }

  package func exists(_ path: String) -> Bool { state.withLock { $0.files[path] != nil } }

  package func read(_ path: String) throws(FileError) -> [UInt8] {
    try check(path)
    guard let bytes = state.withLock({ $0.files[path] }) else {
      throw FileError(.notFound, path: path, "no such file")
    }
    return bytes
  }

  package func readRange(_ path: String, offset: UInt64, length: Int) throws(FileError) -> [UInt8] {
    let bytes = Array(try read(path).dropFirst(Int(clamping: offset)).prefix(length))
    state.withLock { state in
      state.reads += 1
      state.bytesRead += bytes.count
    }
    return bytes
  }

  package func writeFile(_ path: String, _ bytes: [UInt8], sync: Bool) throws(FileError) {
    try check(path)
    state.withLock { state in
      state.files[path] = bytes
      state.bytesWritten += bytes.count
    }
  }

  package func append(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    try check(path)
    state.withLock { state in
      state.files[path, default: []] += bytes
      state.bytesWritten += bytes.count
    }
  }

  package func sync(_ path: String) throws(FileError) { try check(path) }

  package func publish(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileError) {
    try writeFile(path, bytes, sync: true)
  }

  package func rename(_ from: String, to: String) throws(FileError) {
    state.withLock { $0.files[to] = $0.files.removeValue(forKey: from) }
  }

  package func remove(_ path: String) throws(FileError) {
    if state.withLock({ $0.files.removeValue(forKey: path) }) == nil {
      throw FileError(.notFound, path: path, "no such file")
    }
  }

  package func removeTree(_ path: String) throws(FileError) { try remove(path) }
  package func syncDirectory(_ path: String) throws(FileError) {}
  package func size(of path: String) throws(FileError) -> UInt64 { UInt64(try read(path).count) }
  package func freeBytes(at path: String) throws(FileError) -> UInt64 { 1 << 40 }
}
