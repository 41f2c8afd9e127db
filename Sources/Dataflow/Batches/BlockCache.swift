import Synchronization

/// Blocks of state files in memory, up to a number of bytes; the clock drops what was not asked for again. One for all
/// traces of a pipeline, thread-safe.
package final class BlockCache: Sendable {
  struct Key: Hashable, Sendable {
    let place: UInt64
    /// Of a block; of filter f it is -1 - f.
    let index: Int
  }

  enum Entry: Sendable {
    case rows(SortedBatch)
    case filter(KeyFilter)

    var sizeBytes: Int {
      switch self {
      case .rows(let batch): batch.sizeBytes + 200
      case .filter(let filter): filter.sizeBytes + 200
      }
    }
  }

  private struct Slot {
    let key: Key
    let entry: Entry
    var wasUsed: Bool
  }

  private struct State {
    var places: [Key: Int] = [:]
    var slots: [Slot] = []
    var hand = 0
    var bytes = 0
  }

  let bytesMax: Int
  private let state = Mutex(State())

  package init(bytesMax: Int) { self.bytesMax = bytesMax }

  package var sizeBytes: Int { state.withLock { $0.bytes } }

  func rows(_ key: Key) -> SortedBatch? {
    if case .rows(let batch)? = find(key) { batch } else { nil }
  }

  func filter(_ key: Key) -> KeyFilter? {
    if case .filter(let filter)? = find(key) { filter } else { nil }
  }

  private func find(_ key: Key) -> Entry? {
    state.withLock { state in
      guard let place = state.places[key] else { return nil }
      state.slots[place].wasUsed = true
      return state.slots[place].entry
    }
  }

  /// An entry that would take a quarter of the cache is not kept.
  func insert(_ entry: Entry, _ key: Key) {
    let size = entry.sizeBytes
    guard size <= bytesMax / 4 else { return }
    state.withLock { state in
      guard state.places[key] == nil else { return }
      while state.bytes + size > bytesMax, !state.slots.isEmpty { Self.turn(&state) }
      state.places[key] = state.slots.count
      state.slots.append(Slot(key: key, entry: entry, wasUsed: false))
      state.bytes += size
    }
  }

  /// The hand passes one slot: a used one gets another round, any other goes.
  private static func turn(_ state: inout State) {
    if state.hand >= state.slots.count { state.hand = 0 }
    if state.slots[state.hand].wasUsed {
      state.slots[state.hand].wasUsed = false
      state.hand += 1
      return
    }
    let victim = state.slots[state.hand]
    state.bytes -= victim.entry.sizeBytes
    state.places[victim.key] = nil
    let last = state.slots.removeLast()
    if state.hand < state.slots.count {
      state.slots[state.hand] = last
      state.places[last.key] = state.hand
    }
  }
}
