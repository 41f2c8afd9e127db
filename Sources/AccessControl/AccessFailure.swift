/// Why a request may not do what it asks. The text never holds a part of a key.
package enum AccessFailure: Error, Hashable, Sendable {
  case missing
  case malformed
  /// Also a revoked key.
  case unknown
  case expired
  case inactiveProject
  case insufficientScope(Scope)
  /// The call concerns the whole server, and the key belongs to one of its projects.
  case otherProject
  case adminMissing
  case adminUnknown
  case adminNotConfigured

  package var text: String {
    switch self {
    case .missing: "API key required. Include X-API-Key header."
    case .malformed: "Invalid API key format."
    case .unknown: "Invalid API key."
    case .expired: "API key has expired."
    case .inactiveProject: "Project is inactive."
    case .insufficientScope(let scope): "This API key does not have the scope '\(scope)'."
    case .otherProject: "This call is for the default project only."
    case .adminMissing: "Admin API key required. Include X-Admin-Key header."
    case .adminUnknown: "Invalid admin API key."
    case .adminNotConfigured: "Admin API key is not configured."
    }
  }
}

/// Why a project or key could not be made, changed or found.
package struct AccessError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable { case slugTaken, nameTaken, unknownProject, unknownKey, tooMany, storage }

  package let code: Code
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
