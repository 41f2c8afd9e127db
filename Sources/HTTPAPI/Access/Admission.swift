import AccessControl
import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform

/// Lets a request in to its route, or says why not.
struct Admission {
  let route: Route
  let environment: APIEnvironment

  /// Who asks; nil of a route that asks for nobody.
  func principal(_ headers: HTTPFields) throws(AccessFailure) -> Principal? {
    switch route.access {
    case .open: nil
    case .adminKey: try environment.access.administrator(presenting: Credentials.adminKey(headers))
    case .ingest, .read, .admin: try environment.access.principal(presenting: Credentials.key(headers))
    }
  }

  /// Errors: the scope is missing. What is not the caller's own is not found, whatever the scopes.
  func checkScope(_ call: APICall) async throws {
    guard let scope = route.access.scope, !call.principal.scopes.contains(scope) else { return }
    try await route.find(call)
    throw AccessFailure.insufficientScope(scope)
  }

  /// Takes one request, and the bytes that it announces for what it pushes.
  func takeQuota(_ call: APICall) throws(QuotaRefusal) {
    var use = QuotaUse(requests: 1)
    if route.access == .ingest {
      use.bytes = UInt64(clamping: call.announcedLength ?? 0)
      use.bringsRecords = call.request.method == .post
    }
    try environment.access.take(use, call.principal)
  }
}

extension APICall {
  /// Counts records that were taken in, after they were; more are refused once the quota is used up.
  func note(records: some BinaryInteger) {
    guard principal.isLimited, records > 0 else { return }
    environment.access.note(QuotaUse(records: UInt64(clamping: records)), principal)
  }

  /// Takes records from the quota before they are taken in. Errors: not so many are left, then none is taken.
  func take(records: some BinaryInteger) throws(QuotaRefusal) {
    guard principal.isLimited, records > 0 else { return }
    try environment.access.take(QuotaUse(records: UInt64(clamping: records)), principal)
  }

  /// Counts the bytes of a body that did not announce its length.
  func note(bytes: Int) {
    guard principal.isLimited, announcedLength == nil, bytes > 0 else { return }
    environment.access.note(QuotaUse(bytes: UInt64(clamping: bytes)), principal)
  }
}

extension APIEnvironment {
  /// The pipelines of the principal's project.
  func directory(of principal: Principal) -> ScopedDirectory {
    ScopedDirectory(directory, slug: principal.slug == Project.defaultSlug ? nil : principal.slug)
  }
}
