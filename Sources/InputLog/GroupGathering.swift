package import PipelineModel
import Platform

/// Pure: whether a group waits a moment for more requests, so that fewer syncs are shared by more of them.
///
/// A sync costs processor time that does not depend on what it writes. Where many requests are being read at once, some
/// of them will be here within two milliseconds, and the processor has work meanwhile; with few clients it would stand
/// still, so their groups are written at once (commit_delay and commit_siblings of PostgreSQL, section 20.5 of its
/// manual).
package struct GroupGathering: Sendable {
  package struct Situation: Sendable {
    /// Requests that could be written now.
    package var waiting: Int
    /// Requests whose bodies are being read.
    package var approaching: Int
    /// How many have ended their approach so far.
    package var arrived: Int
    package var now: MonotonicTime

    package init(waiting: Int, approaching: Int, arrived: Int, now: MonotonicTime) {
      self.waiting = waiting
      self.approaching = approaching
      self.arrived = arrived
      self.now = now
    }

    /// There is nothing to gather, or more wait than could come.
    package var isGathered: Bool { waiting == 0 || waiting >= approaching }
  }

  private var since: (begin: MonotonicTime, arrived: Int)?
  /// Bodies that come slowly are not waited for again before.
  private var restsUntil: MonotonicTime?

  package static let nanosecondsMax: UInt64 = 2_000_000
  package static let approachingMin = 6
  /// After a wait that brought nothing.
  package static let restNanoseconds: UInt64 = 100_000_000

  package init() {}

  /// Nanoseconds to wait at most; nil: write now.
  package mutating func decide(_ situation: Situation) -> UInt64? {
    guard let begun = since else {
      let rests = restsUntil.map { situation.now < $0 } ?? false
      guard situation.approaching >= Self.approachingMin, !situation.isGathered, !rests else { return nil }
      since = (situation.now, situation.arrived)
      return Self.nanosecondsMax
    }
    let waited = situation.now.since(begun.begin)
    if waited < Self.nanosecondsMax, !situation.isGathered { return Self.nanosecondsMax - waited }
    // Requests that are taken at once may have come meanwhile; they were not waited for.
    let isInVain = situation.arrived == begun.arrived
    restsUntil = isInVain ? MonotonicTime(nanoseconds: situation.now.nanoseconds &+ Self.restNanoseconds) : nil
    since = nil
    return nil
  }
}

/// Counts a request as approaching while it lives.
package final class LogApproach: Sendable {
  private let appender: LogAppender

  init(_ appender: LogAppender) {
    self.appender = appender
    appender.approaches()
  }

  deinit { appender.arrives() }
}
