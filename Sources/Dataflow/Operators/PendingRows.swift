import DataModel
import Synchronization

/// Deltas that wait, unsorted, until there are enough of them for one batch of a trace. A value: a copy is a snapshot.
struct PendingRows: Sendable {
  private(set) var batches: [ColumnBatch] = []
  private(set) var count = 0
  private(set) var sizeBytes = 0
  /// Sum of all weights without their signs; bounded, so that sums of weights cannot overflow.
  private var magnitude: Int64 = 0

  private static let rowsMax = 65_536
  private static let bytesMax = 16 << 20
  private static let magnitudeMax: Int64 = 1 << 61

  var isEmpty: Bool { batches.isEmpty }
  var isFull: Bool { count >= Self.rowsMax || sizeBytes >= Self.bytesMax || magnitude >= Self.magnitudeMax }

  /// Small deltas are put together, so that there are O(log n) batches.
  mutating func append(_ delta: ColumnBatch) throws(EvaluationError) {
    guard !delta.isEmpty else { return }
    for weight in delta.weights {
      let (sum, overflow) = magnitude.addingReportingOverflow(weight.magnitude > 1 << 61 ? .max : abs(weight))
      magnitude = overflow ? .max : sum
    }
    batches.append(delta)
    count += delta.count
    sizeBytes += delta.sizeBytes
    while batches.count > 1, batches[batches.count - 2].count <= 2 * batches[batches.count - 1].count {
      let pair = Array(batches.suffix(2))
      batches.removeLast(2)
      if let joined = try ColumnGather.concatenate(pair) { batches.append(joined) }
    }
  }

  /// All rows as one batch; nil when there are none. `keys` names the key columns of a table with a key.
  func sorted(keys: [Int]?) throws(EvaluationError) -> SortedBatch? {
    guard let rows = try ColumnGather.concatenate(batches) else { return nil }
    guard let keys else {
      return try SortedDelta(keys: rows.columns, values: [], weights: rows.weights).batch
    }
    return try SortedDelta(keys: keys.map { rows.columns[$0] }, values: rows.columns, weights: rows.weights).batch
  }
}

extension OperatorState {
  /// Takes a delta for trace 0.
  mutating func integrate(_ delta: ColumnBatch, keys: [Int]?) throws(EvaluationError) {
    try pending.append(delta)
    if pending.isFull { try settle(keys: keys) }
  }

  /// Puts what waits into trace 0.
  mutating func settle(keys: [Int]?) throws(EvaluationError) {
    guard let batch = try pending.sorted(keys: keys) else { return }
    try traces[0].insert(batch)
    pending = PendingRows()
  }
}

/// Pending rows of a snapshot, sorted by the first reader.
final class PendingBatch: Sendable {
  private let rows: PendingRows
  private let keys: [Int]?
  private let batch = Mutex<SortedBatch?>(nil)

  init(_ rows: PendingRows, keys: [Int]?) {
    self.rows = rows
    self.keys = keys
  }

  /// Bounded rows and weights: sorting them has no way to fail.
  var sorted: SortedBatch? {
    batch.withLock { batch in
      if batch == nil { batch = try? rows.sorted(keys: keys) }
      return batch
    }
  }
}
