import HTTPTypes
import WireTypes

extension CargoOperations {
  private static let project = "/admin/projects/{slug}"

  /// For the owner of the server, with `X-Admin-Key`.
  static let projects = APIChapter(
    "Projects", "Projects and their keys, for the owner of the server.",
    [
      APIOperation(.get, "/admin/projects", "listProjects", "Projects, the newest first.")
        .query("skip", JSONSchema.integer(from: 0).byDefault(0), "How many to pass over.")
        .query("limit", JSONSchema.integer(from: 1, to: 1000).byDefault(100), "Projects of a page.")
        .answers(200, "A page.", .object(["projects": .list(.ref("Project")), "total": .count]))
        .answers(422, "The query is not as it should be.", .ref("CargoInvalid")),
      APIOperation(.post, "/admin/projects", "createProject", "Makes a project.")
        .takes(
          .object(
            [("name", .text(1...255)), ("slug", .text(1...63, pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))],
            optional: CargoSchemas.projectMembers, isOpen: true)
        )
        .answers(201, "The project; its webhook secret is told this once.", .ref("NewProject"))
        .answers(409, "The slug is taken.", .ref("CargoError"))
        .answers(422, "The body is not as it should be.", .ref("CargoInvalid")),
      APIOperation(.get, project, "getProject", "One project.")
        .answers(200, "The project.", .ref("Project")),
      APIOperation(.patch, project, "patchProject", "Changes the members that are in the body.")
        .takes(
          .object(
            [],
            optional: [("name", JSONSchema.text(1...255).orNull), ("is_active", JSONSchema.flag.orNull)]
              + CargoSchemas.projectMembers, isOpen: true)
        )
        .answers(200, "The project as it is now.", .ref("Project"))
        .answers(422, "The body is not as it should be.", .ref("CargoInvalid")),
      APIOperation(.get, "\(project)/api-keys", "listProjectKeys", "The keys of a project.")
        .answers(
          200, "The keys, also those that are revoked.",
          .object(["api_keys": .list(.ref("ProjectKey")), "total": .count])),
      APIOperation(.post, "\(project)/api-keys", "createProjectKey", "Makes a key.")
        .takes(
          .object(
            ["name": .text(1...255)],
            optional: [
              "scopes": JSONSchema.list(.choice("ingest", "read", "admin")).orNull,
              "expires_at": JSONSchema.time.orNull,
            ], isOpen: true)
        )
        .answers(201, "The key; `api_key` is told this once.", .ref("NewProjectKey"))
        .answers(422, "The body is not as it should be.", .ref("CargoInvalid")),
      APIOperation(.delete, "\(project)/api-keys/{id}", "revokeProjectKey", "Revokes a key.")
        .answers(204, "It is no key any more."),
    ])
}

extension CargoSchemas {
  static let projectMembers: [(String, JSONSchema)] = [
    ("description", JSONSchema.text(0...1000).orNull), ("settings", JSONSchema.map(.any).orNull),
  ]

  static let projects: [(name: String, schema: JSONSchema)] = [
    ("Project", .object(project)), ("NewProject", .object(project + [("webhook_secret", .text)])),
    ("ProjectKey", .object(key)), ("NewProjectKey", .object(key + [("api_key", .text)])),
  ]

  private static let project: [(String, JSONSchema)] = [
    ("id", .uuid), ("name", .text), ("slug", .text), ("description", .text.orNull), ("is_active", .flag),
    ("settings", .map(.any)), ("created_at", .time), ("updated_at", .time),
  ]

  private static let key: [(String, JSONSchema)] = [
    ("id", .uuid), ("name", .text), ("key_prefix", .text), ("is_active", .flag), ("scopes", .list(.text)),
    ("created_at", .time), ("expires_at", JSONSchema.time.orNull), ("last_used_at", JSONSchema.time.orNull),
  ]
}
