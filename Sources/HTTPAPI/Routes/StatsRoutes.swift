import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Counters of a running pipeline.
enum StatsRoutes {
  private enum MetricsFormat: String, CaseIterable { case prometheus, json }

  static let stats: Route.Handler = { call in
    let withErrors = try call.query.flag("include_connector_errors", default: false)
    return Answer.json(StatsBody.render(try call.deployed().stats(), withErrors: withErrors))
  }

  static let metrics: Route.Handler = { call in
    let format: MetricsFormat = try call.query.choice("format", default: .prometheus)
    let pipeline = try call.deployed()
    let limit = try await call.directory.descriptor(call.pipelineName).definition.runtimeConfig.rssLimitBytes
    let metrics = try PipelineMetrics(
      pipeline: call.pipelineName, stats: pipeline.stats(), rssLimitBytes: limit)
    switch format {
    case .prometheus: return Answer.text(metrics.prometheus)
    case .json: return Answer.json(metrics.json)
    }
  }
}

extension RuntimeConfig {
  fileprivate var rssLimitBytes: UInt64? {
    guard let megabytes = (try? JSONValue(parsing: json))?["max_rss_mb"]?.integerValue, megabytes >= 0 else {
      return nil
    }
    let (bytes, overflow) = UInt64(megabytes).multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : bytes
  }
}
