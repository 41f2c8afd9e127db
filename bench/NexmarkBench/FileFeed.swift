import Connectors
import DataModel
import Dataflow
import Formats
import Platform
import Synchronization

/// Blocks decoded from files by threads of its own, in bounded memory.
final class FileFeed: Sendable {
  struct Block: Sendable {
    let table: NexmarkTable
    let changes: ChangeBatch
  }

  private static let blocksMax = 64

  private let mailbox = Mailbox<Result<Block?, BenchError>>(capacity: blocksMax + 16)
  /// Raised for each parser when blocks were taken.
  private let room: [Signal]
  private let running: Mutex<Int>

  /// Starts to read: file k of a table belongs to parser k modulo their number.
  init(_ options: Options, _ query: Query) throws {
    var files: [[TableFile]] = Array(repeating: [], count: options.parsers)
    for table in query.tables {
      for (index, path) in try FileFeed.paths(options.data, table).enumerated() {
        files[index % files.count].append(try TableFile(path, table, skipping: query.skippedColumns(of: table)))
      }
    }
    room = files.map { _ in Signal() }
    running = Mutex(files.count)
    for (index, mine) in files.enumerated() {
      _ = DedicatedThread(name: "parse-\(index)") { [self] in read(mine, room[index]) }
    }
  }

  /// At least `rows` rows unless the end comes before; nil at the end.
  func next(rows: Int) throws -> [Block]? {
    var blocks: [Block] = []
    var count = 0
    while count < rows, running.withLock({ $0 }) > 0, let message = mailbox.take(timeoutNanoseconds: nil) {
      for signal in room { signal.raise() }
      guard let block = try message.get() else {
        running.withLock { $0 -= 1 }
        continue
      }
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
  private func read(_ mine: [TableFile], _ signal: Signal) {
    var files = mine
    do throws(BenchError) {
      while let index = files.indices.min(by: { files[$0].progress < files[$1].progress }) {
        if let block = try files[index].next() {
          send(.success(block), signal)
        } else {
          files.remove(at: index)
        }
      }
    } catch { send(.failure(error), signal) }
    send(.success(nil), signal)
  }

  private func send(_ message: Result<Block?, BenchError>, _ signal: Signal) {
    while mailbox.count >= FileFeed.blocksMax || !mailbox.offer(message) {
      _ = signal.wait(timeoutNanoseconds: 1_000_000_000)
    }
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
