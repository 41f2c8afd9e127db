// Goal: who may not do a thing is told so in the dialect of the route, with the exact status; what belongs to others
// is not found; the listing that the acceptance tests go by is complete.
// Method: the responder over a fake directory whose pipeline `p` belongs to the default project.

import AccessControl
import Foundation
import HTTPAPI
import HTTPTypes
import PipelineModel
import Platform
import Synchronization
import Testing
import WireTypes

struct AccessTests {
  static let adminKey = "an admin key for tests"

  static func api(_ change: (inout AccessConfiguration) -> Void = { _ in }) -> TestAPI {
    var configuration = AccessConfiguration()
    configuration.mode = .required
    configuration.adminKey = Secret(adminKey)
    change(&configuration)
    return TestAPI(access: configuration)
  }

  static func headers(_ key: String) throws -> HTTPFields { [try #require(HTTPField.Name("x-api-key")): key] }
  static let admin: HTTPFields = {
    var fields = HTTPFields()
    if let name = HTTPField.Name("x-admin-key") { fields[name] = adminKey }
    return fields
  }()

  static func key(_ api: TestAPI, project: String = "default", _ scopes: [Scope] = Scope.allCases) async throws -> String {
    let store = api.access.store
    let new = try await store.createKey(
      in: try store.project(project).id, name: "k", scopes: Scopes(scopes), expiresAt: nil, distinct: false)
    return new.text.revealedText
  }

  @Test func keysComeInThreeFields() async throws {
    let api = AccessTests.api()
    let key = try await AccessTests.key(api)
    #expect(try await api.get("/v0/config", headers: AccessTests.headers(key)).status == 200)
    #expect(try await api.get("/v0/config", headers: [.authorization: "Bearer \(key)"]).status == 200)
    #expect(try await api.get("/v0/config", headers: [.authorization: "bearer  \(key)"]).status == 200)
    #expect(try await api.get("/v0/config", headers: [.authorization: "Bearer \(AccessTests.adminKey)"]).status == 200)
    for value in ["Basic \(key)", key, "Bearer", "Bearer x\(key)"] {
      expectError(try await api.get("/v0/config", headers: [.authorization: value]), 401, "InvalidApiKey")
    }
    // The field of the admin key opens nothing else.
    expectError(try await api.get("/v0/config", headers: AccessTests.admin), 401, "InvalidApiKey")
    #expect(try await api.get("/healthz").status == 200)
    #expect(try await api.get("/v0/config/authentication").text != "{}")
  }

  @Test func refusalsHaveTheirChallenge() async throws {
    let api = AccessTests.api()
    let missing = try await api.get("/v0/pipelines")
    expectError(missing, 401, "InvalidApiKey")
    #expect(missing.headers[.wwwAuthenticate] == "Bearer realm=\"tidemark\"")
    let admin = try await api.get("/admin/projects")
    #expect(admin.status == 401)
    #expect(admin.headers[.wwwAuthenticate] == "AdminApiKey")
    #expect(admin.text == #"{"detail":"Admin API key required. Include X-Admin-Key header."}"#)
    let wrong = try await api.get("/admin/projects", headers: [try #require(HTTPField.Name("x-admin-key")): "no"])
    #expect(wrong.status == 401 && wrong.text == #"{"detail":"Invalid admin API key."}"#)
    let without = AccessTests.api { $0.adminKey = nil }
    #expect(try await without.get("/admin/projects", headers: AccessTests.admin).status == 500)
  }

  @Test func aMissingScopeIs403ForOnesOwnAnd404ForOthers() async throws {
    let api = AccessTests.api()
    _ = try await api.access.store.createProject(
      name: "Acme", slug: "acme", description: nil, settings: ProjectSettings())
    let reader = try AccessTests.headers(try await AccessTests.key(api, [.read]))
    expectError(try await api.post("/v0/pipelines/p/start", headers: reader), 403, "PermissionDenied")
    expectError(try await api.post("/v0/pipelines/q/start", headers: reader), 404, "UnknownPipelineName")
    expectError(try await api.post("/v0/pipelines", "{}", headers: reader), 403, "PermissionDenied")
    #expect(api.directory.state.withLock { $0.calls.isEmpty })
    let foreign = try AccessTests.headers(try await AccessTests.key(api, project: "acme", [.read]))
    expectError(try await api.post("/v0/pipelines/p/start", headers: foreign), 404, "UnknownPipelineName")
    expectError(try await api.get("/v0/pipelines/p", headers: foreign), 404, "UnknownPipelineName")
  }

  @Test func everybodyMayWithoutAuthentication() async throws {
    let api = TestAPI()
    #expect(try await api.get("/v0/pipelines/p", headers: AccessTests.headers("whatever")).status == 200)
    #expect(try await api.get("/v0/pipelines/p", headers: [.authorization: "Basic x"]).status == 200)
    #expect(try await api.get("/v0/config/authentication").text == "{}")
  }

  @Test func keysAreShownOnce() async throws {
    let api = AccessTests.api()
    let owner = try AccessTests.headers(try await AccessTests.key(api))
    let made = try await api.post("/v0/api_keys", #"{"name":"push","scopes":["ingest"]}"#, headers: owner)
    #expect(made.status == 201)
    let key = try #require(made.json["api_key"]?.stringValue)
    #expect(APIKeyText.isWellFormed(key))
    expectError(try await api.post("/v0/api_keys", #"{"name":"push"}"#, headers: owner), 409, "DuplicateName")
    let list = try await api.get("/v0/api_keys", headers: owner)
    #expect(list.json.elements?.count == 2)
    #expect(!list.text.contains(key) && list.text.contains(key.prefix(12)))
    #expect(try await api.get("/v0/api_keys/push", headers: owner).status == 200)
    #expect(try await api.call(.delete, "/v0/api_keys/push", headers: owner).status == 200)
    expectError(try await api.get("/v0/api_keys/push", headers: owner), 404, "UnknownApiKey")
    expectError(try await api.get("/v0/config", headers: AccessTests.headers(key)), 401, "InvalidApiKey")
  }

  @Test(arguments: [
    (#"{}"#, 400), (#"{"name":""}"#, 400), (#"{"name":"x","scopes":[]}"#, 400), (#"{"name":"x","scopes":["all"]}"#, 400),
    (#"{"name":"x","role":"king"}"#, 400), (#"{"name":"x","scopes":["admin"],"expires_at":"2001-01-01T00:00:00Z"}"#, 400),
    (#"{"name":"x","scopes":["admin","read"]}"#, 403), (#"{"name":"x","scopes":["admin"]}"#, 201), ("null", 400),
  ])
  func keyBodiesAreChecked(body: String, status: Int) async throws {
    let api = AccessTests.api()
    let admin = try AccessTests.headers(try await AccessTests.key(api, [.admin]))
    #expect(try await api.post("/v0/api_keys", body, headers: admin).status == status)
  }

  @Test func projectsAndTheirKeys() async throws {
    let api = AccessTests.api()
    let admin = AccessTests.admin
    let body = #"{"name":"Acme","slug":"acme","settings":{"rate_limits":{"project":{"requests":1}},"x":1}}"#
    let made = try await api.post("/admin/projects", body, headers: admin)
    #expect(made.status == 201)
    let secret = try #require(made.json["webhook_secret"]?.stringValue)
    #expect(secret.hasPrefix("whsec_"))
    #expect(try await api.post("/admin/projects", body, headers: admin).status == 409)
    let shown = try await api.get("/admin/projects/acme", headers: admin)
    #expect(shown.keys == [
      "id", "name", "slug", "description", "is_active", "settings", "created_at", "updated_at",
    ])
    #expect(shown.json["settings"]?["x"] == .number("1"))
    let list = try await api.get("/admin/projects?limit=1", headers: admin)
    #expect(list.json["total"] == .number("2") && list.json["projects"]?.elements?.count == 1)
    #expect(list.json["projects"]?.elements?.first?["slug"] == "acme", "newest first")
    let key = try await api.post("/admin/projects/acme/api-keys", #"{"name":"k"}"#, headers: admin)
    #expect(key.status == 201)
    #expect(key.keys.isSuperset(of: ["id", "name", "key_prefix", "created_at", "expires_at", "api_key"]))
    let text = try #require(key.json["api_key"]?.stringValue)
    let own = try AccessTests.headers(text)
    #expect(try await api.get("/v0/config", headers: own).status == 200)
    let limited = try await api.get("/v0/config", headers: own)
    expectError(limited, 429, "RateLimitExceeded")
    #expect(limited.headers[.retryAfter] != nil)

    let off = try await api.call(.patch, "/admin/projects/acme", body: Array(#"{"is_active":false}"#.utf8), headers: admin)
    #expect(off.json["is_active"] == false)
    expectError(try await api.get("/v0/config", headers: own), 403, "PermissionDenied")
    let id = try #require(key.json["id"]?.stringValue)
    #expect(try await api.call(.delete, "/admin/projects/acme/api-keys/\(id)", headers: admin).status == 204)
    #expect(try await api.call(.delete, "/admin/projects/acme/api-keys/x", headers: admin).status == 404)
    #expect(try await api.get("/admin/projects/none/api-keys", headers: admin).text == #"{"detail":"Project not found"}"#)
    let keys = try await api.get("/admin/projects/acme/api-keys", headers: admin)
    #expect(keys.json["api_keys"]?.elements?.first?["is_active"] == false)
    expectError(try await api.get("/v0/config", headers: own), 401, "InvalidApiKey")
    for answer in [shown, list, keys] { #expect(!answer.text.contains(text) && !answer.text.contains(secret)) }
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"name":"x"}"#, #"{"name":1,"slug":"a"}"#, #"{"name":"","slug":"a"}"#, #"{"name":"x","slug":"A"}"#,
    #"{"name":"x","slug":"a","description":5}"#, #"{"name":"x","slug":"a","settings":[]}"#,
    #"{"name":"x","slug":"a","settings":{"rate_limits":{"project":{"requests":-1}}}}"#,
    #"{"name":"x","slug":"a","settings":{"rate_limits":{"all":{}}}}"#, #"{"name":"x","slug":"a","is_active":"y"}"#,
  ])
  func projectBodiesAreChecked(body: String) async throws {
    let reply = try await AccessTests.api().post("/admin/projects", body, headers: AccessTests.admin)
    #expect(reply.status == 422)
    let first = reply.json["detail"]?.elements?.first
    #expect(first?["loc"]?.elements?.first == "body" && first?["msg"] != nil && first?["type"] != nil)
  }

  @Test func quotasAreToldAndKept() async throws {
    let api = AccessTests.api { $0.keyLimits = QuotaLimits(requests: 2, records: 10, windowSeconds: 3600) }
    let headers = try AccessTests.headers(try await AccessTests.key(api))
    func field(_ reply: TestAPI.Reply, _ name: String) -> String? {
      HTTPField.Name(name).flatMap { reply.headers[$0] }
    }
    let first = try await api.get("/v0/config", headers: headers)
    #expect(field(first, "x-ratelimit-limit") == "2" && field(first, "x-ratelimit-remaining") == "1")
    #expect(field(first, "ratelimit-policy") == #""key-requests";q=2;w=3600, "key-records";q=10;qu="records";w=3600"#)
    #expect(field(first, "ratelimit")?.hasPrefix(#""key-requests";r=1;t="#) == true)
    _ = try await api.get("/v0/nothing", headers: headers)
    let unknown = try await api.get("/v0/pipelines/q", headers: headers)
    #expect(unknown.status == 404 && field(unknown, "x-ratelimit-remaining") == "0")
    let third = try await api.get("/v0/config", headers: headers)
    expectError(third, 429, "RateLimitExceeded")
    #expect(Int(field(third, "retry-after") ?? "") ?? 0 > 3590)
    #expect(field(third, "x-ratelimit-remaining") == "0")
    #expect(third.json["details"]?["window_size"] == .number("3600"))
  }

  @Test func theListOfRoutesIsComplete() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Acceptance/routes.txt")
    let wanted = RouteTable.listing.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try wanted.write(to: path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: path, encoding: .utf8) == wanted, "rewrite it with UPDATE_GOLDEN=1")
  }
}
