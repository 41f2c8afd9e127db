/// Position of one record in a pipeline's log: unsigned, first is 0, one sequence a pipeline, never reused.
package struct Offset: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var rawValue: UInt64

  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  package static let zero = Offset(0)

  package static func < (left: Offset, right: Offset) -> Bool { left.rawValue < right.rawValue }

  /// The offset `count` records further on, or nil when the sequence is exhausted.
  package func advanced(by count: Int) -> Offset? {
    guard count >= 0 else { return nil }
    let (sum, overflow) = rawValue.addingReportingOverflow(UInt64(count))
    return overflow ? nil : Offset(sum)
  }

  package var description: String { String(rawValue) }
}

/// Half-open range of offsets `[first, end)`; empty when both are equal.
package struct OffsetRange: Hashable, Sendable, CustomStringConvertible {
  package let first: Offset
  package let end: Offset

  /// Nil when `end` lies before `first`.
  package init?(first: Offset, end: Offset) {
    guard first <= end else { return nil }
    self.first = first
    self.end = end
  }

  private init(uncheckedFirst first: Offset, end: Offset) {
    self.first = first
    self.end = end
  }

  package static func empty(at offset: Offset) -> OffsetRange {
    OffsetRange(uncheckedFirst: offset, end: offset)
  }

  /// The range from `first` up to `end`, or the empty range at `first` when `end` lies before it.
  package static func clamped(first: Offset, end: Offset) -> OffsetRange {
    OffsetRange(uncheckedFirst: first, end: max(first, end))
  }

  package var isEmpty: Bool { first == end }
  package var count: UInt64 { end.rawValue - first.rawValue }

  package func contains(_ offset: Offset) -> Bool { first <= offset && offset < end }

  package var description: String { "[\(first),\(end))" }
}
