import HTTPTypes

extension RouteTable {
  /// Every route of all dialects.
  static let all: [Route] =
    serverRoutes + accessRoutes + pipelineRoutes + dataRoutes + operationRoutes + unsupportedRoutes + documentRoutes
    + cargoRoutes + batches + orchestrationRoutes

  private static let serverRoutes: [Route] = [
    Route(.get, "/healthz", needs: .open, ServerRoutes.health),
    Route(.get, "/config/authentication", needs: .open, ServerRoutes.authentication),
    Route(.get, "/v0/config/authentication", needs: .open, ServerRoutes.authentication),
    Route(.get, "/v0/config", ServerRoutes.config),
    Route(.get, "/v0/config/session", ServerRoutes.session),
    Route(.get, "/v0/config/demos", ServerRoutes.demos),
    Route(.get, "/v0/cluster_healthz", ClusterRoutes.health),
    Route(.get, "/v0/cluster/events", ClusterRoutes.events),
    Route(.get, "/v0/cluster/events/{event}", ClusterRoutes.event),
    Route(.post, "/v0/validate_program", needs: .read, ProgramRoutes.validate),
    Route(.post, "/v0/backups", BackupRoutes.create),
  ]

  /// Keys of the caller's project, and all projects for the owner of the server.
  private static let accessRoutes: [Route] = [
    Route(.get, "/v0/api_keys", needs: .admin, KeyRoutes.list),
    Route(.post, "/v0/api_keys", KeyRoutes.create),
    Route(.get, "/v0/api_keys/{key}", needs: .admin, KeyRoutes.get).finding(KeyRoutes.find),
    Route(.delete, "/v0/api_keys/{key}", KeyRoutes.delete).finding(KeyRoutes.find),
    Route(.get, "/admin/projects", needs: .adminKey, dialect: .cargo, ProjectRoutes.list),
    Route(.post, "/admin/projects", needs: .adminKey, dialect: .cargo, ProjectRoutes.create),
    Route(.get, "/admin/projects/{slug}", needs: .adminKey, dialect: .cargo, ProjectRoutes.get),
    Route(.patch, "/admin/projects/{slug}", needs: .adminKey, dialect: .cargo, ProjectRoutes.patch),
    Route(.get, "/admin/projects/{slug}/api-keys", needs: .adminKey, dialect: .cargo, ProjectKeyRoutes.list),
    Route(.post, "/admin/projects/{slug}/api-keys", needs: .adminKey, dialect: .cargo, ProjectKeyRoutes.create),
    Route(
      .delete, "/admin/projects/{slug}/api-keys/{id}", needs: .adminKey, dialect: .cargo, ProjectKeyRoutes.revoke),
  ]

  private static let pipelineRoutes: [Route] = [
    Route(.get, "/v0/pipelines", PipelineRoutes.list),
    Route(.post, "/v0/pipelines", PipelineRoutes.create),
    Route(.get, "/v0/pipelines/{pipeline}", PipelineRoutes.get),
    Route(.put, "/v0/pipelines/{pipeline}", WorkPipeline.dropping(PipelineRoutes.replace)),
    Route(.patch, "/v0/pipelines/{pipeline}", WorkPipeline.dropping(PipelineRoutes.patch)),
    Route(.delete, "/v0/pipelines/{pipeline}", WorkPipeline.dropping(PipelineRoutes.delete)),
    Route(.post, "/v0/pipelines/{pipeline}/update_runtime", PipelineRoutes.updateRuntime),
    Route(.post, "/v0/pipelines/{pipeline}/start", WorkPipeline.resuming(LifecycleRoutes.start)),
    Route(.post, "/v0/pipelines/{pipeline}/pause", LifecycleRoutes.pause),
    Route(.post, "/v0/pipelines/{pipeline}/resume", LifecycleRoutes.resume),
    Route(.post, "/v0/pipelines/{pipeline}/stop", WorkPipeline.dropping(LifecycleRoutes.stop)),
    Route(.post, "/v0/pipelines/{pipeline}/clear", WorkPipeline.dropping(LifecycleRoutes.clear)),
    Route(.post, "/v0/pipelines/{pipeline}/dismiss_error", LifecycleRoutes.dismissError),
    Route(.post, "/v0/pipelines/{pipeline}/activate", LifecycleRoutes.activate),
    Route(.post, "/v0/pipelines/{pipeline}/approve", LifecycleRoutes.approve),
    Route(.post, "/v0/pipelines/{pipeline}/diff", needs: .read, LifecycleRoutes.diff),
    Route(.get, "/v0/pipelines/{pipeline}/events", EventRoutes.list),
    Route(.get, "/v0/pipelines/{pipeline}/events/{event}", EventRoutes.get),
    Route(.get, "/v0/pipelines/{pipeline}/logs", LogRoutes.follow),
  ]

