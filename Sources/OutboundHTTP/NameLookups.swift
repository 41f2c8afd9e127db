import ConnectorKit
import Platform
import Synchronization

/// Looks names up on threads that may block; callers that ask for the same name meanwhile share one answer.
/// Thread-safe.
final class NameLookups: Sendable {
  typealias Action = @Sendable ([[UInt8]]) -> Void

  private let pool: BlockingPool
  private let resolve: @Sendable (String) -> [[UInt8]]
  private let underway = Mutex<[String: [Action]]>([:])

  init(pool: BlockingPool, resolve: @escaping @Sendable (String) -> [[UInt8]]) {
    self.pool = pool
    self.resolve = resolve
  }

  /// The action runs on a thread of the pool.
  func addresses(of name: String, _ action: @escaping Action) {
    let isFirst = underway.withLock { underway in
      underway[name, default: []].append(action)
      return underway[name]?.count == 1
    }
    guard isFirst else { return }
    pool.submit { [self] in
      let found = IPText.parse(name).map { [$0] } ?? resolve(name)
      let actions = underway.withLock { $0.removeValue(forKey: name) ?? [] }
      for action in actions { action(found) }
    }
  }
}
