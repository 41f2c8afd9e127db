package import PipelineModel

/// Some neighbouring offset → step rows as one read of the store gave them: no row lies between two of them.
package struct StepRun: Sendable, Equatable {
  /// What was asked for: the first row is the first at or behind it.
  package let from: Offset
  /// Ends of the steps' records, ascending.
  package private(set) var ends: [Offset] = []
  package private(set) var steps: [StepIndex] = []

  package init(from: Offset) { self.from = from }

  package mutating func append(_ step: StepIndex, end: Offset) {
    ends.append(end)
    steps.append(step)
  }

  /// The step that holds the record before `end`; nil when the run does not reach so far.
  package func step(of end: Offset) -> StepIndex? {
    guard from <= end, let last = ends.last, end <= last else { return nil }
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] < end { low = middle + 1 } else { high = middle }
    }
    return steps[low]
  }
}

/// Runs of rows that were read lately, so that look-ups near an earlier one need no read. Pure.
///
/// Rows are never changed and new ones only follow the last, so a run stays true for the life of its ledger. The
/// run that goes is one that was not asked since the hand passed it last (second chance).
package struct StepRowCache: Sendable {
  private struct Slot: Sendable {
    var run: StepRun
    var wasUsed = false
  }

  private let countMax: Int
  /// Ascending by `from`, each `from` once.
  private var slots: [Slot] = []
  private var hand = 0

  package init(countMax: Int) { self.countMax = max(1, countMax) }

  package var count: Int { slots.count }

  package mutating func step(of end: Offset) -> StepIndex? {
    let behind = place(behind: end)
    guard behind > 0, let step = slots[behind - 1].run.step(of: end) else { return nil }
    slots[behind - 1].wasUsed = true
    return step
  }

  package mutating func insert(_ run: StepRun) {
    guard !run.ends.isEmpty else { return }
    let behind = place(behind: run.from)
    if behind > 0, slots[behind - 1].run.from == run.from {
      slots[behind - 1].run = run
      return
    }
    slots.insert(Slot(run: run), at: behind)
    if behind < hand { hand += 1 }
    if slots.count > countMax { evict(sparing: run.from) }
  }

  private mutating func evict(sparing newest: Offset) {
    while true {
      if hand >= slots.count { hand = 0 }
      if slots[hand].wasUsed || slots[hand].run.from == newest {
        slots[hand].wasUsed = false
        hand += 1
      } else {
        slots.remove(at: hand)
        return
      }
    }
  }

  /// Index of the first run that begins behind `offset`.
  private func place(behind offset: Offset) -> Int {
    var (low, high) = (0, slots.count)
    while low < high {
      let middle = (low + high) / 2
      if slots[middle].run.from <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
