import DataModel
package import PipelineModel
package import StorageAPI

/// Takes the end of a log away for good.
package enum LogCut {
  /// Adds to a write what leaves no record from `range` on in a log that ends where the range ends: its records are
  /// gone, its offsets stay taken. The write is to be synced, while nobody appends. Blocks. Errors: `storage`,
  /// `corrupt`, also when the log ends elsewhere.
  package static func put(
    _ range: OffsetRange, in store: any OrderedStore, _ batch: inout WriteBatch
  ) throws(LogError) {
    guard !range.isEmpty else { return }
    let reader = LogReader(store: store)
    let end = try reader.end()
    guard end <= range.end else {
      throw LogError(.corrupt, "log is cut before its end offsets=\(range) end_offset=\(end)")
    }
    let kept = try keptPart(below: range.first, reader)
    batch.deleteRange(
      .log, from: KeySpace.bigEndian(range.first.rawValue), to: KeySpace.bigEndian(range.end.rawValue))
    if let kept { batch.put(.log, KeySpace.bigEndian(kept.first.rawValue), kept.value) }
    batch.put(.log, KeySpace.bigEndian(range.first.rawValue), LogGroup.encode(cut: range))
    LogMark.cut(from: range.first, in: &batch)
    for (stage, row) in try StageRow.all(in: store) {
      if let published = row.published, published.first >= range.first { StageRow.remove(stage, in: &batch) }
    }
  }

  /// The group that reaches beyond the cut, written anew up to it; nil when none does.
  private static func keptPart(
    below end: Offset, _ reader: LogReader
  ) throws(LogError) -> (first: Offset, value: [UInt8])? {
    guard end > .zero, let group = try reader.group(containing: Offset(end.rawValue - 1)), group.kind != .cut,
      group.range.end > end
    else { return nil }
    var cursor = try reader.blocks(of: group)
    var blocks: [LogBlock] = []
    while let header = try cursor.next(), header.range.first < end {
      let block = try DecodedBlock(try cursor.block(header))
      let part = OffsetRange.clamped(first: block.range.first, end: min(block.range.end, end))
      blocks.append(
        LogBlock(
          table: block.table, endpoint: block.endpoint, recordCount: Int(part.count),
          inputBytes: Int(clamping: block.inputBytes), payload: ColumnCodec.encode(block.part(part))))
    }
    return (group.first, LogGroup.encode(.blocks, first: group.first, [try PackedBlocks(blocks)]))
  }
}
