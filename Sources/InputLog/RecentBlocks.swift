package import DataModel
package import PipelineModel
import Platform
import Synchronization

/// Blocks that became durable a moment ago, still as columns, for the step that takes them next: it need not read,
/// decompress and decode what the decoder of their request made.
///
/// Bounded in bytes from the decoder on: a block that finds no room is only in the log. Thread-safe.
package final class RecentBlocks: Sendable {
  /// Room that a block takes as long as anybody holds it. A class because its end gives the room back.
  package final class Lease: Sendable {
    private let room: Room
    private let bytes: Int

    fileprivate init(_ room: Room, _ bytes: Int) {
      self.room = room
      self.bytes = bytes
    }

    deinit { room.taken.subtract(bytes, ordering: .relaxed) }
  }

  /// Outlives the list, because blocks may.
  fileprivate final class Room: Sendable { let taken = Atomic(0) }

  private let bytesMax: Int
  private let room = Room()
  /// In offset order, with holes.
  private let held = Mutex<[DecodedBlock]>([])

  package init(bytesMax: Int = Limits.recentBlocksBytesMax) { self.bytesMax = bytesMax }

  /// The records of a block on its way into the log; nil when there is no room.
  package func decoded(_ changes: ChangeBatch) -> LogBlock.Decoded? {
    let bytes = changes.sizeBytes
    guard room.taken.add(bytes, ordering: .relaxed).newValue <= bytesMax else {
      room.taken.subtract(bytes, ordering: .relaxed)
      return nil
    }
    return LogBlock.Decoded(changes: changes, lease: Lease(room, bytes))
  }

  /// Bytes of all blocks that somebody holds.
  package var sizeBytes: Int { room.taken.load(ordering: .relaxed) }

  /// The blocks of a request that became durable at `range`. Calls come in offset order.
  func add(_ blocks: [LogBlock], at range: OffsetRange) {
    var first = range.first
    var found: [DecodedBlock] = []
    for block in blocks where block.recordCount > 0 {
      guard let end = first.advanced(by: block.recordCount) else { break }
      if let decoded = block.decoded {
        found.append(DecodedBlock(block, decoded, at: .clamped(first: first, end: end)))
      }
      first = end
    }
    guard !found.isEmpty else { return }
    held.withLock { $0 += found }
  }

  /// What is held of a range from its first offset on, without holes: at least one block when there is one, and no
  /// more behind `bytesMax` bytes. The first and the last one may reach beyond the range.
  package func blocks(covering range: OffsetRange, bytesMax: Int) -> [DecodedBlock] {
    held.withLock { held in
      guard var index = held.firstIndex(where: { $0.range.end > range.first }) else { return [] }
      var next = range.first
      var bytes = 0
      var found: [DecodedBlock] = []
      while index < held.count, held[index].range.first <= next, next < range.end, found.isEmpty || bytes < bytesMax {
        found.append(held[index])
        bytes += held[index].changes.sizeBytes
        next = held[index].range.end
        index += 1
      }
      return found
    }
  }

  /// Where the first block behind an offset begins.
  package func next(after offset: Offset) -> Offset? {
    held.withLock { $0.first { $0.range.first > offset }?.range.first }
  }

  /// A step has taken all below `end`.
  package func forget(below end: Offset) {
    held.withLock { held in
      held.removeFirst(held.firstIndex { $0.range.end > end } ?? held.count)
    }
  }
}
