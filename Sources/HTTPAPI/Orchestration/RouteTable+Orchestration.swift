import AccessControl
import HTTPTypes

extension RouteTable {
  /// The dialect of Cargo: batches of runs of a workflow graph.
  static let orchestrationRoutes: [Route] = [
    route(.post, "batches", needs: .ingest, OrchestrationRoutes.create),
    route(.get, "batches/list", OrchestrationRoutes.list),
    route(.post, "batches/preview", needs: .read, OrchestrationRoutes.preview),
    route(.get, "batches/{uuid}", OrchestrationRoutes.get).finding(OrchestrationRoutes.find),
    route(.post, "batches/{uuid}/cancel", needs: .ingest, OrchestrationRoutes.cancel)
      .finding(OrchestrationRoutes.find),
    route(.post, "batches/{uuid}/webhook/retry", needs: .ingest, OrchestrationRoutes.retryWebhook)
      .finding(OrchestrationRoutes.find),
    route(.post, "files", needs: .ingest, FileRoutes.create),
    route(.post, "nodes/validate", needs: .read, OrchestrationRoutes.validate),
    route(.post, "nodes/diagram", needs: .read, OrchestrationRoutes.diagram),
    route(.post, "runs", needs: .ingest, RunRoutes.create),
    route(.get, "runs/list", RunRoutes.list),
    route(.get, "runs/count", RunRoutes.count),
    route(.get, "runs/get-metrics", RunRoutes.metrics),
    route(.get, "runs/outputs", needs: .open, OutputRoutes.outputs),
    route(.get, "runs/download", OutputRoutes.download),
    route(.post, "runs/cancel", needs: .ingest, RunRoutes.cancel),
    route(.post, "runs/download-outputs", needs: .read, OutputRoutes.link(isLatest: false)),
    route(.get, "runs/{uuid}", RunRoutes.get).finding(RunRoutes.find),
    route(.get, "records/list", RecordRoutes.list),
    route(.get, "records/count", RecordRoutes.count),
    route(.get, "records/get-metrics", RecordRoutes.metrics),
    route(.post, "records/cancel", needs: .ingest, RecordRoutes.cancel),
    route(.post, "records/download-outputs", needs: .read, OutputRoutes.link(isLatest: true)),
    route(.post, "workflows", needs: .ingest, WorkflowRoutes.create),
    route(.get, "workflows/list", WorkflowRoutes.list),
    route(.get, "workflows/{uuid}", WorkflowRoutes.get).finding(WorkflowRoutes.find),
    route(.put, "workflows/{uuid}", needs: .ingest, WorkflowRoutes.update).finding(WorkflowRoutes.find),
    route(.get, "releases/list", ReleaseRoutes.list),
    route(.get, "releases/getDraft", ReleaseRoutes.draft),
    route(.put, "releases/updateDraft", needs: .ingest, ReleaseRoutes.updateDraft),
    route(.post, "releases/deployDraft", needs: .ingest, ReleaseRoutes.deployDraft),
    route(.get, "releases/{uuid}", ReleaseRoutes.get).finding(ReleaseRoutes.find),
    segments(.post, "segments", needs: .ingest, SegmentRoutes.create),
    segments(.get, "segments/list", SegmentRoutes.list),
    segments(.get, "segments/{uuid}", SegmentRoutes.get).finding(SegmentRoutes.find),
    segments(.put, "segments/{uuid}", needs: .ingest, SegmentRoutes.update).finding(SegmentRoutes.find),
    segments(.delete, "segments/{uuid}", needs: .ingest, SegmentRoutes.delete).finding(SegmentRoutes.find),
  ]

  private static func segments(
    _ method: HTTPRequest.Method, _ path: String, needs access: RouteAccess? = nil, _ handler: @escaping Route.Handler
  ) -> Route { route(method, path, under: "segmentation", needs: access, handler) }

  private static func route(
    _ method: HTTPRequest.Method, _ path: String, under root: String = "orchestration",
    needs access: RouteAccess? = nil, _ handler: @escaping Route.Handler
  ) -> Route {
    Route(method, "/v1/\(root)/\(path)", needs: access, dialect: .orchestration) { call in
      do { return try await handler(call) } catch let refusal as QuotaRefusal { throw refusal } catch
        let error as any AnsweringError
      { throw error } catch { throw OrchestrationFailure(error) }
    }
  }
}
