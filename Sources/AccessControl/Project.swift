package import PipelineModel

/// A tenant: owns pipelines and keys.
package struct Project: Hashable, Sendable {
  package let id: UniqueID
  package var name: String
  /// Never changes: the names of its pipelines are stored under it.
  package let slug: String
  package var description: String?
  package var isActive: Bool
  package var settings: ProjectSettings
  package let createdAt: WallTime
  package var updatedAt: WallTime
  /// Signs the webhooks and callbacks of the project.
  package let webhookSecret: Secret

  /// The project of everybody without authentication, and of the admin key. Always there.
  package static let defaultSlug = "default"
  package var isDefault: Bool { slug == Project.defaultSlug }

  package static let nameLengthMax = 255
  package static let descriptionLengthMax = 1000
  package static let slugLengthMax = 63

  /// `^[a-z0-9][a-z0-9-]*[a-z0-9]$|^[a-z0-9]$`, at most 63 characters.
  package static func isSlug(_ text: String) -> Bool {
    guard (1...slugLengthMax).contains(text.utf8.count) else { return false }
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
    }
    return isPlain && !text.hasPrefix("-") && !text.hasSuffix("-")
  }
}

/// What the owner of the server sets for a project.
package struct ProjectSettings: Hashable, Sendable {
  /// All of it as a JSON object, as it was given.
  package var json = "{}"
  /// Of all keys together; nil: the server's default.
  package var projectLimits: QuotaLimits?
  /// Of each key; nil: the server's default.
  package var keyLimits: QuotaLimits?

  package init() {}
}

/// Present fields replace.
package struct ProjectPatch: Sendable {
  package var name: String?
  package var description: String??
  package var isActive: Bool?
  package var settings: ProjectSettings?

  package init() {}
}

/// Who makes a request, as the routes see it.
package struct Principal: Hashable, Sendable {
  package let project: UniqueID
  package let slug: String
  package let scopes: Scopes
  /// Nil for the admin key and without authentication.
  package let key: UniqueID?
  /// Came with the admin key.
  package let isOperator: Bool
  let keyLimits: QuotaLimits?
  let projectLimits: QuotaLimits?

  /// Of a route that asks for nobody.
  package static let nobody = Principal(
    project: UniqueID(high: 0, low: 0), slug: Project.defaultSlug, scopes: Scopes([]), key: nil, isOperator: false,
    keyLimits: nil, projectLimits: nil)

  /// Whether any quota is to be kept; false costs nothing.
  package var isLimited: Bool { keyLimits != nil || projectLimits != nil }
}
