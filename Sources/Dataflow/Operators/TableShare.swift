import DataModel

/// One worker's share of a table's changes: a table without a key of which no state is kept.
final class TableShare: ShareReader {
  let inputs: [NodeID]
  var state = OperatorState()
  private let table: TableOperator
  private let rows: TableOperator
  private let share: Int

  init(_ input: NodeID, _ table: TableOperator, rows: TableOperator, share: Int) {
    inputs = [input]
    self.table = table
    self.rows = rows
    self.share = share
  }

  var relation: SQLIdentifier { table.name }
  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { true }

  var waitingRows: Int { table.shared.isEmpty ? 0 : table.shared[share].reduce(0) { $0 + $1.count } }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    try ColumnGather.concatenate(try parts([], now: now))
  }

  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    rows.pending = table.shared[share]
    return try rows.parts([], now: now)
  }
}

extension ChangeBatch {
  /// Blocks dealt out to `shares` hands of about equal size; a block that is more than a hand is cut.
  static func dealt(_ blocks: [ChangeBatch], shares: Int) -> [[ChangeBatch]] {
    let total = blocks.reduce(0) { $0 + $1.count }
    let most = max(1024, (total + shares - 1) / shares)
    var hands = [[ChangeBatch]](repeating: [], count: shares)
    var sizes = [Int](repeating: 0, count: shares)
    for block in blocks {
      var start = 0
      while start < block.count {
        // The rest stays whole when it is little more than a hand.
        let end = block.count - start <= most + most / 8 ? block.count : start + most
        let hand = sizes.indices.min { sizes[$0] < sizes[$1] } ?? 0
        hands[hand].append(start == 0 && end == block.count ? block : block.rows(start..<end))
        sizes[hand] += end - start
        start = end
      }
    }
    return hands
  }

  private func rows(_ range: Range<Int>) -> ChangeBatch {
    let indices = range.map { Int32(truncatingIfNeeded: $0) }
    var part = ChangeBatch(columns: columns.map { $0.gather(indices) }, kinds: Array(kinds[range]))
    if !presence.isEmpty {
      part.presence = Array(presence[range.lowerBound * presenceWords..<range.upperBound * presenceWords])
    }
    return part
  }
}
