import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  static let keys = APIChapter(
    "Keys", "API keys of the caller's project.",
    [
      APIOperation(.get, "/v0/api_keys", "listApiKeys", "The keys of the project.")
        .answers(200, "The keys, without their secrets.", .list(.ref("ApiKey"))),
      APIOperation(.post, "/v0/api_keys", "createApiKey", "Makes a key.")
        .takes(
          .object(
            ["name": .text(1...100)],
            optional: [
              "role": JSONSchema.choice("owner", "write", "read").orNull,
              "scopes": JSONSchema.list(.choice("ingest", "read", "admin")).orNull,
              "expires_at": JSONSchema.time.orNull,
            ], isOpen: true)
        )
        .answers(201, "The key; `api_key` is told this once.", .ref("NewApiKey"))
        .fails(.emptyName, .tooLongName, .duplicateName),
      APIOperation(.get, "/v0/api_keys/{key}", "getApiKey", "One key.")
        .answers(200, "The key.", .ref("ApiKey"))
        .fails(.unknownApiKey),
      APIOperation(.delete, "/v0/api_keys/{key}", "deleteApiKey", "Revokes a key.")
        .answers(200, "It is no key any more.")
        .fails(.unknownApiKey),
    ])
}

extension PrimarySchemas {
  static let keys: [Named] = [
    ("ApiKey", .object(key)),
    ("NewApiKey", .object(key + [("api_key", .text)])),
  ]

  private static let key: [(String, JSONSchema)] = [
    ("id", .uuid), ("name", .text), ("scopes", .list(.choice("ingest", "read", "admin"))), ("prefix", .text),
    ("created_at", .time), ("expires_at", JSONSchema.time.orNull), ("last_used_at", JSONSchema.time.orNull),
  ]
}
