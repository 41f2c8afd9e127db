// Goal: runtime_config is answered with every default filled in, in all the forms that clients send.
// Method: golden text of the defaults, a table of forms, and the property that normalising twice changes
// nothing.

import PipelineModel
import Testing
import WireTypes

struct RuntimeConfigBodyTests {
  private func normalised(_ text: String) throws -> RuntimeConfigBody {
    try RuntimeConfigBody(json: try JSONValue(parsing: text))
  }

  @Test func defaultsAreThoseOfTheContract() throws {
    let expected =
      #"{"workers":8,"max_rss_mb":null,"datafusion_memory_mb":null,"hosts":1,"#
      + #""storage":{"backend":{"name":"default"},"min_storage_bytes":null,"min_step_storage_bytes":null,"#
      + #""compression":"default","cache_mib":null},"#
      + #""fault_tolerance":{"model":"none","checkpoint_interval_secs":60},"cpu_profiler":true,"#
      + #""tracing":false,"tracing_endpoint_jaeger":"127.0.0.1:6831","min_batch_size_records":0,"#
      + #""max_buffering_delay_usecs":0,"#
      + #""resources":{"cpu_cores_min":null,"cpu_cores_max":null,"memory_mb_min":null,"memory_mb_max":null,"#
      + #""storage_mb_max":null,"storage_class":null,"service_account_name":null,"namespace":null},"#
      + #""clock_resolution_usecs":1000000,"clock_timezone_offset":null,"pin_cpus":[],"#
      + #""provisioning_timeout_secs":null,"max_parallel_connector_init":null,"init_containers":null,"#
      + #""checkpoint_during_suspend":true,"io_workers":null,"http_workers":null,"env":{},"dev_tweaks":{},"#
      + #""logging":null,"pipeline_template_configmap":null}"#
    for text in ["{}", "null", #"{"workers":null,"volume":1}"#] {
      #expect(try normalised(text).json.encoded == expected)
    }
  }

