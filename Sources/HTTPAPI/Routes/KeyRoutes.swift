import AccessControl
import Hummingbird
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes

/// Keys of the caller's own project. A key is shown once, by the call that makes it.
enum KeyRoutes {
  static let list: Route.Handler = { call in
    Answer.json(.array(live(call).map(body)))
  }

  static let get: Route.Handler = { call in Answer.json(body(try named(call))) }

  /// What a path names, for a caller who may not have it.
  static let find: Route.Finder = { call in _ = try named(call) }

  static let create: Route.Handler = { call in
    let json = try await call.json()
    guard let name = json["name"]?.stringValue else {
      throw PipelineError(.invalidBody, "'name' must be text: what the key is called")
    }
    guard !name.isEmpty else { throw PipelineError(.emptyName, "name is empty") }
    guard name.count <= APIKey.nameLengthMax else {
      throw PipelineError(.tooLongName, "the name has more than \(APIKey.nameLengthMax) characters")
    }
    let scopes = try scopes(json)
    guard scopes.isSubset(of: call.principal.scopes) else {
      throw PipelineError(.permissionDenied, "a key cannot make a key that may do more than itself")
    }
    let new = try await call.environment.access.store.createKey(
      in: call.principal.project, name: name, scopes: scopes,
      expiresAt: try expiry(json["expires_at"], now: call.environment.clock.wall()), distinct: true)
    var members = body(new.key).members ?? []
    members.append(JSONMember("api_key", .string(new.text.revealedText)))
    return Answer.json(.object(members), status: .created)
  }

  static let delete: Route.Handler = { call in
    let name = call.path("key")
    try await call.environment.access.store.revokeKeys(in: call.principal.project) { key in
      key.name == name && !key.isRevoked
    }
    return Answer.empty(.ok)
  }

  private static func live(_ call: APICall) -> [APIKey] {
    call.environment.access.store.keys(of: call.principal.project).filter { !$0.isRevoked }
  }

  private static func named(_ call: APICall) throws(PipelineError) -> APIKey {
    let name = call.path("key")
    guard let key = live(call).first(where: { $0.name == name }) else {
      throw PipelineError(.unknownApiKey, "unknown API key '\(name.prefix(APIKey.nameLengthMax))'")
    }
    return key
  }

  /// `scopes` as a list, or one of the roles of the reference; all of them when neither is given.
  private static func scopes(_ json: JSONValue) throws(PipelineError) -> Scopes {
    if let value = json["scopes"], !value.isNull {
      let names = value.elements?.compactMap(\.stringValue) ?? []
      guard let scopes = Scopes(names: names), names.count == value.elements?.count else {
        throw PipelineError(.invalidParam, "'scopes' must be a list of ingest, read and admin")
      }
      return scopes
    }
    guard let value = json["role"], !value.isNull else { return .all }
    switch value.stringValue?.lowercased() {
    case "owner", "admin": return .all
    case "write", "writer", "editor", "member": return Scopes([.ingest, .read])
    case "read", "reader", "viewer": return Scopes([.read])
    default: throw PipelineError(.invalidParam, "'role' must be owner, write or read")
    }
  }

  private static func expiry(_ value: JSONValue?, now: WallTime) throws(PipelineError) -> WallTime? {
    guard let value, !value.isNull else { return nil }
    guard let time = value.stringValue.flatMap({ WallTime(rfc3339: $0) }) else {
      throw PipelineError(.invalidParam, "'expires_at' must be a time such as 2026-01-31T08:15:30Z")
    }
    guard time > now else { throw PipelineError(.invalidParam, "'expires_at' lies in the past") }
    return time
  }

  private static func body(_ key: APIKey) -> JSONValue {
    [
      "id": .string(key.id.description), "name": .string(key.name),
      "scopes": .array(key.scopes.names.map { .string($0) }), "prefix": .string(key.prefix),
      "created_at": .string(key.createdAt.rfc3339), "expires_at": .text(key.expiresAt?.rfc3339),
      "last_used_at": .text(key.lastUsedAt?.rfc3339),
    ]
  }
}
