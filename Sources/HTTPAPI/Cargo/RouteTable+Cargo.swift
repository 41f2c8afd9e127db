import HTTPTypes

extension RouteTable {
  /// The dialect of Convoy, and what goes beyond it.
  static let cargoRoutes: [Route] = [
    Route(.post, "/cargo/load", needs: .ingest, dialect: .cargo, CargoLoadRoute.load),
    Route(.get, "/cargo", dialect: .cargo, CargoListRoute.list),
    Route(.get, "/cargo/{cargo_id}", dialect: .cargo, CargoRoutes.detail),
    Route(.delete, "/cargo/{cargo_id}", needs: .ingest, dialect: .cargo, CargoRoutes.cancel),
    Route(.get, "/cargo/{cargo_id}/tracking", dialect: .cargo, CargoRoutes.tracking),
    Route(.get, "/cargo/{cargo_id}/result", dialect: .cargo, CargoRoutes.result),
    Route(.post, "/cargo/{cargo_id}/callback/retry", needs: .ingest, dialect: .cargo, CargoRoutes.retryCallback),
    Route(.get, "/models", needs: .open, dialect: .cargo, CargoServerRoutes.models),
    Route(.get, "/health", needs: .open, dialect: .cargo, CargoServerRoutes.health),
  ]
}
