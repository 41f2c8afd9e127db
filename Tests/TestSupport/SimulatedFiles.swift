package import Platform
import Synchronization

/// Files of one directory in memory, with the durability of a real one: content and names survive a power cut only
/// when they were synced.
package final class SimulatedFiles: FileSystem {
  private struct File {
    var bytes: [UInt8]
    var durable: [UInt8]?
  }
  private struct State {
    var files: [Int: File] = [:]
    var next = 0
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var written = 0
    var removed: [String] = []
    var writesUntilFull: Int?
    var removalsFail = false
  }

  package let power: Power
  private let state = Mutex(State())

  package init(power: Power) { self.power = power }

  package var bytesWritten: Int { state.withLock { $0.written } }
  package var removed: [String] { state.withLock { $0.removed } }
  package var names: [String] { state.withLock { $0.names.keys.sorted() } }

  /// The next write stops half way, the disk being full.
  package func fillUp() { state.withLock { $0.writesUntilFull = 0 } }
  package func refuseRemovals(_ refuse: Bool) { state.withLock { $0.removalsFail = refuse } }

  /// Power cut. With `namesSurvive` the kernel had written the directory by itself: unsynced files are there, torn.
  package func crash(namesSurvive: Bool) {
    state.withLock { state in
      if !namesSurvive { state.names = state.durableNames }
      for (number, file) in state.files {
        let left = file.durable ?? Array(file.bytes.prefix(file.bytes.count / 2))
        state.files[number] = File(bytes: left, durable: left)
      }
      state.durableNames = state.names
    }
  }

  package func flip(_ path: String, bit: Int) {
    state.withLock { state in
      guard let number = state.names[path] else { return }
      state.files[number]?.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }

  package func cut(_ path: String, to length: Int) {
    state.withLock { state in
      guard let number = state.names[path], let bytes = state.files[number]?.bytes else { return }
      state.files[number]?.bytes = Array(bytes.prefix(length))
    }
  }

  private func act(_ path: String, waits: Bool = true) throws(FileError) {
    guard power.effect(waits: waits) else { throw FileError(.io, path: path, "power is out") }
  }

  package func createDirectories(_ path: String) throws(FileError) { try act(path) }

  package func entries(of directory: String) throws(FileError) -> [String] {
    names.compactMap { $0.hasPrefix(directory + "/") ? String($0.dropFirst(directory.count + 1)) : nil }
  }

  package func exists(_ path: String) -> Bool { state.withLock { $0.names[path] != nil } }

  package func read(_ path: String) throws(FileError) -> [UInt8] {
    let bytes = state.withLock { state in state.names[path].flatMap { state.files[$0]?.bytes } }
    guard let bytes else { throw FileError(.notFound, path: path, "no such file") }
    return bytes
  }

  package func readRange(_ path: String, offset: UInt64, length: Int) throws(FileError) -> [UInt8] {
    Array(try read(path).dropFirst(Int(offset)).prefix(length))
  }

  package func writeFile(_ path: String, _ bytes: [UInt8], sync: Bool) throws(FileError) {
    let powered = power.effect()
    let full = state.withLock { state in
      let full = state.writesUntilFull == 0
      state.writesUntilFull = nil
      let whole = powered && !full
      let part = whole ? bytes : Array(bytes.prefix(bytes.count / 2))
      state.next += 1
      state.files[state.next] = File(bytes: part, durable: whole && sync ? part : nil)
      state.names[path] = state.next
      state.written += part.count
      return full
    }
    guard powered else { throw FileError(.io, path: path, "power is out") }
    if full { throw FileError(.full, path: path, "no space left") }
  }

  package func append(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let powered = power.effect()
    let full = state.withLock { state in
      let full = state.writesUntilFull == 0
      state.writesUntilFull = nil
      let part = powered && !full ? bytes : Array(bytes.prefix(bytes.count / 2))
      if state.names[path] == nil {
        state.next += 1
        state.files[state.next] = File(bytes: [], durable: nil)
        state.names[path] = state.next
      }
      if let number = state.names[path] { state.files[number]?.bytes += part }
      state.written += part.count
      return full
    }
    guard powered else { throw FileError(.io, path: path, "power is out") }
    if full { throw FileError(.full, path: path, "no space left") }
  }

  package func sync(_ path: String) throws(FileError) {
    try act(path)
    state.withLock { state in
      guard let number = state.names[path] else { return }
      let bytes = state.files[number]?.bytes
      state.files[number]?.durable = bytes
    }
  }

  package func publish(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileError) {
    try writeFile(path, bytes, sync: true)
    try syncDirectory(path)
  }

  package func rename(_ from: String, to: String) throws(FileError) {
    try act(from)
    state.withLock { $0.names[to] = $0.names.removeValue(forKey: from) }
  }

  package func remove(_ path: String) throws(FileError) {
    // The last reader of a file removes it, and may hold a lock of its own.
    try act(path, waits: false)
    if state.withLock({ $0.removalsFail }) { throw FileError(.permission, path: path, "not permitted") }
    let known = state.withLock { state in
      state.removed.append(path)
      return state.names.removeValue(forKey: path) != nil
    }
    if !known { throw FileError(.notFound, path: path, "no such file") }
  }

  package func removeTree(_ path: String) throws(FileError) { try remove(path) }

  package func syncDirectory(_ path: String) throws(FileError) {
    try act(path)
    state.withLock { $0.durableNames = $0.names }
  }

  package func size(of path: String) throws(FileError) -> UInt64 { UInt64(try read(path).count) }
  package func freeBytes(at path: String) throws(FileError) -> UInt64 { 1 << 40 }
}
