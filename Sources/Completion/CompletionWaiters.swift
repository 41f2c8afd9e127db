import PipelineModel

/// Who waits for which range: pure bookkeeping of long polls, ordered by what completes them.
///
/// Every waiter that `park` took is given back exactly once, by `complete`, `expired`, `cancel` or `close`.
struct CompletionWaiters<Continuation: Sendable>: Sendable {
  struct Waiter: Sendable {
    let range: OffsetRange
    let stepsAtIssue: StepCount
    let deadline: MonotonicTime
    let continuation: Continuation
  }

  private enum Slot: Sendable {
    case starting
    /// Cancelled before it could park.
    case cancelled
    case parked(Waiter)
  }

  /// Ordered by key, then id.
  private struct Queue: Sendable {
    private(set) var entries: [(key: UInt64, id: UInt64)] = []

    private func place(_ key: UInt64, _ id: UInt64) -> Int {
      var low = 0
      var high = entries.count
      while low < high {
        let middle = (low + high) / 2
        if (entries[middle].key, entries[middle].id) < (key, id) { low = middle + 1 } else { high = middle }
      }
      return low
    }

    mutating func insert(_ key: UInt64, _ id: UInt64) { entries.insert((key, id), at: place(key, id)) }

    mutating func remove(_ key: UInt64, _ id: UInt64) {
      let index = place(key, id)
      if index < entries.count, entries[index] == (key, id) { entries.remove(at: index) }
    }

    /// Ids with keys up to `key`.
    mutating func take(through key: UInt64) -> [UInt64] {
      guard let first = entries.first, first.key <= key else { return [] }
      let count = key == .max ? entries.count : place(key + 1, 0)
      let ids = entries[..<count].map(\.id)
      entries.removeFirst(count)
      return ids
    }
  }

  private let countMax: Int
  private var nextID: UInt64 = 0
  private var slots: [UInt64: Slot] = [:]
  private var byEnd = Queue()
  private var bySteps = Queue()
  private var isClosed = false

  init(countMax: Int) { self.countMax = countMax }

  /// Nearest deadline of all that are parked, or earlier; nil when none is parked.
  private(set) var nearestDeadline: MonotonicTime?

  var count: Int { slots.count }

  /// Makes room for one waiter. Nil when there are too many, or after `close`.
  mutating func register() -> UInt64? {
    guard !isClosed, slots.count < countMax else { return nil }
    nextID += 1
    slots[nextID] = .starting
    return nextID
  }

  /// False when the waiter is not to wait: it was cancelled, or all is closed.
  mutating func park(_ id: UInt64, _ waiter: Waiter) -> Bool {
    guard case .starting = slots[id], !isClosed else {
      slots[id] = nil
      return false
    }
    slots[id] = .parked(waiter)
    if waiter.range.isEmpty {
      bySteps.insert(waiter.stepsAtIssue.rawValue, id)
    } else {
      byEnd.insert(waiter.range.end.rawValue, id)
    }
    nearestDeadline = nearestDeadline.map { min($0, waiter.deadline) } ?? waiter.deadline
    return true
  }

  /// The waiter needs no place after all.
  mutating func withdraw(_ id: UInt64) { slots[id] = nil }

  /// Nil when it is not parked: it was answered, or has yet to park and then will not.
  mutating func cancel(_ id: UInt64) -> Waiter? {
    switch slots[id] {
    case .parked: return remove(id)
    case .starting:
      slots[id] = .cancelled
      return nil
    case .cancelled, nil: return nil
    }
  }

  /// Those that are complete now, in the order of their offsets.
  mutating func complete(end: Offset, steps: StepCount) -> [Waiter] {
    let ids = byEnd.take(through: end.rawValue) + bySteps.take(through: steps.rawValue)
    return ids.compactMap { remove($0) }
  }

  /// Those whose time is up, in the order they came.
  mutating func expired(at now: MonotonicTime) -> [Waiter] {
    guard let nearestDeadline, nearestDeadline <= now else { return [] }
    var nearest: MonotonicTime?
    var ids: [UInt64] = []
    for (id, slot) in slots {
      guard case .parked(let waiter) = slot else { continue }
      if waiter.deadline <= now {
        ids.append(id)
      } else {
        nearest = nearest.map { min($0, waiter.deadline) } ?? waiter.deadline
      }
    }
    self.nearestDeadline = nearest
    return ids.sorted().compactMap { remove($0) }
  }

  /// All; later ones do not park.
  mutating func close() -> [Waiter] {
    isClosed = true
    return slots.keys.sorted().compactMap { remove($0) }
  }

  private mutating func remove(_ id: UInt64) -> Waiter? {
    guard case .parked(let waiter) = slots[id] else { return nil }
    slots[id] = nil
    if waiter.range.isEmpty {
      bySteps.remove(waiter.stepsAtIssue.rawValue, id)
    } else {
      byEnd.remove(waiter.range.end.rawValue, id)
    }
    return waiter
  }
}
