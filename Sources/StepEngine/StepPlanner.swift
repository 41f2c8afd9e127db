package import PipelineModel

/// Pure: when to take the next step and what to do meanwhile.
package struct StepPlanner: Sendable {
  package enum Decision: Hashable, Sendable {
    /// Take a step over durable offsets from the processed end up to `end`, within the byte limit; over none
    /// when only the clock is due.
    case step(end: Offset)
    /// Take the committed transaction as one step.
    case transaction
    /// Nothing to do until woken; nil without a deadline, else nanoseconds to look again at the latest.
    case wait(nanoseconds: UInt64?)
    /// Outputs hold as much memory as they may.
    case waitForRoom
    case stop
  }

  /// What the loop sees when it asks.
  package struct Situation: Hashable, Sendable {
    package var processedEnd: Offset
    package var durableEnd: Offset
    package var paused = false
    package var stopping = false
    package var outputsHaveRoom = true
    package var now: MonotonicTime
    /// Nanoseconds until NOW() moves on, where views depend on it: a step is due then also without records.
    package var untilClock: UInt64?
    package var transaction: TransactionBound?
    /// A range is taken piece by piece: it does not grow.
    package var inPieces = false

    package init(processedEnd: Offset, durableEnd: Offset, now: MonotonicTime) {
      self.processedEnd = processedEnd
      self.durableEnd = durableEnd
      self.now = now
    }

    /// Where steps that are no transaction end.
    fileprivate var end: Offset { transaction.map { min($0.first, durableEnd) } ?? durableEnd }

    /// Whether all before the transaction is processed.
    private var isAtTransaction: Bool { transaction.map { $0.first <= processedEnd } ?? false }

    fileprivate var isCommitDue: Bool {
      if case .committed = transaction { return isAtTransaction }
      return false
    }

    /// Views show nothing new while a transaction is open.
    fileprivate var clockNanoseconds: UInt64? { isAtTransaction ? nil : untilClock }

    /// Nothing is to be taken.
    package var isIdle: Bool { end <= processedEnd && !isCommitDue && clockNanoseconds != 0 }
  }

  private let recordsMin: UInt64
  private let delayNanosecondsMax: UInt64
  private let paceNanoseconds: UInt64
  /// When the records now waiting were first seen.
  private var waitingSince: MonotonicTime?
  /// While it waits for more records: no durable end below this one changes its mind before the time is up.
  package private(set) var endWaitedFor: Offset?
  /// The last step and how many records it had.
  private var last: (begin: MonotonicTime, records: UInt64)?

  /// A step with so many records is one of a stream.
  private static let streamRecordsMin: UInt64 = 512
  /// Beyond so many the pace grows with the records of the last step, up to the greatest factor: at a high rate the
  /// fixed cost of a step weighs more than some milliseconds.
  private static let floodRecordsMin: UInt64 = 2048
  private static let paceFactorMax: UInt64 = 7
  /// So many are not kept waiting.
  private static let streamRecordsMax: UInt64 = 65_536

  /// A step waits until `recordsMin` records are there, but no longer than `delayNanosecondsMax`. In a stream of
  /// records steps begin `paceNanoseconds` apart, in a flood up to seven times that: one for each sync of the log would
  /// cost more than it tells.
  package init(recordsMin: UInt64, delayNanosecondsMax: UInt64, paceNanoseconds: UInt64 = 0) {
    self.recordsMin = recordsMin
    self.delayNanosecondsMax = delayNanosecondsMax
    self.paceNanoseconds = paceNanoseconds
  }

  package mutating func decide(_ situation: Situation) -> Decision {
    endWaitedFor = nil
    if situation.stopping { return .stop }
    let waiting = OffsetRange.clamped(first: situation.processedEnd, end: situation.end).count
    let untilClock = situation.clockNanoseconds
    let isClockDue = untilClock == 0
    guard !situation.isIdle, !situation.paused else {
      waitingSince = nil
      return .wait(nanoseconds: situation.paused ? nil : untilClock)
    }
    guard situation.outputsHaveRoom else { return .waitForRoom }
    if situation.isCommitDue { return .transaction }
    if waiting < recordsMin, !isClockDue, delayNanosecondsMax > 0 {
      let since = waitingSince ?? situation.now
      waitingSince = since
      let waited = situation.now.since(since)
      if waited < delayNanosecondsMax {
        endWaitedFor = situation.processedEnd.advanced(by: Int(clamping: recordsMin))
        return .wait(nanoseconds: min(delayNanosecondsMax - waited, untilClock ?? .max))
      }
    }
    if let left = leftOfPace(situation.now), waiting < Self.streamRecordsMax, !isClockDue, !situation.inPieces
    {
      endWaitedFor = situation.processedEnd.advanced(by: Int(Self.streamRecordsMax))
      return .wait(nanoseconds: min(left, untilClock ?? .max))
    }
    waitingSince = nil
    last = (situation.now, waiting)
    return .step(end: situation.end)
  }

  /// Nil when the next step may begin.
  private func leftOfPace(_ now: MonotonicTime) -> UInt64? {
    guard let last, last.records >= Self.streamRecordsMin else { return nil }
    let factor = min(max(1, last.records / Self.floodRecordsMin), Self.paceFactorMax)
    let pace = paceNanoseconds.multipliedReportingOverflow(by: factor).partialValue
    let passed = now.since(last.begin)
    return passed < pace ? pace - passed : nil
  }
}
