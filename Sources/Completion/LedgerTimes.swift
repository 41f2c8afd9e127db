package import PipelineModel

/// When ranges became durable and outputs delivered, as far as this life remembers: the newest moments only.
package struct LedgerTimes: Sendable {
  private struct Moments<Position: Comparable & Sendable>: Sendable {
    /// Nothing is known of positions up to here.
    private var floor: Position
    private var entries: [(position: Position, at: WallTime)] = []

    init(after floor: Position) { self.floor = floor }

    mutating func add(_ position: Position, _ at: WallTime, max: Int) {
      guard position > entries.last?.position ?? floor else { return }
      entries.append((position, at))
      guard entries.count > 2 * max else { return }
      floor = entries[entries.count - max - 1].position
      entries.removeFirst(entries.count - max)
    }

    /// When the position was first reached; nil when it was not yet, or that is not known.
    func time(of position: Position) -> WallTime? {
      guard position > floor else { return nil }
      var (low, high) = (0, entries.count)
      while low < high {
        let middle = (low + high) / 2
        if entries[middle].position < position { low = middle + 1 } else { high = middle }
      }
      return low < entries.count ? entries[low].at : nil
    }
  }

  /// Moments kept of each kind.
  package static let keptMax = 8192

  private var durables: Moments<Offset>
  private var outputs: [String: Moments<StepCount>] = [:]

  /// Everything below `durableEnd` became durable in a former life.
  package init(durableEnd: Offset) { durables = Moments(after: durableEnd) }

  package mutating func begin(_ name: String, at steps: StepCount) { outputs[name] = Moments(after: steps) }

  package mutating func durable(_ end: Offset, at time: WallTime) {
    durables.add(end, time, max: LedgerTimes.keptMax)
  }

  package mutating func delivered(_ name: String, through steps: StepCount, at time: WallTime) {
    outputs[name]?.add(steps, time, max: LedgerTimes.keptMax)
  }

  package mutating func forget(_ name: String) { outputs[name] = nil }

  package func durableTime(of end: Offset) -> WallTime? { durables.time(of: end) }

  package func deliveryTime(_ name: String, of steps: StepCount) -> WallTime? {
    outputs[name]?.time(of: steps)
  }
}
