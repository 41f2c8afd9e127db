package import PipelineModel

/// Ids by the moment at which they are due: a binary heap, least first; equal moments in the order they came. Pure.
package struct DueQueue: Sendable {
  private struct Entry {
    let at: MonotonicTime
    let number: UInt64
    let id: String

    func precedes(_ other: Entry) -> Bool { (at.nanoseconds, number) < (other.at.nanoseconds, other.number) }
  }

  private var entries: [Entry] = []
  private var number: UInt64 = 0

  package init() {}

  package var count: Int { entries.count }
  package var next: MonotonicTime? { entries.first?.at }

  package mutating func insert(_ id: String, at: MonotonicTime) {
    number &+= 1
    entries.append(Entry(at: at, number: number, id: id))
    var child = entries.count - 1
    while child > 0, entries[child].precedes(entries[(child - 1) / 2]) {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the first when it is due.
  package mutating func pop(now: MonotonicTime) -> String? {
    guard let first = entries.first, first.at.nanoseconds <= now.nanoseconds else { return nil }
    let last = entries.removeLast()
    guard !entries.isEmpty else { return first.id }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child].precedes(entries[least]) { least = child }
      if least == parent { break }
      entries.swapAt(parent, least)
      parent = least
    }
    return first.id
  }
}

extension MonotonicTime {
  package func after(seconds: Double) -> MonotonicTime {
    let nanoseconds = UInt64(max(0, min(seconds, 1e9)) * 1e9)
    let (sum, isOver) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return MonotonicTime(nanoseconds: isOver ? .max : sum)
  }
}

extension WallTime {
  /// Saturating.
  package func after(seconds: Double) -> WallTime {
    let (sum, isOver) = microseconds.addingReportingOverflow(Int64(max(-1e12, min(seconds, 1e12)) * 1e6))
    return WallTime(microseconds: isOver ? .max : sum)
  }

  /// Negative when `other` lies ahead.
  package func seconds(since other: WallTime) -> Double {
    let (difference, isOver) = microseconds.subtractingReportingOverflow(other.microseconds)
    return isOver ? 0 : Double(difference) / 1e6
  }
}
