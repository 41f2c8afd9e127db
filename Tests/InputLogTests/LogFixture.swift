import InputLog
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport

/// One log on a simulated disk: reopened after crashes, its watermark in a real file.
final class LogFixture {
  let disk = CrashDisk()
  let directory: TemporaryDirectory
  let fileSystem = PosixFileSystem()
  let clock = ManualClock()

  init() throws { directory = try TemporaryDirectory("log") }

  var watermarkPath: String { directory.path + "/watermark" }

  /// A new life over what the disk holds.
  func open(floor: Offset = .zero) throws -> (store: any OrderedStore, appender: LogAppender, end: Offset) {
    let store = try disk.open(directory: "log")
    let recovered = try recover(store, floor: floor)
    return (store, appender(recovered, store), recovered.durableEnd)
  }

  func recover(_ store: any OrderedStore, floor: Offset = .zero) throws -> RecoveredLog {
    try LogRecovery.recover(store: store, watermarkPath: watermarkPath, fileSystem: fileSystem, floor: floor)
  }

  func appender(
    _ recovered: RecoveredLog, _ store: any OrderedStore,
    onDurable: @escaping @Sendable (Offset) -> Void = { _ in }
  ) -> LogAppender {
    LogAppender(recovered, store: store, clock: clock, onDurable: onDurable)
  }
}

func block(
  _ records: Int, table: String = "t", endpoint: UInt32 = 1, payload: [UInt8] = [1, 2, 3]
) -> LogBlock {
  LogBlock(
    table: table, endpoint: EndpointID(endpoint), recordCount: records, inputBytes: records * 10,
    payload: payload)
}

func range(_ first: UInt64, _ end: UInt64) -> OffsetRange { .clamped(first: Offset(first), end: Offset(end)) }

/// All blocks of the log below `end`, read in pieces of about `bytesMax`.
func readAll(_ store: any OrderedStore, from: Offset = .zero, to end: Offset, bytesMax: Int = 1000) throws
  -> [StoredBlock]
{
  let reader = LogReader(store: store)
  var out: [StoredBlock] = []
  var position = from
  while position < end {
    let blocks = try reader.read(from: position, to: end, bytesMax: bytesMax)
    out += blocks
    guard let last = blocks.last else { break }
    position = last.range.end
  }
  return out
}

/// Counts synced writes, and holds them up while `gate` is closed.
final class GatedStore: OrderedStore {
  let inner: any OrderedStore
  let syncedWrites = Mutex<[WriteBatch]>([])
  /// Raised when a synced write has begun.
  let entered = Signal()
  private let gate = Mailbox<Void>(capacity: 1000)

  init(_ inner: any OrderedStore) { self.inner = inner }

  /// Lets this many synced writes pass.
  func open(_ count: Int) { for _ in 0..<count { _ = gate.offer(()) } }
  func openForGood() { gate.close() }

  func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try inner.get(family, key)
  }
  func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
    if case .synced = durability {
      syncedWrites.withLock { $0.append(batch) }
      entered.raise()
      _ = gate.take(timeoutNanoseconds: nil)
    }
    try inner.write(batch, durability)
  }
  func sync() throws(StorageError) { try inner.sync() }
  func scan(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
  ) throws(StorageError) { try inner.scan(family, from: from, to: to, visit) }
  func last(
    _ family: StoreFamily, from: [UInt8], to: [UInt8]?
  ) throws(StorageError) -> (key: [UInt8], value: [UInt8])? { try inner.last(family, from: from, to: to) }
  func flush(beyond bytes: UInt64) {}
  func sizeBytes() -> UInt64 { inner.sizeBytes() }
  func close() { inner.close() }
}

/// Collects completions of many threads in the order they come.
final class Answers: Sendable {
  private let list = Mutex<[(Int, Result<OffsetRange, LogError>)]>([])
  private let arrived = Signal()

  func take(_ id: Int) -> @Sendable (Result<OffsetRange, LogError>) -> Void {
    { result in
      self.list.withLock { $0.append((id, result)) }
      self.arrived.raise()
    }
  }

  /// Blocks until `count` have come.
  func wait(for count: Int) -> [(Int, Result<OffsetRange, LogError>)] {
    while true {
      let now = list.withLock { $0 }
      if now.count >= count { return now }
      _ = arrived.wait(timeoutNanoseconds: nil)
    }
  }
}
