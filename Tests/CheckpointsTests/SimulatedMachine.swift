import Checkpoints
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport

/// The power of a machine: fails after a planned number of effects, and everything after that.
final class Power: Sendable {
  private let left = Mutex<Int?>(nil)

  /// The effect after `count` further ones fails, and all later ones; nil: none.
  func cut(after count: Int?) { left.withLock { $0 = count } }
  var isOut: Bool { left.withLock { $0 == 0 } }

  /// Whether the next effect happens.
  func effect() -> Bool {
    left.withLock { left in
      guard let now = left else { return true }
      if now > 0 { left = now - 1 }
      return now > 0
    }
  }
}

/// Files of one directory in memory, with the durability of a real one: content and names survive a power cut only
/// when they were synced.
final class SimulatedFiles: FileSystem {
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

  let power: Power
  private let state = Mutex(State())

  init(power: Power) { self.power = power }

  var bytesWritten: Int { state.withLock { $0.written } }
  var removed: [String] { state.withLock { $0.removed } }
  var names: [String] { state.withLock { $0.names.keys.sorted() } }

  /// The next write stops half way, the disk being full.
  func fillUp() { state.withLock { $0.writesUntilFull = 0 } }
  func refuseRemovals(_ refuse: Bool) { state.withLock { $0.removalsFail = refuse } }

  /// Power cut. With `namesSurvive` the kernel had written the directory by itself: unsynced files are there, torn.
  func crash(namesSurvive: Bool) {
    state.withLock { state in
      if !namesSurvive { state.names = state.durableNames }
      for (number, file) in state.files {
        let left = file.durable ?? Array(file.bytes.prefix(file.bytes.count / 2))
        state.files[number] = File(bytes: left, durable: left)
      }
      state.durableNames = state.names
    }
  }

  func flip(_ path: String, bit: Int) {
    state.withLock { state in
      guard let number = state.names[path] else { return }
      state.files[number]?.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }

  func cut(_ path: String, to length: Int) {
    state.withLock { state in
      guard let number = state.names[path], let bytes = state.files[number]?.bytes else { return }
      state.files[number]?.bytes = Array(bytes.prefix(length))
    }
  }

  private func act(_ path: String) throws(FileError) {
    guard power.effect() else { throw FileError(.io, path: path, "power is out") }
  }

  func createDirectories(_ path: String) throws(FileError) { try act(path) }

  func entries(of directory: String) throws(FileError) -> [String] {
    names.compactMap { $0.hasPrefix(directory + "/") ? String($0.dropFirst(directory.count + 1)) : nil }
  }

  func exists(_ path: String) -> Bool { state.withLock { $0.names[path] != nil } }

  func read(_ path: String) throws(FileError) -> [UInt8] {
    let bytes = state.withLock { state in state.names[path].flatMap { state.files[$0]?.bytes } }
    guard let bytes else { throw FileError(.notFound, path: path, "no such file") }
    return bytes
  }

  func readRange(_ path: String, offset: UInt64, length: Int) throws(FileError) -> [UInt8] {
    Array(try read(path).dropFirst(Int(offset)).prefix(length))
  }

  func writeFile(_ path: String, _ bytes: [UInt8], sync: Bool) throws(FileError) {
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

  func append(_ path: String, _ bytes: [UInt8]) throws(FileError) {
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

  func sync(_ path: String) throws(FileError) {
    try act(path)
    state.withLock { state in
      guard let number = state.names[path] else { return }
      let bytes = state.files[number]?.bytes
      state.files[number]?.durable = bytes
    }
  }

  func publish(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileError) {
    try writeFile(path, bytes, sync: true)
    try syncDirectory(path)
  }

  func rename(_ from: String, to: String) throws(FileError) {
    try act(from)
    state.withLock { $0.names[to] = $0.names.removeValue(forKey: from) }
  }

  func remove(_ path: String) throws(FileError) {
    try act(path)
    if state.withLock({ $0.removalsFail }) { throw FileError(.permission, path: path, "not permitted") }
    let known = state.withLock { state in
      state.removed.append(path)
      return state.names.removeValue(forKey: path) != nil
    }
    if !known { throw FileError(.notFound, path: path, "no such file") }
  }

  func removeTree(_ path: String) throws(FileError) { try remove(path) }

  func syncDirectory(_ path: String) throws(FileError) {
    try act(path)
    state.withLock { $0.durableNames = $0.names }
  }

  func size(of path: String) throws(FileError) -> UInt64 { UInt64(try read(path).count) }
  func freeBytes(at path: String) throws(FileError) -> UInt64 { 1 << 40 }
}

/// A store that stops with the power, before a write or after it reached the disk unsynced.
struct PoweredStore: OrderedStore {
  let store: any OrderedStore
  let power: Power

  func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try store.get(family, key)
  }

  func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    guard power.effect() else {
      try store.write(batch, .buffered)
      throw StorageError(.io, "power is out")
    }
    try store.write(batch, durability)
  }

  func sync() throws(StorageError) { try store.sync() }

  func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) { try store.scan(family, from: from, to: to, visit) }

  func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? { try store.last(family, from: from, to: to) }

  func flush(beyond bytes: UInt64) {}
  func sizeBytes() -> UInt64 { store.sizeBytes() }
  func close() { store.close() }
}

/// A machine with a simulated disk for rows and one for files.
final class SimulatedMachine {
  let power = Power()
  let files: SimulatedFiles
  let disk = CrashDisk()
  let clock = ManualClock()
  let random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    files = SimulatedFiles(power: power)
  }

  static let directory = "/state/checkpoints"

  /// A checkpoint store of a new process.
  func boot() throws -> (checkpoints: CheckpointStore, rows: any OrderedStore) {
    let rows = PoweredStore(store: try disk.open(directory: "store"), power: power)
    let checkpoints = CheckpointStore(
      directory: SimulatedMachine.directory, store: rows, fileSystem: files, clock: clock, random: random)
    return (checkpoints, rows)
  }

  /// Power comes back after a cut.
  func crash(namesSurvive: Bool, keepingUnsynced kept: Int) {
    power.cut(after: nil)
    files.crash(namesSurvive: namesSurvive)
    disk.crash(keepingUnsynced: kept)
  }
}
