import DataModel
import Platform

/// Turns rows in order into the bytes of a run: blocks, a filter behind each group of them, footer, trailer.
///
/// The bytes gather in `pending`, which the owner takes and writes whenever it is large: memory stays at some blocks.
struct RunWriter {
  private(set) var footer: RunFooter
  private(set) var pending: [UInt8] = []
  private var written: UInt64 = 0

  private let blockBytes: Int
  private var block = BatchBuilder(reservingRows: 0, bytes: 0)
  private var filter = KeyFilter()
  private var hashes: [UInt64] = []
  /// Last row of the block before, to find a separator.
  private var lastRow: [UInt8] = []

  init(layout: TraceLayout, blockBytes: Int = Limits.stateBlockBytes) {
    footer = RunFooter(layout: layout)
    self.blockBytes = blockBytes
  }

  /// Whether no row has come.
  var isEmpty: Bool { footer.blocks.isEmpty && block.count == 0 }

  /// Length of all bytes so far.
  var length: UInt64 { written + UInt64(pending.count) }

  /// The bytes to write next.
  mutating func take() -> [UInt8] {
    written += UInt64(pending.count)
    defer { pending = [] }
    return pending
  }

  /// Rows come in order; those of weight 0 are left out.
  mutating func append(_ batch: SortedBatch, _ row: Int, weight: Int64) {
    guard weight != 0 else { return }
    if !hasRoom(for: batch.rows.range(row).count) { seal() }
    note(batch, row)
    block.append(batch, row, weight: weight)
  }

  /// Rows as they are, as many as fit into the block; the first of the rest.
  mutating func append(_ batch: SortedBatch, rows range: Range<Int>) -> Int {
    if !hasRoom(for: batch.rows.range(range.lowerBound).count) { seal() }
    let room = blockBytes - block.byteCount - block.count * Self.rowOverhead
    let start = Int(batch.rows.offsets[range.lowerBound])
    var end = range.lowerBound
    repeat {
      note(batch, end)
      end += 1
    } while end < range.upperBound
      && Int(batch.rows.offsets[end + 1]) - start + (end + 1 - range.lowerBound) * Self.rowOverhead <= room
    block.append(batch, rows: range.lowerBound..<end)
    return end
  }

  /// Weight, key length and offset of a row.
  private static let rowOverhead = 16

  /// A block has at least one row, however large.
  private func hasRoom(for rowBytes: Int) -> Bool {
    block.count == 0
      || block.byteCount + (block.count + 1) * Self.rowOverhead + rowBytes <= blockBytes
  }

  @inline(__always)
  private mutating func note(_ batch: SortedBatch, _ row: Int) {
    let hash = KeyHash.hash(batch.rows.bytes, batch.keyRange(row))
    if hashes.last != hash { hashes.append(hash) }
  }

  private mutating func seal() {
    let batch = block.finish()
    block = BatchBuilder(reservingRows: batch.count, bytes: blockBytes)
    let raw = BlockCodec.encode(batch)
    let stored = LZ4Codec.compress(raw) ?? raw
    let entry = RunFooter.Block(
      offset: length, length: UInt32(truncatingIfNeeded: stored.count),
      rawLength: UInt32(truncatingIfNeeded: raw.count), crc32c: Checksum.crc32c(stored))
    let first = batch.rows.range(0)
    footer.add(
      entry, rows: batch.count, rowBytes: batch.rows.bytes.count,
      separator: batch.rows.bytes[first.lowerBound..<separatorEnd(batch.rows.bytes, first)])
    lastRow = Array(batch.rows.bytes[batch.rows.range(batch.count - 1)])
    pending += stored
    filter.add(hashes)
    hashes.removeAll(keepingCapacity: true)
    if filter.blocks == RunFooter.blocksPerFilter { sealFilter() }
  }

  /// Ends the shortest beginning of a row that is greater than the row before it.
  private func separatorEnd(_ bytes: [UInt8], _ row: Range<Int>) -> Int {
    var common = 0
    while common < lastRow.count, common < row.count, bytes[row.lowerBound + common] == lastRow[common] {
      common += 1
    }
    return min(row.lowerBound + common + 1, row.upperBound)
  }

  private mutating func sealFilter() {
    let bytes = filter.encoded()
    filter = KeyFilter()
    footer.add(
      RunFooter.Filter(
        offset: length, length: UInt32(truncatingIfNeeded: bytes.count), crc32c: Checksum.crc32c(bytes)))
    pending += bytes
  }

  /// Ends the run; answers the checksum of its footer. A run has at least one row.
  mutating func finish() -> UInt32 {
    if block.count > 0 { seal() }
    if filter.blocks > 0 { sealFilter() }
    let (bytes, crc) = footer.encoded()
    pending += bytes
    return crc
  }
}
