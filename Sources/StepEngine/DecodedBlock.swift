import DataModel
import InputLog
import PipelineModel

/// A block of the log with its records as columns.
struct DecodedBlock {
  let stored: StoredBlock
  let changes: ChangeBatch

  var range: OffsetRange { stored.range }

  /// Errors: `corrupt` when the bytes are no change batch or hold another number of records than they claim.
  init(_ block: StoredBlock) throws(StepError) {
    stored = block
    do { changes = try ColumnCodec.decodeChanges(block.payload) } catch {
      throw StepError(.corrupt, "log block is damaged offsets=\(block.range): \(error.message)")
    }
    guard UInt64(changes.count) == block.range.count else {
      throw StepError(.corrupt, "log block has \(changes.count) records offsets=\(block.range)")
    }
  }

  /// The records in a range that meets the block.
  func part(_ part: OffsetRange) -> ChangeBatch {
    if part == range { return changes }
    let first = Int(part.first.rawValue - range.first.rawValue)
    let rows = first..<first + Int(part.count)
    let indices = rows.map { Int32($0) }
    let words = changes.presenceWords
    return ChangeBatch(
      columns: changes.columns.map { $0.gather(indices) }, kinds: Array(changes.kinds[rows]),
      presence: changes.presence.isEmpty
        ? [] : Array(changes.presence[rows.lowerBound * words..<rows.upperBound * words]))
  }
}
