/// What becomes of a play's batch that is too much for what a quota has left: no batch waits for ever, and none is told
/// in smaller parts than it must be. Pure.
package enum PlayPart: Equatable, Sendable {
  /// At most so many of its records are told now, the others when the window has ended.
  case now(Int)
  /// The whole batch, when the window has ended.
  case later
  /// No window has room for its first record alone.
  case never

  /// A limit that stands against a batch.
  package struct Limit: Sendable {
    /// What the batch uses of it, what a window has of it, and what is left of that.
    package let use: UInt64
    package let limit: UInt64
    package let remaining: UInt64
    /// Of records: then it tells exactly how many there is room for.
    package let countsRecords: Bool

    package init(use: UInt64, limit: UInt64, remaining: UInt64, countsRecords: Bool) {
      self.use = use
      self.limit = limit
      self.remaining = remaining
      self.countsRecords = countsRecords
    }
  }

  /// Of a batch of so many `records`, at least one, where `most` were allowed; `isPart`: it is a part already. Every
  /// part is smaller than the one before, one of bytes at most half as large: the first records may be larger than
  /// the average of them all.
  package init(records: Int, most: Int, isPart: Bool, _ limit: Limit) {
    let isTooLarge = limit.use > limit.limit
    if records <= 1 {
      self = isTooLarge ? .never : .later
    } else if limit.remaining == 0 || !isTooLarge && !isPart {
      self = .later
    } else if limit.countsRecords {
      self = .now(min(Int(clamping: limit.remaining), records - 1))
    } else {
      let share = Double(limit.remaining) / Double(max(1, limit.use)) * Double(records)
      self = .now(max(1, min(Int(min(share, Double(records))), most / 2, records - 1)))
    }
  }
}
