package import PipelineModel
package import StorageAPI
import Synchronization

/// Which records of the log died, in memory, so that a status knows without the disk. Thread-safe.
package final class DeadOffsets: Sendable {
  /// Ascending and apart: neighbours are joined.
  private let ranges: Mutex<[OffsetRange]>

  /// Reads the rows of all dead records; blocks.
  package init(store: any OrderedStore) throws(StorageError) {
    var found: [OffsetRange] = []
    try store.scan(.base, from: KeySpace.deadRecord.key(), to: KeySpace.deadRecord.end) { key, _ in
      if let number = KeySpace.number(key, at: 1) { DeadOffsets.append(Offset(number), to: &found) }
      return true
    }
    ranges = Mutex(found)
  }

  /// Offsets come in order; one that is known is ignored.
  package func add(_ offset: Offset) { ranges.withLock { DeadOffsets.append(offset, to: &$0) } }

  private static func append(_ offset: Offset, to ranges: inout [OffsetRange]) {
    let end = Offset(offset.rawValue &+ 1)
    guard let last = ranges.last, offset <= last.end else {
      ranges.append(.clamped(first: offset, end: end))
      return
    }
    if offset == last.end { ranges[ranges.count - 1] = .clamped(first: last.first, end: end) }
  }

  /// Dead records in a range.
  package func count(in range: OffsetRange) -> UInt64 {
    ranges.withLock { ranges in
      var (low, high) = (0, ranges.count)
      while low < high {
        let middle = (low + high) / 2
        if ranges[middle].end <= range.first { low = middle + 1 } else { high = middle }
      }
      var count: UInt64 = 0
      while low < ranges.count, ranges[low].first < range.end {
        count += min(ranges[low].end, range.end).rawValue - max(ranges[low].first, range.first).rawValue
        low += 1
      }
      return count
    }
  }
}
