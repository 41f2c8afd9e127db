/// What a key may do. None implies another: a key that pushes records needs `ingest` and no more.
package enum Scope: UInt8, Sendable, CaseIterable, CustomStringConvertible {
  /// Push records, submit work, and what belongs to it: transactions, webhooks, replays.
  case ingest = 1
  /// Look: descriptors, statuses, queries, streams.
  case read = 2
  /// Change what exists: pipelines, their life cycle, keys.
  case admin = 4

  package init?(name: String) {
    guard let scope = Scope.allCases.first(where: { $0.description == name }) else { return nil }
    self = scope
  }

  package var description: String {
    switch self {
    case .ingest: "ingest"
    case .read: "read"
    case .admin: "admin"
    }
  }
}

/// A set of scopes.
package struct Scopes: Hashable, Sendable {
  package private(set) var rawValue: UInt8

  package static let all = Scopes(Scope.allCases)

  package init(_ scopes: [Scope]) { rawValue = scopes.reduce(0) { $0 | $1.rawValue } }

  /// Nil when a name is unknown or there is none.
  package init?(names: [String]) {
    let scopes = names.compactMap { Scope(name: $0) }
    guard scopes.count == names.count, !scopes.isEmpty else { return nil }
    self.init(scopes)
  }

  package func contains(_ scope: Scope) -> Bool { rawValue & scope.rawValue != 0 }
  package func isSubset(of other: Scopes) -> Bool { rawValue & ~other.rawValue == 0 }
  /// In the order ingest, read, admin.
  package var names: [String] { Scope.allCases.filter(contains).map(\.description) }
}