  private static let dataRoutes: [Route] = [
    Route(.post, "/v0/pipelines/{pipeline}/ingress/{table}", needs: .ingest, IngressRoutes.ingest),
    Route(.post, "/v0/pipelines/{pipeline}/egress/{relation}", needs: .read, EgressRoutes.subscribe),
    Route(.get, "/v0/pipelines/{pipeline}/completion_status", CompletionRoutes.status),
    Route(.post, "/v0/pipelines/{pipeline}/completion_status", needs: .read, TokenGroupRoutes.status),
    Route(.get, "/v0/pipelines/{pipeline}/completion_events", CompletionEventRoutes.events),
    Route(.get, "/v0/pipelines/{pipeline}/dead_letters", DeadLetterRoutes.list),
    Route(.post, "/v0/pipelines/{pipeline}/dead_letters/replay", needs: .ingest, DeadLetterRoutes.replay),
    Route(.get, "/v0/pipelines/{pipeline}/dead_letters/{letter}", DeadLetterRoutes.get),
    Route(.get, "/v0/pipelines/{pipeline}/completion_webhooks", WebhookRoutes.list),
    Route(.post, "/v0/pipelines/{pipeline}/completion_webhooks", needs: .ingest, WebhookRoutes.create),
    Route(.get, "/v0/pipelines/{pipeline}/completion_webhooks/{webhook}", WebhookRoutes.get),
    Route(
      .delete, "/v0/pipelines/{pipeline}/completion_webhooks/{webhook}", needs: .ingest, WebhookRoutes.remove),
    Route(
      .post, "/v0/pipelines/{pipeline}/completion_webhooks/{webhook}/replay", needs: .ingest, WebhookRoutes.replay),
    Route(.get, "/v0/pipelines/{pipeline}/why", TokenStoryRoutes.why),
    Route(.get, "/v0/pipelines/{pipeline}/explain", TokenStoryRoutes.explain),
    Route(.get, "/v0/pipelines/{pipeline}/query", QueryRoutes.query),
  ]

  private static let operationRoutes: [Route] = [
    Route(.get, "/v0/pipelines/{pipeline}/stats", StatsRoutes.stats),
    Route(.get, "/v0/pipelines/{pipeline}/metrics", StatsRoutes.metrics),
    Route(
      .get, "/v0/pipelines/{pipeline}/tables/{table}/connectors/{connector}/stats", ConnectorRoutes.inputStats
    ),
    Route(
      .get, "/v0/pipelines/{pipeline}/views/{view}/connectors/{connector}/stats",
      ConnectorRoutes.outputStats),
    Route(
      .get, "/v0/pipelines/{pipeline}/tables/{table}/connectors/{connector}/completion_token",
      ConnectorRoutes.completionToken),
    Route(
      .post, "/v0/pipelines/{pipeline}/tables/{table}/connectors/{connector}/{action}", ConnectorRoutes.act),
    Route(.post, "/v0/pipelines/{pipeline}/start_transaction", needs: .ingest, TransactionRoutes.start),
    Route(.post, "/v0/pipelines/{pipeline}/commit_transaction", needs: .ingest, TransactionRoutes.commit),
    Route(.post, "/v0/pipelines/{pipeline}/checkpoint", CheckpointRoutes.request),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoint_status", CheckpointRoutes.status),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoints", CheckpointRoutes.list),
    Route(.post, "/v0/pipelines/{pipeline}/checkpoint/sync", CheckpointRoutes.remote),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoint/sync_status", CheckpointRoutes.remote),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoints/remote", CheckpointRoutes.remote),
  ]

  private static let documentRoutes: [Route] = [
    Route(.get, "/openapi.json", needs: .open, OpenAPIRoutes.whole),
    Route(.get, "/v0/openapi.json", needs: .open, OpenAPIRoutes.one(.primary)),
    // Before the routes that would take the name for an id.
    Route(.get, "/cargo/openapi.json", needs: .open, dialect: .cargo, OpenAPIRoutes.one(.cargo)),
    Route(.get, "/v1/batches/openapi.json", needs: .open, dialect: .batches, OpenAPIRoutes.one(.batches)),
    Route(
      .get, "/v1/orchestration/openapi.json", needs: .open, dialect: .orchestration,
      OpenAPIRoutes.one(.orchestration)),
    Route(.get, "/docs", needs: .open, OpenAPIRoutes.page),
  ]

  /// Known paths that this server refuses by name, so that a client sees why.
  private static let unsupportedRoutes: [Route] =
    [
      (.post, "clock/advance"),
      (.post, "testing"), (.post, "rebalance"), (.post, "start_compaction"), (.get, "dataflow_graph"),
      (.get, "time_series"), (.get, "time_series_stream"), (.get, "circuit_profile"),
      (.get, "circuit_json_profile"), (.get, "heap_profile"), (.get, "samply_profile"),
      (.get, "support_bundle"),
    ].map { (method: HTTPRequest.Method, call: String) in
      Route(method, "/v0/pipelines/{pipeline}/\(call)", UnsupportedRoutes.refuse(call))
    }
}

extension RouteTable {
  /// What each route asks of its caller, by method and pattern.
  static let accesses = Dictionary(
    all.map { ("\($0.method) \($0.pattern)", $0.access) }, uniquingKeysWith: { first, _ in first })

  /// Every route as `METHOD pattern access dialect`, sorted.
  package static var listing: [String] {
    all.map { "\($0.method) \($0.pattern) \($0.access.rawValue) \($0.dialect.rawValue)" }.sorted()
  }

  /// Routes that no path leads to and routes given twice; empty unless the table is wrong.
  package static var faults: [String] {
    let table = RouteTable(routes: all)
    var seen: Set<String> = []
    return all.compactMap { route in
      let name = "\(route.method) \(route.pattern)"
      let segments = route.pattern.split(separator: "/").map { $0.hasPrefix("{") ? "x" : String($0) }
      guard case .route = table.find(method: route.method, segments: segments), seen.insert(name).inserted else {
        return name
      }
      return nil
    }
  }
}
