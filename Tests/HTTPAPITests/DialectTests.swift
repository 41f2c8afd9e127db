// Goal: one refusal, four forms. Method: the answers of every dialect to the same errors.

import AccessControl
import HTTPAPI
import Testing
import WireTypes

struct DialectTests {
  @Test(arguments: [
    ("/v0/pipelines", Dialect.primary), ("/healthz", .primary), ("/", .primary), ("/cargo/load", .cargo),
    ("/admin/projects", .cargo), ("/models", .cargo), ("/health", .cargo), ("/v1/orchestration/batches", .orchestration),
    ("/v1/segmentation/segments", .orchestration), ("/v1/batches/x", .batches), ("/v1/status", .batches),
  ])
  func pathsHaveADialect(path: String, dialect: Dialect) { #expect(Dialect(path: path[...]) == dialect) }

  @Test(arguments: [
    ("/cargo/none/none", ["detail"]), ("/v1/orchestration/none", ["errorMessage", "reason"]),
    ("/v1/none", ["success", "message", "code", "status_code", "request_id"]),
    ("/v0/none", ["message", "error_code", "details"]),
  ])
  func unknownPathsAreToldInTheirDialect(path: String, keys: [String]) async throws {
    let reply = try await TestAPI().get(path)
    #expect(reply.status == 404)
    #expect(reply.keys == Set(keys), "\(reply.text)")
  }
}
