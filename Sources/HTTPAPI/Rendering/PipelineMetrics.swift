import PipelineModel
import PipelineRuntime
import WireTypes

/// The numbers of a pipeline for monitoring, as Prometheus text and as JSON.
struct PipelineMetrics {
  private enum Kind: String { case counter, gauge }

  private struct Sample {
    let labels: [(name: String, value: String)]
    let value: UInt64
  }

  private struct Metric {
    let name: String
    let kind: Kind
    let help: String
    let samples: [Sample]
  }

  private let pipeline: String
  private let metrics: [Metric]

  /// `rssLimitBytes`: the configured bound; left out when nil.
  init(pipeline: String, stats: PipelineStats, rssLimitBytes: UInt64?) {
    self.pipeline = pipeline
    metrics =
      PipelineMetrics.processMetrics(stats.global, rssLimitBytes)
      + PipelineMetrics.recordMetrics(stats.global)
      + PipelineMetrics.endpointMetrics(stats)
  }

  private static func single(_ name: String, _ kind: Kind, _ help: String, _ value: UInt64) -> Metric {
    Metric(name: name, kind: kind, help: help, samples: [Sample(labels: [], value: value)])
  }

  private static func processMetrics(_ global: PipelineStats.Global, _ rssLimitBytes: UInt64?) -> [Metric] {
    [
      single("rss_bytes", .gauge, "Resident memory of the process.", global.rssBytes),
      single("cpu_msecs_total", .counter, "Processor time of the process.", global.cpuMilliseconds),
      single("uptime_msecs", .gauge, "Time since the pipeline was started.", global.uptimeMilliseconds),
      single("storage_bytes", .gauge, "Bytes on disk.", global.storageBytes),
      single(
        "pipeline_complete", .gauge, "1 when all inputs ended and are delivered.",
        global.pipelineComplete ? 1 : 0),
    ]
      + (rssLimitBytes.map { [single("max_rss_bytes", .gauge, "Configured bound of memory.", $0)] } ?? [])
  }

  private static func recordMetrics(_ global: PipelineStats.Global) -> [Metric] {
    [
      single("records_input_total", .counter, "Records accepted.", global.totalInputRecords),
      single(
        "records_processed_total", .counter, "Records taken through a step.", global.totalProcessedRecords),
      single(
        "records_completed_total", .counter, "Records delivered by all outputs.", global.totalCompletedRecords
      ),
      single(
        "records_input_buffered", .gauge, "Records that are in no step yet.", global.bufferedInputRecords),
      single("records_late_total", .counter, "Changes dropped as late.", global.totalLateRecords),
      single("input_bytes_total", .counter, "Bytes accepted.", global.totalInputBytes),
      single("steps_initiated_total", .counter, "Steps begun.", global.totalInitiatedSteps.rawValue),
      single(
        "steps_completed_total", .counter, "Steps delivered by all outputs.",
        global.totalCompletedSteps.rawValue),
    ]
  }

  private static func endpointMetrics(_ stats: PipelineStats) -> [Metric] {
    func inputs(_ value: (PipelineStats.Input) -> UInt64) -> [Sample] {
      stats.inputs.map { Sample(labels: [("endpoint", $0.endpointName)], value: value($0)) }
    }
    func outputs(_ value: (PipelineStats.Output) -> UInt64) -> [Sample] {
      stats.outputs.map { Sample(labels: [("endpoint", $0.endpointName)], value: value($0)) }
    }
    return [
      Metric(
        name: "input_connector_records_total", kind: .counter, help: "Records of an input.",
        samples: inputs(\.totalRecords)),
      Metric(
        name: "input_connector_bytes_total", kind: .counter, help: "Bytes of an input.",
        samples: inputs(\.totalBytes)),
      Metric(
        name: "input_connector_errors_parse_total", kind: .counter,
        help: "Records of an input that were refused.",
        samples: inputs(\.parseErrors)),
      Metric(
        name: "output_connector_records_total", kind: .counter, help: "Records sent by an output.",
        samples: outputs(\.transmittedRecords)),
      Metric(
        name: "output_connector_errors_transport_total", kind: .counter,
        help: "Failed deliveries of an output.",
        samples: outputs(\.transportErrors)),
    ].filter { !$0.samples.isEmpty }
  }

  private func labels(of sample: Sample) -> [(name: String, value: String)] {
    [("pipeline", pipeline)] + sample.labels
  }

  var prometheus: String {
    var text = ""
    for metric in metrics {
      text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
      for sample in metric.samples {
        let labels = labels(of: sample).map { "\($0.name)=\"\(PipelineMetrics.escaped($0.value))\"" }
        text += "\(metric.name){\(labels.joined(separator: ","))} \(sample.value)\n"
      }
    }
    return text
  }

  private static func escaped(_ value: String) -> String {
    value.reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }

  var json: JSONValue {
    .array(
      metrics.map { metric in
        let values = metric.samples.map { sample -> JSONValue in
          [
            "value": .integer(sample.value),
            "labels": .object(labels(of: sample).map { JSONMember($0.name, .string($0.value)) }),
          ]
        }
        return [
          "key": .string(metric.name), "type": .string(metric.kind.rawValue),
          "description": .string(metric.help),
          "values": .array(values),
        ]
      })
  }
}
