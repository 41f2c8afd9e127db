import NIOCore

/// How fast a client must send its requests.
package struct PaceLimits: Sendable, Hashable {
  /// Seconds from the first byte of a head to its end; 0: no limit.
  package var headSeconds = 30
  /// Seconds that a body may take whatever its rate.
  package var bodyGraceSeconds = 30
  /// What a body must make on average behind the grace; 0: no limit.
  package var bodyBytesPerSecond = 1024

  package init() {}
}

extension PaceLimits {
  /// Until a client that has so many nanoseconds left is looked at again: what it sends next may have less.
  func pause(left: UInt64) -> TimeAmount {
    let most = Int64(clamping: max(1, min(max(headSeconds, bodyGraceSeconds), 60))) * 1_000_000_000
    return .nanoseconds(max(10_000_000, min(most, Int64(clamping: left))))
  }
}

/// Whether a client sends its request fast enough, so that one that sends a byte now and then does not hold a
/// connection for ever. Only time counts in which the server waits for the client: a body that the server takes slowly,
/// or not yet, is no fault of its sender. Pure; times are nanoseconds of any clock that goes on.
package struct RequestPace {
  package enum Part: Sendable { case none, head, body }

  /// Of a request, what the client is sending.
  package private(set) var part = Part.none
  private let limits: PaceLimits
  private var waited: UInt64 = 0
  private var bytes: UInt64 = 0
  /// Since when the server waits for bytes; nil: it does not.
  private var since: UInt64?

  private static let second: UInt64 = 1_000_000_000

  package init(_ limits: PaceLimits) { self.limits = limits }

  /// A part begins.
  package mutating func begin(_ part: Part) {
    self.part = part
    (waited, bytes, since) = (0, 0, nil)
  }

  /// The server waits for bytes from now on.
  package mutating func asked(_ now: UInt64) { since = since ?? now }

  package mutating func received(_ count: Int, _ now: UInt64) {
    waited = spent(now)
    since = nil
    bytes &+= UInt64(clamping: count)
  }

  private func spent(_ now: UInt64) -> UInt64 {
    let wait = since.map { now > $0 ? now - $0 : 0 } ?? 0
    return waited.addingReportingOverflow(wait).overflow ? .max : waited + wait
  }

  /// Nanoseconds that the server will wait if nothing more comes; 0: the client is too slow. Nil: no limit counts now.
  package func left(_ now: UInt64) -> UInt64? {
    let allowed: UInt64
    switch part {
    case .none: return nil
    case .head:
      guard limits.headSeconds > 0 else { return nil }
      allowed = UInt64(clamping: limits.headSeconds) * RequestPace.second
    case .body:
      guard limits.bodyBytesPerSecond > 0 else { return nil }
      let (sum, isOver) = bytes.multipliedReportingOverflow(by: RequestPace.second)
      allowed = max(
        UInt64(clamping: limits.bodyGraceSeconds) * RequestPace.second,
        isOver ? .max : sum / UInt64(clamping: limits.bodyBytesPerSecond))
    }
    let spent = spent(now)
    return allowed > spent ? allowed - spent : 0
  }
}
