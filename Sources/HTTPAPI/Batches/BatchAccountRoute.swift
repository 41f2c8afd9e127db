import AccessControl
import Platform
import WireTypes
import Workflows

/// `GET /v1/status`: what the account has open, and what is left of its limits.
enum BatchAccountRoute {
  static let status = BatchRoutes.route(.account) { call in
    let service = try await call.work().service
    let jobs = service.openItems(.batches)
    let processing = jobs.count { $0.status == .processing }
    let standings = call.principal.isLimited ? call.environment.access.standings(call.principal) : []
    return BatchEnvelope(
      "Status retrieved successfully",
      [
        "status": "operational", "version": .string(call.environment.product.version),
        "account": ["project": .string(call.principal.slug)],
        "batches": [
          "open": .integer(service.openGroups(.batches).count),
          "jobs_pending": .integer(jobs.count - processing),
          "jobs_processing": .integer(processing),
        ],
        "rate_limits": .array(standings.map(limit)), "timestamp": .string(service.clock.wall().rfc3339),
      ])
  }

  private static func limit(_ standing: QuotaStanding) -> JSONValue {
    [
      "of": .string(standing.owner.rawValue), "unit": .string(standing.unit.rawValue),
      "limit": .integer(standing.limit), "remaining": .integer(standing.remaining),
      "reset_seconds": .integer(standing.resetSeconds), "window_size": .integer(standing.windowSeconds),
    ]
  }
}
