import AccessControl
import Hummingbird
import HummingbirdCore
import PipelineModel
import WireTypes

/// Health, configuration and session of the server.
enum ServerRoutes {
  static let health: Route.Handler = { _ in Answer.json(["status": "healthy"]) }

  /// An empty object: no authentication.
  static let authentication: Route.Handler = { call in
    guard call.environment.access.isRequired else { return Answer.json(.emptyObject) }
    return Answer.json(["ApiKey": ["headers": ["Authorization: Bearer", "X-API-Key"]]])
  }

  static let demos: Route.Handler = { _ in Answer.json([]) }

  static let config: Route.Handler = { call in
    let product = call.environment.product
    return Answer.json([
      "telemetry": "", "edition": .string(product.edition), "version": .string(product.version),
      "revision": .string(product.revision), "runtime_revision": .string(product.revision),
      "changelog_url": "",
      "license_validity": nil, "unstable_features": nil, "update_info": nil,
      "build_info": [
        "build_timestamp": "", "build_cpu": .string(Build.cpu), "build_os": .string(Build.system),
      ],
    ])
  }

  static let session: Route.Handler = { call in
    let principal = call.principal
    return Answer.json([
      "tenant_id": .string(principal.project.description), "tenant_name": .string(principal.slug),
      "role": principal.scopes.contains(.admin) ? "owner" : principal.scopes.contains(.ingest) ? "write" : "read",
      "memberships": [],
    ])
  }
}

/// What this binary was built for.
private enum Build {
  #if arch(x86_64)
    static let cpu = "x86_64"
  #elseif arch(arm64)
    static let cpu = "aarch64"
  #else
    static let cpu = "unknown"
  #endif
  #if os(Linux)
    static let system = "linux"
  #else
    static let system = "unknown"
  #endif
}