  @Test("on_row_error is ours: echoed only when it is set")
  func rowErrorPolicy() throws {
    #expect(try normalised("{}").onRowError == "fail")
    let config = try normalised(#"{"on_row_error":"dead_letter"}"#)
    #expect(config.onRowError == "dead_letter" && config.json["on_row_error"]?.stringValue == "dead_letter")
    #expect(throws: ConfigurationFault.self) { try normalised(#"{"on_row_error":"skip"}"#) }
    #expect(throws: ConfigurationFault.self) { try normalised(#"{"on_row_error":1}"#) }
  }

  @Test("log_retention is ours, likewise")
  func logRetention() throws {
    #expect(try normalised("{}").logRetention == nil)
    #expect(try normalised(#"{"log_retention":null}"#).json["log_retention"] == nil)
    let forms: [(String, LogRetentionRule)] = [
      (#""all""#, .all), (#"{"seconds":60}"#, .least(seconds: 60, bytes: 0)),
      (#"{"bytes":7}"#, .least(seconds: 0, bytes: 7)), (#"{"seconds":0,"bytes":9}"#, .least(seconds: 0, bytes: 9)),
    ]
    for (text, rule) in forms {
      let config = try normalised(#"{"log_retention":\#(text)}"#)
      #expect(config.logRetention == rule)
      #expect(config.json["log_retention"]?.encoded == text)
    }
    for text in [#""none""#, "5", "{}", #"{"secs":5}"#, #"{"seconds":-1}"#, #"{"seconds":"1"}"#, #"{"bytes":null}"#] {
      #expect(throws: ConfigurationFault.self) { try normalised(#"{"log_retention":\#(text)}"#) }
    }
  }

  @Test(arguments: [
    ("true", true), ("false", false), ("null", false), ("{}", true), (#"{"cache_mib":5,"x":1}"#, true),
  ])
  func storageForms(text: String, enabled: Bool) throws {
    let config = try normalised(#"{"storage":\#(text)}"#)
    #expect(config.storageEnabled == enabled)
    #expect((config.json["storage"]?.members?.count ?? 0) == (enabled ? 5 : 0))
  }

  @Test(
    arguments: [
      ("null", "none", 60), ("{}", "exactly_once", 60), (#""latest_checkpoint""#, "exactly_once", 60),
      (#""initial_state""#, "exactly_once", 60), (#"{"model":null}"#, "none", 60),
      (#"{"model":"at_least_once","checkpoint_interval_secs":5}"#, "at_least_once", 5),
      (#"{"checkpoint_interval_secs":null}"#, "exactly_once", nil),
    ] as [(String, String, Int?)])
  func faultToleranceForms(text: String, model: String, seconds: Int?) throws {
    let config = try normalised(#"{"fault_tolerance":\#(text)}"#)
    #expect(config.json["fault_tolerance"]?["model"]?.stringValue == model)
    #expect(config.checkpointIntervalSeconds == seconds)
  }

  @Test func resourcesHaveExactlyEightKeys() throws {
    let config = try normalised(
      #"{"resources":{"storage_mb_max":7,"volume_attributes_class":"x","cpu_cores_min":1.5}}"#)
    #expect(
      config.json["resources"]?.members?.map(\.name) == [
        "cpu_cores_min", "cpu_cores_max", "memory_mb_min", "memory_mb_max", "storage_mb_max", "storage_class",
        "service_account_name", "namespace",
      ])
    #expect(config.storageMegabytesMax == 7)
    #expect(config.json["resources"]?["cpu_cores_min"] == .number("1.5"))
  }

  @Test(arguments: [
    #"[]"#, #"{"workers":"8"}"#, #"{"workers":0}"#, #"{"workers":1.5}"#, #"{"cpu_profiler":1}"#,
    #"{"storage":"x"}"#,
    #"{"storage":{"cache_mib":-1}}"#, #"{"fault_tolerance":"sometimes"}"#,
    #"{"fault_tolerance":{"model":5}}"#,
    #"{"fault_tolerance":{"checkpoint_interval_secs":0}}"#,
    #"{"fault_tolerance":{"checkpoint_interval_secs":3601}}"#,
    #"{"resources":[]}"#, #"{"resources":{"memory_mb_max":"1"}}"#, #"{"env":{"A":1}}"#,
    #"{"env":{"HOSTNAME":"x"}}"#,
    #"{"env":{"RUST_LOG":"x"}}"#, #"{"env":{"FELDERA_X":"x"}}"#, #"{"env":{"KUBERNETES_X":"x"}}"#,
    #"{"env":{"TOKIO_X":"x"}}"#, #"{"dev_tweaks":[]}"#, #"{"pin_cpus":{}}"#,
    #"{"min_batch_size_records":-1}"#,
  ])
  func wrongValuesAreRefused(text: String) throws {
    #expect(throws: ConfigurationFault.self) { try normalised(text) }
  }

  @Test(arguments: [
    "{}", #"{"storage":false,"env":{"A":"b"}}"#, #"{"fault_tolerance":{"checkpoint_interval_secs":null}}"#,
    #"{"resources":{"namespace":"n"},"dev_tweaks":{"z":1,"a":{"b":[1,2.50,9007199254740993]}}}"#,
  ])
  func normalisingTwiceChangesNothing(text: String) throws {
    let once = try normalised(text)
    let twice = try RuntimeConfigBody(json: once.json)
    #expect(twice == once)
  }

  @Test func restrictedSettingsAreComparedByValue() throws {
    let old = try normalised(#"{"workers":4}"#).restricted.map { "\($0.path)=\($0.json)" }
    let new = try normalised(#"{"workers":4,"cpu_profiler":false}"#).restricted.map {
      "\($0.path)=\($0.json)"
    }
    #expect(old == new)
    #expect(old.contains("runtime_config.workers=4"))
    #expect(old == old.sorted())
    #expect(old.count == 7)
  }
}
