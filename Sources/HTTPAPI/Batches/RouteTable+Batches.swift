import HTTPTypes

extension RouteTable {
  /// The batch dialect.
  static let batches: [Route] = [
    Route(.post, "/v1/batches", needs: .ingest, dialect: .batches, BatchRoutes.create),
    Route(.get, "/v1/batches", dialect: .batches, BatchRoutes.list),
    Route(.get, "/v1/batches/{batch}", dialect: .batches, BatchRoutes.status).finding(BatchRoutes.find),
    Route(.get, "/v1/batches/{batch}/results", dialect: .batches, BatchRoutes.results).finding(
      BatchRoutes.find),
    Route(.put, "/v1/batches/{batch}/state", needs: .ingest, dialect: .batches, BatchRoutes.state)
      .finding(BatchRoutes.find),
    Route(.get, "/v1/status", dialect: .batches, BatchAccountRoute.status),
  ]
}
