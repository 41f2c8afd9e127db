package import DataModel

/// How the rows of a trace read as columns.
package struct TraceLayout: Hashable, Sendable {
  package let key: [PhysicalType]
  package let value: [PhysicalType]
  package init(key: [PhysicalType], value: [PhysicalType]) {
    self.key = key
    self.value = value
  }
}

/// The one state structure: a spine of immutable sorted batches, oldest and largest first.
///
/// Merging is by size tiers: the newest batch merges with its elder while the elder is at most twice its
/// size, so a row is copied O(log n) times in its life, there are O(log n) batches, and one insert costs in
/// the worst case O(n) but O(log n) a row amortised. A copy of the struct is a snapshot: O(1).
package struct Trace: Sendable {
  package let layout: TraceLayout
  /// Oldest first; none is empty.
  package internal(set) var batches: [SortedBatch] = []

  package init(layout: TraceLayout) { self.layout = layout }

  package mutating func insert(_ batch: SortedBatch) throws(EvaluationError) {
    guard !batch.isEmpty else { return }
    batches.append(batch)
    while batches.count > 1 {
      let newest = batches[batches.count - 1]
      let elder = batches[batches.count - 2]
      guard elder.count <= 2 * newest.count,
        elder.rows.bytes.count + newest.rows.bytes.count <= SortedBatch.byteLimit
      else { return }
      let merged = try SortedBatch.merge(elder, newest)
      batches.removeLast(2)
      if merged.isEmpty { return }
      batches.append(merged)
    }
  }

  /// Takes batches that `batches` of an equal trace gave, in that order.
  mutating func replace(_ stored: [SortedBatch]) throws(CodecError) {
    for batch in stored {
      let types = layout.key + layout.value
      let columns = try RowCodec.decode(batch.rows, types: types)
      let keys = RowCodec.encode(Array(columns.prefix(layout.key.count)), count: batch.count)
      for row in 0..<batch.count where keys.range(row).count != Int(batch.keyLengths[row]) {
        throw CodecError(message: "state row \(row) has a key of another length")
      }
    }
    batches = stored.filter { !$0.isEmpty }
  }

  package var isEmpty: Bool { batches.isEmpty }
  package var sizeBytes: Int { batches.reduce(0) { $0 + $1.sizeBytes } }
  package func snapshot() -> TraceSnapshot { TraceSnapshot(layout: layout, batches: batches) }
}
