package import PipelineModel

/// Who waits for what: pure bookkeeping of long polls, ordered by what completes them.
///
/// Every waiter that `park` took is given back exactly once, by `complete`, `expired`, `cancel` or `close`.
package struct CompletionWaiters<Continuation: Sendable>: Sendable {
  package struct Waiter: Sendable {
    /// One of them is enough.
    package let conditions: [WaitCondition]
    package let deadline: MonotonicTime
    package let continuation: Continuation

    package init(conditions: [WaitCondition], deadline: MonotonicTime, continuation: Continuation) {
      self.conditions = conditions
      self.deadline = deadline
      self.continuation = continuation
    }
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

    mutating func keep(_ isKept: (UInt64) -> Bool) { entries.removeAll { !isKept($0.id) } }

    /// Ids with keys up to `key`.
    mutating func take(through key: UInt64) -> [UInt64] {
      guard let first = entries.first, first.key <= key else { return [] }
      let count = key == .max ? entries.count : place(key + 1, 0)
      let ids = entries[..<count].map(\.id)
      entries.removeFirst(count)
      return ids
    }
  }

  /// Waiters of one gate, by offset or by step count.
  private struct Lane: Sendable {
    let gate: LedgerGate
    let bySteps: Bool
    var queue = Queue()
  }

  private let countMax: Int
  private var nextID: UInt64 = 0
  private var slots: [UInt64: Slot] = [:]
  /// In the order in which they were first needed; empty ones are dropped.
  private var lanes: [Lane] = []
  /// Also of some that are gone, so that a release of many costs no search for each.
  private var byDeadline = Queue()
  private var isClosed = false

  package init(countMax: Int) { self.countMax = countMax }

  /// Nearest deadline of all that are parked, or earlier; nil when none is parked.
  package var nearestDeadline: MonotonicTime? {
    slots.isEmpty ? nil : byDeadline.entries.first.map { MonotonicTime(nanoseconds: $0.key) }
  }

  package var count: Int { slots.count }

  /// Makes room for one waiter. Nil when there are too many, or after `close`.
  package mutating func register() -> UInt64? {
    guard !isClosed, slots.count < countMax else { return nil }
    nextID += 1
    slots[nextID] = .starting
    return nextID
  }

  /// False when the waiter is not to wait: it was cancelled, or all is closed.
  package mutating func park(_ id: UInt64, _ waiter: Waiter) -> Bool {
    guard case .starting = slots[id], !isClosed else {
      slots[id] = nil
      return false
    }
    slots[id] = .parked(waiter)
    for condition in waiter.conditions { lanes[lane(of: condition)].queue.insert(condition.key, id) }
    byDeadline.insert(waiter.deadline.nanoseconds, id)
    return true
  }

  /// The waiter needs no place after all.
  package mutating func withdraw(_ id: UInt64) { slots[id] = nil }

  /// Nil when it is not parked: it was answered, or has yet to park and then will not.
  package mutating func cancel(_ id: UInt64) -> Waiter? {
    switch slots[id] {
    case .parked: return remove(id)
    case .starting:
      slots[id] = .cancelled
      return nil
    case .cancelled, nil: return nil
    }
  }

  /// Those with a condition that is met now; `position` is nil for a gate that is gone, which lets its waiters
  /// go too.
  package mutating func complete(_ position: (LedgerGate) -> GatePosition?) -> [Waiter] {
    if lanes.isEmpty { return [] }
    var ids: [UInt64] = []
    for index in lanes.indices {
      let reached = position(lanes[index].gate)
      let key = lanes[index].bySteps ? reached?.steps.rawValue : reached?.end.rawValue
      ids += lanes[index].queue.take(through: key ?? .max)
    }
    if ids.isEmpty { return [] }
    let released = ids.compactMap { remove($0) }
    lanes.removeAll { $0.queue.entries.isEmpty }
    return released
  }

  /// Those whose time is up, in the order of their deadlines.
  package mutating func expired(at now: MonotonicTime) -> [Waiter] {
    byDeadline.take(through: now.nanoseconds).compactMap { remove($0) }
  }

  /// All; later ones do not park.
  package mutating func close() -> [Waiter] {
    isClosed = true
    return slots.keys.sorted().compactMap { remove($0) }
  }

  private mutating func remove(_ id: UInt64) -> Waiter? {
    guard case .parked(let waiter) = slots[id] else { return nil }
    slots[id] = nil
    for condition in waiter.conditions { lanes[lane(of: condition)].queue.remove(condition.key, id) }
    if byDeadline.entries.count > 2 * slots.count + 64 {
      let known = slots
      byDeadline.keep { known[$0] != nil }
    }
    return waiter
  }

  /// Index of the condition's lane, made when there is none.
  private mutating func lane(of condition: WaitCondition) -> Int {
    let bySteps = condition.range.isEmpty
    if let index = lanes.firstIndex(where: { $0.gate == condition.gate && $0.bySteps == bySteps }) {
      return index
    }
    lanes.append(Lane(gate: condition.gate, bySteps: bySteps))
    return lanes.count - 1
  }
}
