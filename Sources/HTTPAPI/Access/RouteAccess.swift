import AccessControl

/// What a route asks of its caller.
package enum RouteAccess: String, Sendable, CaseIterable {
  /// Nothing, not even a key.
  case open
  case ingest, read, admin
  /// The admin key of the server, in `X-Admin-Key`.
  case adminKey

  var scope: Scope? {
    switch self {
    case .open, .adminKey: nil
    case .ingest: .ingest
    case .read: .read
    case .admin: .admin
    }
  }
}
