import PipelineModel
import StorageAPI
import Synchronization

/// Keeps the newest dead letters within a number of bytes.
///
/// Key `x` + first offset of the request u64 + sequence u32; requests that got no offset share one with the
/// next, so the sequence goes on while the offset stays. Failed records lie at their own offset, behind these.
final class RejectedRowStore: Sendable {
  private struct State {
    var bytes = 0
    var last: (offset: UInt64, sequence: UInt32)?
    /// No row lies below: spares scans the deleted ones.
    var oldest = KeySpace.rejectedRow.key()
  }

  private let store: any OrderedStore
  private let bytesMax: Int
  private let state: Mutex<State>
  private static let keyLength = 13

  /// Blocks. Errors: `storage`.
  init(store: any OrderedStore, bytesMax: Int) throws(IngressError) {
    self.store = store
    self.bytesMax = bytesMax
    var found = State()
    do throws(StorageError) {
      try store.scan(.base, from: KeySpace.rejectedRow.key(), to: KeySpace.rejectedRow.end) { key, value in
        found.bytes += key.count + value.count
        if let id = DeadLetterID(key: key), !id.isFailed { found.last = (id.offset.rawValue, id.sequence) }
        return true
      }
    } catch { throw IngressError(.storage, error.description) }
    state = Mutex(found)
  }

  /// Adds rows to a write, and deletes the oldest ones when there are too many. On the commit thread, in
  /// offset order; reads the store only to delete. The number of the first of them at this offset, be it kept
  /// or not.
  func add(_ rows: [[UInt8]], at offset: Offset, to batch: inout WriteBatch) -> UInt32 {
    let kept = newest(rows)
    let added = kept.reduce(0) { $0 + RejectedRowStore.keyLength + $1.count }
    return state.withLock { state in
      var first: UInt32 = 0
      if let last = state.last, last.offset == offset.rawValue { first = last.sequence &+ 1 }
      let dropped = UInt32(clamping: rows.count - kept.count)
      if dropped > 0 { state.last = (offset.rawValue, first &+ dropped &- 1) }
      if kept.isEmpty { return first }
      if state.bytes + added > bytesMax { deleteOldest(&state, room: added, &batch) }
      for row in kept {
        var sequence: UInt32 = 0
        if let last = state.last, last.offset == offset.rawValue { sequence = last.sequence &+ 1 }
        state.last = (offset.rawValue, sequence)
        batch.put(RejectedRowStore.key(offset, sequence), row)
      }
      state.bytes += added
      return first
    }
  }

  /// The row of a record that no step could take. On the step thread.
  func add(failed row: RejectedRow, at offset: Offset, to batch: inout WriteBatch) {
    let (key, value) = (DeadLetterID(failed: offset).key, row.value)
    state.withLock { state in
      state.bytes += key.count + value.count
      if Key(key) < Key(state.oldest) { state.oldest = key }
    }
    batch.put(key, value)
  }

  func read(limit: Int) throws(IngressError) -> [RejectedRow] {
    var rows: [RejectedRow] = []
    do throws(StorageError) {
      try store.scan(.base, from: KeySpace.rejectedRow.key(), to: KeySpace.rejectedRow.end) { _, value in
        if let row = try? RejectedRow(value: value) { rows.append(row) }
        if rows.count > 2 * limit { rows.removeFirst(rows.count - limit) }
        return true
      }
    } catch { throw IngressError(.storage, error.description) }
    return rows.suffix(limit)
  }

  /// Letters that match, behind `after`, oldest first, at most `limit`. Blocks.
  func letters(
    _ filter: DeadLetterFilter, after: DeadLetterID?, limit: Int
  ) throws(IngressError) -> [DeadLetter] {
    var (from, to) = filter.bounds
    if let after { from = max(Key(from), Key(after.key + [0])).bytes }
    guard Key(from) < Key(to) else { return [] }
    var letters: [DeadLetter] = []
    do throws(StorageError) {
      try store.scan(.base, from: from, to: to) { key, value in
        if let id = DeadLetterID(key: key), let row = try? RejectedRow(value: value) {
          let letter = DeadLetter(id: id, row: row)
          if filter.matches(letter) { letters.append(letter) }
        }
        return letters.count < limit
      }
    } catch { throw IngressError(.storage, error.description) }
    return letters
  }

  /// Those that are still kept count one replay more. On the commit thread.
  func countReplay(of letters: [DeadLetter], in batch: inout WriteBatch) {
    for letter in letters {
      // A store that cannot be read fails the write that follows.
      guard let value = try? store.get(.base, letter.id.key), var row = try? RejectedRow(value: value) else {
        continue
      }
      row.replayed &+= 1
      batch.put(letter.id.key, row.value)
    }
  }

  private struct Key: Comparable {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    static func < (left: Key, right: Key) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
  }

  private func newest(_ rows: [[UInt8]]) -> ArraySlice<[UInt8]> {
    var room = bytesMax
    var start = rows.count
    while start > 0, rows[start - 1].count + RejectedRowStore.keyLength <= room {
      start -= 1
      room -= rows[start].count + RejectedRowStore.keyLength
    }
    return rows[start...]
  }

  /// Frees an eighth more than is needed, so that full stores are not scanned for every request. Rows of this
  /// very write are not in the store yet and stay.
  private func deleteOldest(_ state: inout State, room: Int, _ batch: inout WriteBatch) {
    let excess = state.bytes + room - bytesMax + bytesMax / 8
    var freed = 0
    var last: [UInt8]?
    // A store that cannot be read fails the write that follows.
    try? store.scan(.base, from: state.oldest, to: KeySpace.rejectedRow.end) { key, value in
      freed += key.count + value.count
      last = key
      return freed < excess
    }
    guard let last else { return }
    let behind = last + [0]
    batch.deleteRange(from: state.oldest, to: behind)
    state.oldest = behind
    state.bytes -= min(state.bytes, freed)
  }

  private static func key(_ offset: Offset, _ sequence: UInt32) -> [UInt8] {
    KeySpace.rejectedRow.key(offset.rawValue) + KeySpace.bigEndian(UInt64(sequence)).dropFirst(4)
  }
}
