import AccessControl
import Hummingbird
import PipelineModel
import PipelineRuntime
import WireTypes

/// Projects, for the owner of the server.
enum ProjectRoutes {
  static let list: Route.Handler = { call in
    var faults = InvalidFields()
    let skip = ProjectFields.number(call.query["skip"], "skip", default: 0, in: 0...Int.max, &faults)
    let limit = ProjectFields.number(call.query["limit"], "limit", default: 100, in: 1...1000, &faults)
    guard faults.isEmpty else { throw faults }
    let projects = call.environment.access.store.projects
    return Answer.json([
      "projects": .array(projects.dropFirst(skip).prefix(limit).map { .object(body($0)) }),
      "total": .integer(projects.count),
    ])
  }

  static let get: Route.Handler = { call in
    Answer.json(.object(body(try call.environment.access.store.project(call.path("slug")))))
  }

  static let create: Route.Handler = { call in
    let fields = try await ProjectFields(call, creates: true)
    let project = try await call.environment.access.store.createProject(
      name: fields.name ?? "", slug: fields.slug ?? "", description: fields.description ?? nil,
      settings: fields.settings ?? ProjectSettings())
    // Told this once.
    let secret = JSONMember("webhook_secret", .string(project.webhookSecret.revealedWebhookText))
    return Answer.json(.object(body(project) + [secret]), status: .created)
  }

  static let patch: Route.Handler = { call in
    // An unknown project is told before what is wrong with the body.
    _ = try call.environment.access.store.project(call.path("slug"))
    let fields = try await ProjectFields(call, creates: false)
    var patch = ProjectPatch()
    patch.name = fields.name
    patch.description = fields.description
    patch.isActive = fields.isActive
    patch.settings = fields.settings
    let project = try await call.environment.access.store.patchProject(call.path("slug"), patch)
    return Answer.json(.object(body(project)))
  }

  static func body(_ project: Project) -> [JSONMember] {
    [
      JSONMember("id", .string(project.id.description)), JSONMember("name", .string(project.name)),
      JSONMember("slug", .string(project.slug)), JSONMember("description", .text(project.description)),
      JSONMember("is_active", .bool(project.isActive)),
      JSONMember("settings", (try? JSONValue(parsing: project.settings.json)) ?? .emptyObject),
      JSONMember("created_at", .string(project.createdAt.rfc3339)),
      JSONMember("updated_at", .string(project.updatedAt.rfc3339)),
    ]
  }
}

/// Keys of any project, for the owner of the server.
enum ProjectKeyRoutes {
  static let list: Route.Handler = { call in
    let store = call.environment.access.store
    let keys = store.keys(of: try store.project(call.path("slug")).id)
    return Answer.json(["api_keys": .array(keys.map { .object(body($0)) }), "total": .integer(keys.count)])
  }

  static let create: Route.Handler = { call in
    let store = call.environment.access.store
    let project = try store.project(call.path("slug"))
    let fields = try await KeyFields(call)
    let new = try await store.createKey(
      in: project.id, name: fields.name, scopes: fields.scopes, expiresAt: fields.expiresAt, distinct: false)
    return Answer.json(
      .object(body(new.key) + [JSONMember("api_key", .string(new.text.revealedText))]), status: .created)
  }

  static let revoke: Route.Handler = { call in
    let store = call.environment.access.store
    let project = try store.project(call.path("slug"))
    let id = call.path("id")
    try await store.revokeKeys(in: project.id) { $0.id.description == id }
    return Answer.empty(.noContent)
  }

  private static func body(_ key: APIKey) -> [JSONMember] {
    [
      JSONMember("id", .string(key.id.description)), JSONMember("name", .string(key.name)),
      JSONMember("key_prefix", .string(key.prefix)), JSONMember("is_active", .bool(!key.isRevoked)),
      JSONMember("scopes", .array(key.scopes.names.map { .string($0) })),
      JSONMember("created_at", .string(key.createdAt.rfc3339)),
      JSONMember("expires_at", .text(key.expiresAt?.rfc3339)),
      JSONMember("last_used_at", .text(key.lastUsedAt?.rfc3339)),
    ]
  }
}
