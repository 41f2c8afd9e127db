/// Number of one step; the first step of a log is 0, numbers are never reused, gaps occur only between
/// incarnations.
package struct StepIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var rawValue: UInt64

  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  package static func < (left: StepIndex, right: StepIndex) -> Bool { left.rawValue < right.rawValue }

  /// How many steps are finished once this one is: index k completes count k + 1.
  package var completedCount: StepCount { StepCount(rawValue &+ 1) }

  package var description: String { String(rawValue) }
}

/// A number of steps, as the counters `total_initiated_steps` and `total_completed_steps` report it.
package struct StepCount: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var rawValue: UInt64

  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  package static let zero = StepCount(0)

  package static func < (left: StepCount, right: StepCount) -> Bool { left.rawValue < right.rawValue }

  /// Index of the next step when this many are taken.
  package var nextIndex: StepIndex { StepIndex(rawValue) }

  /// Whether the step is among the first `self` steps.
  package func includes(_ step: StepIndex) -> Bool { step.rawValue < rawValue }

  package var description: String { String(rawValue) }
}
