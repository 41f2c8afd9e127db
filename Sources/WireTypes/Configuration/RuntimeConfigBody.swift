package import PipelineModel

/// `runtime_config` with every default filled in, and the settings that the runtime acts on.
package struct RuntimeConfigBody: Sendable, Hashable {
  /// Every key of the contract, in its order.
  package let json: JSONValue
  /// Nil: checkpoints only on demand.
  package let checkpointIntervalSeconds: Int?
  package let workers: Int
  package let minBatchSizeRecords: Int
  package let maxBufferingDelayMicroseconds: Int
  package let clockResolutionMicroseconds: Int64
  package let storageMegabytesMax: Int?
  package let storageEnabled: Bool
  package let memoryMegabytesMax: Int?
  package let minStorageBytes: Int?
  package let cacheMebibytes: Int?
  /// `fail` or `dead_letter`; beyond the contract, so it is echoed only when it is set.
  package let onRowError: String
  /// Likewise.
  package let logRetention: LogRetentionRule?

  /// Fills in defaults. Unknown keys are ignored; null is the default of every setting but `storage`.
  package init(json sent: JSONValue) throws(ConfigurationFault) {
    guard sent.isNull || sent.members != nil else {
      throw ConfigurationFault("runtime_config", "must be an object, not \(sent.kind)")
    }
    var members: [JSONMember] = []
    for rule in RuntimeConfigBody.rules {
      let path = "runtime_config.\(rule.key)"
      let value = sent[rule.key]
      switch rule.key {
      case "storage": members.append(JSONMember(rule.key, try StorageSetting.normalised(value)))
      case "fault_tolerance":
        members.append(JSONMember(rule.key, try FaultToleranceSetting.normalised(value)))
      case "resources":
        let object = try rule.normalised(value, path: path)
        members.append(
          JSONMember(rule.key, .object(try SettingRule.apply(ResourceSetting.rules, to: object, path: path))))
      default: members.append(JSONMember(rule.key, try rule.normalised(value, path: path)))
      }
    }
    onRowError = try RuntimeConfigBody.rowErrorPolicy(sent["on_row_error"] ?? .null, &members)
    logRetention = try RuntimeConfigBody.retention(sent["log_retention"] ?? .null, &members)
    json = .object(members)
    try RuntimeConfigBody.checkEnvironment(json["env"] ?? .null)
    func integer(_ value: JSONValue?) -> Int? { value?.integerValue.map { Int($0) } }
    checkpointIntervalSeconds = integer(json["fault_tolerance"]?["checkpoint_interval_secs"])
    workers = integer(json["workers"]) ?? 8
    minBatchSizeRecords = integer(json["min_batch_size_records"]) ?? 0
    maxBufferingDelayMicroseconds = integer(json["max_buffering_delay_usecs"]) ?? 0
    clockResolutionMicroseconds = json["clock_resolution_usecs"]?.integerValue ?? 1_000_000
    storageMegabytesMax = integer(json["resources"]?["storage_mb_max"])
    storageEnabled = json["storage"].map { !$0.isNull } ?? false
    memoryMegabytesMax = integer(json["max_rss_mb"]) ?? integer(json["resources"]?["memory_mb_max"])
    minStorageBytes = integer(json["storage"]?["min_storage_bytes"])
    cacheMebibytes = integer(json["storage"]?["cache_mib"])
  }

  /// Path and value text of the settings that are fixed while storage is in use, sorted by path.
  package var restricted: [(path: String, json: String)] {
    let resources = ["namespace", "storage_class", "storage_mb_max"].map { key in
      ("runtime_config.resources.\(key)", json["resources"]?[key])
    }
    let others = ["clock_timezone_offset", "fault_tolerance", "hosts", "workers"].map { key in
      ("runtime_config.\(key)", json[key])
    }
    return (others + resources).map { (path: $0.0, json: ($0.1 ?? .null).encoded) }.sorted {
      $0.path < $1.path
    }
  }

  private static let count = SettingRule.Shape.integer(0...Int64.max)

  private static let rules: [SettingRule] = [
    SettingRule("workers", 8, .integer(1...65_535)),
    SettingRule("max_rss_mb", nil, count),
    SettingRule("datafusion_memory_mb", nil, count),
    SettingRule("hosts", 1, .integer(1...65_535)),
    SettingRule("storage", nil, .anything),
    SettingRule("fault_tolerance", nil, .anything),
    SettingRule("cpu_profiler", true, .boolean),
    SettingRule("tracing", false, .boolean),
    SettingRule("tracing_endpoint_jaeger", "127.0.0.1:6831", .text),
    SettingRule("min_batch_size_records", 0, count),
    SettingRule("max_buffering_delay_usecs", 0, count),
    SettingRule("resources", .emptyObject, .object),
    SettingRule("clock_resolution_usecs", 1_000_000, count),
    SettingRule("clock_timezone_offset", nil, .text),
    SettingRule("pin_cpus", [], .list),
    SettingRule("provisioning_timeout_secs", nil, count),
    SettingRule("max_parallel_connector_init", nil, count),
    SettingRule("init_containers", nil, .anything),
    SettingRule("checkpoint_during_suspend", true, .boolean),
    SettingRule("io_workers", nil, count),
    SettingRule("http_workers", nil, count),
    SettingRule("env", .emptyObject, .object),
    SettingRule("dev_tweaks", .emptyObject, .object),
    SettingRule("logging", nil, .anything),
    SettingRule("pipeline_template_configmap", nil, .anything),
  ]

  private static func rowErrorPolicy(
    _ value: JSONValue, _ members: inout [JSONMember]
  ) throws(ConfigurationFault) -> String {
    if value.isNull { return "fail" }
    guard let text = value.stringValue, text == "fail" || text == "dead_letter" else {
      throw ConfigurationFault(
        "runtime_config.on_row_error", "must be \"fail\" or \"dead_letter\", not \(value.encoded)")
    }
    members.append(JSONMember("on_row_error", value))
    return text
  }

  private static func retention(
    _ value: JSONValue, _ members: inout [JSONMember]
  ) throws(ConfigurationFault) -> LogRetentionRule? {
    if value.isNull { return nil }
    let path = "runtime_config.log_retention"
    var rule = LogRetentionRule.all
    if let parts = value.members {
      // A misspelt name would cost the records that somebody wanted to keep.
      guard !parts.isEmpty, parts.allSatisfy({ ["seconds", "bytes"].contains($0.name) }) else {
        throw ConfigurationFault(path, "must have \"seconds\", \"bytes\" or both, and nothing else")
      }
      func number(_ name: String) throws(ConfigurationFault) -> UInt64 {
        guard let value = value[name] else { return 0 }
        guard let number = value.integerValue.flatMap({ UInt64(exactly: $0) }) else {
          throw ConfigurationFault("\(path).\(name)", "must be an integer >= 0, not \(value.encoded)")
        }
        return number
      }
      rule = .least(seconds: try number("seconds"), bytes: try number("bytes"))
    } else if value.stringValue != "all" {
      throw ConfigurationFault(
        path, "must be \"all\" or an object with \"seconds\" or \"bytes\", not \(value.encoded)")
    }
    members.append(JSONMember("log_retention", value))
    return rule
  }

  private static func checkEnvironment(_ variables: JSONValue) throws(ConfigurationFault) {
    for variable in variables.members ?? [] {
      let name = variable.name
      guard variable.value.stringValue != nil else {
        throw ConfigurationFault("runtime_config.env.\(name)", "must be a string, not \(variable.value.kind)")
      }
      let reserved =
        ["HOSTNAME", "RUST_LOG", "TOKIO_WORKER_THREADS"].contains(name)
        || ["FELDERA_", "KUBERNETES_", "TOKIO_"].contains { name.hasPrefix($0) }
      if reserved { throw ConfigurationFault("runtime_config.env.\(name)", "is a reserved name") }
    }
  }
}

enum ResourceSetting {
  /// Exactly the eight keys that are echoed.
  static let rules: [SettingRule] = [
    SettingRule("cpu_cores_min", nil, .number),
    SettingRule("cpu_cores_max", nil, .number),
    SettingRule("memory_mb_min", nil, .integer(0...Int64.max)),
    SettingRule("memory_mb_max", nil, .integer(0...Int64.max)),
    SettingRule("storage_mb_max", nil, .integer(0...Int64.max)),
    SettingRule("storage_class", nil, .text),
    SettingRule("service_account_name", nil, .text),
    SettingRule("namespace", nil, .text),
  ]
}
