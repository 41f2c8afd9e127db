import Connectors
import DataModel
import Dataflow
import Formats
import Platform

/// Blocks decoded from files by threads of its own, in bounded memory, and taken from the threads in turn: the parts of
/// a table go side by side, so that two runs see the same order.
final class FileFeed {
  struct Block: Sendable {
    let table: NexmarkTable
    let changes: ChangeBatch
  }

  private static let blocksMax = 64

  /// What one thread has decoded; nil ends it.
  private final class Lane: Sendable {
    let mailbox: Mailbox<Result<Block?, BenchError>>
    /// Raised when blocks were taken.
    let room = Signal()
    private let blocksMax: Int

    init(blocksMax: Int) {
      self.blocksMax = blocksMax
      mailbox = Mailbox(capacity: blocksMax + 16)
    }

    func send(_ message: Result<Block?, BenchError>) {
      while mailbox.count >= blocksMax || !mailbox.offer(message) {
        _ = room.wait(timeoutNanoseconds: 1_000_000_000)
      }
    }
  }

  /// Those that have not ended, the next one first.
  private var lanes: [Lane] = []

  /// Starts to read: file k of a table belongs to parser k modulo their number.
  init(_ options: Options, _ query: Query) throws {
    var files: [[TableFile]] = Array(repeating: [], count: options.parsers)
    for table in query.tables {
      for (index, path) in try FileFeed.paths(options.data, table).enumerated() {
        files[index % files.count].append(try TableFile(path, table, skipping: query.skippedColumns(of: table)))
      }
    }
    for (index, mine) in files.enumerated() {
      let lane = Lane(blocksMax: max(4, FileFeed.blocksMax / files.count))
      lanes.append(lane)
      _ = DedicatedThread(name: "parse-\(index)") { FileFeed.read(mine, lane) }
    }
  }

  /// At least `rows` rows unless the end comes before; nil at the end.
  func next(rows: Int) throws -> [Block]? {
    var blocks: [Block] = []
    var count = 0
    while count < rows, let lane = lanes.first, let message = lane.mailbox.take(timeoutNanoseconds: nil) {
      lane.room.raise()
      lanes.removeFirst()
      guard let block = try message.get() else { continue }
      lanes.append(lane)
      blocks.append(block)
      count += block.changes.count
    }
    return blocks.isEmpty ? nil : blocks
  }

  static func paths(_ data: String, _ table: NexmarkTable) throws -> [String] {
    let files = PosixFileSystem()
    let single = "\(data)/\(table).ndjson"
    if files.exists(single) { return [single] }
    let parts = try files.entries(of: "\(data)/\(table)").filter { $0.hasSuffix(".ndjson") }
    guard !parts.isEmpty else { throw BenchError("no files of \(table) in \(data)") }
    return parts.map { "\(data)/\(table)/\($0)" }
  }

  /// On a parser's thread: all files at the same pace, so that event times of tables go together.
  private static func read(_ mine: [TableFile], _ lane: Lane) {
    var files = mine
    do throws(BenchError) {
      while let index = files.indices.min(by: { files[$0].progress < files[$1].progress }) {
        if let block = try files[index].next() {
          lane.send(.success(block))
        } else {
          files.remove(at: index)
        }
      }
    } catch { lane.send(.failure(error)) }
    lane.send(.success(nil))
  }
}

/// One file on its way through the decoder.
struct TableFile: Sendable {
  private static let readBytes = 256 << 10
  private static let blockBytes = 1 << 20

  private let path: String
  private let table: NexmarkTable
  private let size: UInt64
  private var offset: UInt64 = 0
  private var decoder: InputDecoder

  init(_ path: String, _ table: NexmarkTable, skipping: Set<Int>) throws {
    self.path = path
    self.table = table
    size = try PosixFileSystem().size(of: path)
    let format = InputFormat(kind: .json, updateFormat: .raw)
    decoder = InputDecoder(format: format, schema: table.schema, rowErrorsKept: 1, skipping: skipping)
  }

  /// How much has been read, 0 to 1.
  var progress: Double { size > 0 ? Double(offset) / Double(size) : 1 }

  /// About 1 MiB of rows; nil at the end.
  mutating func next() throws(BenchError) -> FileFeed.Block? {
    while offset < size {
      do throws(FileError) {
        let bytes = try PosixFileSystem().readRange(path, offset: offset, length: TableFile.readBytes)
        guard !bytes.isEmpty else { throw FileError(.io, path: path, "file became shorter") }
        decoder.feed(bytes)
        offset += UInt64(bytes.count)
      } catch { throw BenchError("\(error)") }
      if offset == size { decoder.finish() }
      if let error = decoder.errors.first { throw BenchError("\(path): \(error)") }
      guard decoder.bufferedBytes >= TableFile.blockBytes || offset == size else { continue }
      if let batch = decoder.takeBatch() { return FileFeed.Block(table: table, changes: batch.changes) }
    }
    return nil
  }
}
