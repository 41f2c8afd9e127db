import HTTPTypes

extension RouteTable {
  /// Every route of the primary dialect.
  static let all: [Route] = serverRoutes + pipelineRoutes + dataRoutes + operationRoutes + unsupportedRoutes

  private static let serverRoutes: [Route] = [
    Route(.get, "/healthz", ServerRoutes.health),
    Route(.get, "/config/authentication", ServerRoutes.authentication),
    Route(.get, "/v0/config", ServerRoutes.config),
    Route(.get, "/v0/config/session", ServerRoutes.session),
    Route(.get, "/v0/config/demos", ServerRoutes.demos),
    Route(.get, "/v0/cluster_healthz", ClusterRoutes.health),
    Route(.get, "/v0/cluster/events", ClusterRoutes.events),
    Route(.get, "/v0/cluster/events/{event}", ClusterRoutes.event),
    Route(.get, "/v0/api_keys", ServerRoutes.apiKeys),
    Route(.post, "/v0/validate_program", ProgramRoutes.validate),
    Route(.post, "/v0/backups", BackupRoutes.create),
  ]

  private static let pipelineRoutes: [Route] = [
    Route(.get, "/v0/pipelines", PipelineRoutes.list),
    Route(.post, "/v0/pipelines", PipelineRoutes.create),
    Route(.get, "/v0/pipelines/{pipeline}", PipelineRoutes.get),
    Route(.put, "/v0/pipelines/{pipeline}", PipelineRoutes.replace),
    Route(.patch, "/v0/pipelines/{pipeline}", PipelineRoutes.patch),
    Route(.delete, "/v0/pipelines/{pipeline}", PipelineRoutes.delete),
    Route(.post, "/v0/pipelines/{pipeline}/update_runtime", PipelineRoutes.updateRuntime),
    Route(.post, "/v0/pipelines/{pipeline}/start", LifecycleRoutes.start),
    Route(.post, "/v0/pipelines/{pipeline}/pause", LifecycleRoutes.pause),
    Route(.post, "/v0/pipelines/{pipeline}/resume", LifecycleRoutes.resume),
    Route(.post, "/v0/pipelines/{pipeline}/stop", LifecycleRoutes.stop),
    Route(.post, "/v0/pipelines/{pipeline}/clear", LifecycleRoutes.clear),
    Route(.post, "/v0/pipelines/{pipeline}/dismiss_error", LifecycleRoutes.dismissError),
    Route(.post, "/v0/pipelines/{pipeline}/activate", LifecycleRoutes.activate),
    Route(.post, "/v0/pipelines/{pipeline}/approve", LifecycleRoutes.approve),
    Route(.post, "/v0/pipelines/{pipeline}/diff", LifecycleRoutes.diff),
    Route(.get, "/v0/pipelines/{pipeline}/events", EventRoutes.list),
    Route(.get, "/v0/pipelines/{pipeline}/events/{event}", EventRoutes.get),
    Route(.get, "/v0/pipelines/{pipeline}/logs", LogRoutes.follow),
  ]

  private static let dataRoutes: [Route] = [
    Route(.post, "/v0/pipelines/{pipeline}/ingress/{table}", IngressRoutes.ingest),
    Route(.post, "/v0/pipelines/{pipeline}/egress/{relation}", EgressRoutes.subscribe),
    Route(.get, "/v0/pipelines/{pipeline}/completion_status", CompletionRoutes.status),
    Route(.post, "/v0/pipelines/{pipeline}/completion_status", TokenGroupRoutes.status),
    Route(.get, "/v0/pipelines/{pipeline}/completion_events", CompletionEventRoutes.events),
    Route(.get, "/v0/pipelines/{pipeline}/dead_letters", DeadLetterRoutes.list),
    Route(.post, "/v0/pipelines/{pipeline}/dead_letters/replay", DeadLetterRoutes.replay),
    Route(.get, "/v0/pipelines/{pipeline}/dead_letters/{letter}", DeadLetterRoutes.get),
    Route(.get, "/v0/pipelines/{pipeline}/completion_webhooks", WebhookRoutes.list),
    Route(.post, "/v0/pipelines/{pipeline}/completion_webhooks", WebhookRoutes.create),
    Route(.get, "/v0/pipelines/{pipeline}/completion_webhooks/{webhook}", WebhookRoutes.get),
    Route(.delete, "/v0/pipelines/{pipeline}/completion_webhooks/{webhook}", WebhookRoutes.remove),
    Route(.post, "/v0/pipelines/{pipeline}/completion_webhooks/{webhook}/replay", WebhookRoutes.replay),
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
    Route(.post, "/v0/pipelines/{pipeline}/start_transaction", TransactionRoutes.start),
    Route(.post, "/v0/pipelines/{pipeline}/commit_transaction", TransactionRoutes.commit),
    Route(.post, "/v0/pipelines/{pipeline}/checkpoint", CheckpointRoutes.request),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoint_status", CheckpointRoutes.status),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoints", CheckpointRoutes.list),
    Route(.post, "/v0/pipelines/{pipeline}/checkpoint/sync", CheckpointRoutes.remote),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoint/sync_status", CheckpointRoutes.remote),
    Route(.get, "/v0/pipelines/{pipeline}/checkpoints/remote", CheckpointRoutes.remote),
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
    } + [Route(.post, "/v0/api_keys", UnsupportedRoutes.refuse("api_keys"))]
}

extension RouteTable {
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
