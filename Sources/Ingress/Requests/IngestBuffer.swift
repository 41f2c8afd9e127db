import DataModel
import Formats
import InputLog
import PipelineModel
import Platform

/// One body on its way from bytes to blocks of the log. Pure.
struct IngestBuffer: Sendable {
  let endpoint: Endpoint
  private var decoder: InputDecoder
  private let recent: RecentBlocks
  private var blocks: [LogBlock] = []
  /// Payload bytes of the blocks that were not taken.
  private(set) var blockBytes = 0
  /// Bytes of a decoded row without its texts, at most.
  private let rowBytes: Int

  /// `decoder` is fresh; copies of one are cheaper than new ones.
  init(endpoint: Endpoint, decoder: InputDecoder, columns: Int, recent: RecentBlocks) {
    self.recent = recent
    rowBytes = 8 + columns * 16
    self.endpoint = endpoint
    self.decoder = decoder
  }

  mutating func decode(_ bytes: [UInt8]) { decoder.feed(bytes) }

  /// Whether `bytes` of the body, or rows of sixteen times that size, are decoded and can be taken.
  func fills(_ bytes: Int) -> Bool {
    let records = decoder.bufferedRecords
    return records > 0 && (decoder.bufferedBytes >= bytes || records >= 16 * bytes / rowBytes)
  }

  /// So much text is decoded at once at most: a row of a wide table may be three bytes of text, `{}` and a line
  /// end, so the greatest number of rows bounds the memory.
  func sliceBytes(_ bytes: Int) -> Int { min(bytes, max(4 << 10, 3 * (64 * bytes / rowBytes))) }

  /// Bytes of the body that wait to become a block.
  var unsealedBytes: Int { decoder.bufferedBytes }

  /// Makes the decoded rows a block.
  mutating func seal() {
    guard let batch = decoder.takeBatch() else { return }
    let payload = ColumnCodec.encode(batch.changes)
    blockBytes += payload.count
    blocks.append(
      LogBlock(
        table: endpoint.table, endpoint: endpoint.id, recordCount: batch.changes.count,
        inputBytes: batch.inputBytes, payload: payload, decoded: recent.decoded(batch.changes)))
  }

  /// The body has ended: the rest becomes the last block.
  mutating func finish() {
    decoder.finish()
    seal()
  }

  mutating func takeBlocks() -> [LogBlock] {
    blockBytes = 0
    defer { blocks = [] }
    return blocks
  }

  var errors: [RowError] { decoder.errors }
  var errorCount: UInt64 { decoder.errorCount }

  func rejected(at time: WallTime) -> RejectedRecords {
    guard errorCount > 0 else { return .none }
    return RejectedRecords(errors, count: errorCount, endpoint: endpoint, at: time)
  }
}

/// How much some blocks hold, as endpoints count it.
struct BlockTally: Hashable, Sendable {
  var records: UInt64 = 0
  var inputBytes: UInt64 = 0

  init() {}

  init(_ blocks: [LogBlock]) {
    for block in blocks {
      records += UInt64(block.recordCount)
      inputBytes += UInt64(block.inputBytes)
    }
  }

  mutating func add(_ more: BlockTally) {
    records += more.records
    inputBytes += more.inputBytes
  }
}

extension Endpoint {
  func accept(_ tally: BlockTally) { update { $0.accept(records: tally.records, bytes: tally.inputBytes) } }
  func takeBack(_ tally: BlockTally) {
    update { $0.takeBack(records: tally.records, bytes: tally.inputBytes) }
  }
}
