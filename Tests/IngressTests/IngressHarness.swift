// Goal: one log with its registry and doors on a simulated disk, which can lose power and be opened again.
import DataModel
import Formats
import InputLog
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport

import Ingress

/// A disk that outlives the processes on it.
struct IngressDisk {
  let directory: TemporaryDirectory
  let disk = CrashDisk()

  init() throws { directory = try TemporaryDirectory("ingress") }

  /// A new life on what the disk holds.
  func open(bounds: IngestBounds = IngestBounds(), rejectedBytesMax: Int = 1 << 20) throws -> IngressLife {
    try IngressLife(self, bounds, rejectedBytesMax)
  }
}

/// One process: log, registry and doors.
final class IngressLife {
  let store: FaultyStore
  let appender: LogAppender
  let endpoints: EndpointRegistry
  let ingest: BatchIngest
  let pool = BlockingPool(name: "test", threads: 2)
  let clock = ManualClock()
  private let disk: CrashDisk
  let room = Room()

  /// What the disk lacks, as the test says.
  final class Room: Sendable { let shortage = Mutex<String?>(nil) }

  static let table = IngressTable(
    name: SQLIdentifier("T1"),
    schema: Schema(fields: [
      Field(name: SQLIdentifier("id"), type: .bigint, nullable: false),
      Field(name: SQLIdentifier("note"), type: .varchar(length: nil), nullable: true),
    ]))
  static let csv = InputFormat(kind: .csv)

  init(_ owner: IngressDisk, _ bounds: IngestBounds, _ rejectedBytesMax: Int) throws {
    disk = owner.disk
    store = FaultyStore(try disk.open(directory: "store"))
    let path = owner.directory.path + "/watermark"
    let recovered = try LogRecovery.recover(
      store: store, watermarkPath: path, fileSystem: PosixFileSystem(), floor: .zero)
    appender = LogAppender(
      recovered, store: store, clock: clock, onDurable: { _ in })
    endpoints = try EndpointRegistry(store: store, rejectedBytesMax: rejectedBytesMax)
    ingest = BatchIngest(
      appender: appender, endpoints: endpoints, pool: pool, clock: clock, bounds: bounds,
      shortage: { [room] in room.shortage.withLock { $0 } })
  }

  /// A clean end of the process.
  func close() {
    appender.close()
    store.close()
    pool.shutdown()
  }

  /// Power cut, then the threads end.
  func crash(keepingUnsynced kept: Int = 0) {
    disk.crash(keepingUnsynced: kept)
    close()
  }

  /// A whole body through `ingestNow`.
  func ingest(_ body: String, _ format: InputFormat = IngressLife.csv) async -> Result<
    IngestOutcome, IngressError
  > {
    await withCheckedContinuation { continuation in
      let taken = ingest.ingestNow(IngressLife.table, format: format, body: Array(body.utf8)) {
        continuation.resume(returning: $0)
      }
      precondition(taken, "the body is too large for ingestNow")
    }
  }

  func open(_ format: InputFormat = IngressLife.csv) -> IngestSession {
    ingest.open(IngressLife.table, format: format)
  }

  /// Ids of all records in the log, in offset order, as a step would read them.
  func loggedIDs() throws -> [Int64] {
    let blocks = try LogReader(store: store).read(from: .zero, to: appender.durableEnd, bytesMax: .max)
    return try blocks.flatMap { block in
      try IngressLife.ids(ColumnCodec.decodeChanges(block.payload))
    }
  }

  /// Takes the log from `first` on as a step does.
  func process(from first: Offset) throws {
    let reader = LogReader(store: store)
    for block in try reader.read(from: first, to: appender.durableEnd, bytesMax: .max) {
      endpoints.processed(block.endpoint, records: block.range.count, inputBytes: block.inputBytes)
    }
  }

  var reading: EndpointReading? { endpoints.all().first }

  static func ids(_ changes: ChangeBatch) -> [Int64] {
    guard case .int64(let values) = changes.columns[0].storage else { return [] }
    return values
  }
}

/// CSV lines with these ids.
func lines(_ ids: some Sequence<Int>) -> String { ids.map { "\($0),note \($0)\n" }.joined() }
