import WireTypes

extension PrimarySchemas {
  static let configurations: [Named] = [
    (
      "RuntimeConfig",
      .object(
        settings.map { ($0.name, $0.output) },
        optional: [
          ("on_row_error", .choice("fail", "dead_letter").said("Shown when it was set.")),
          ("log_retention", logRetention.said("Shown when it was set.")),
        ])
    ),
    (
      "RuntimeConfigInput",
      .object(
        [],
        optional: settings.map { ($0.name, $0.input.orNull) } + [
          ("on_row_error", JSONSchema.choice("fail", "dead_letter").orNull),
          (
            "log_retention",
            logRetention.orNull.said("What of the log is kept below the oldest checkpoint: the longer of both.")
          ),
        ], isOpen: true
      ).said("Absent and null are the default; unknown settings are ignored.")
    ),
    (
      "ProgramConfig",
      .object([
        "profile": .text.orNull, "cache": .flag, "runtime_version": .text.orNull,
        "use_platform_compiler": .flag,
      ])
    ),
    (
      "ProgramConfigInput",
      .object(
        [],
        optional: [
          ("profile", JSONSchema.choice("dev", "unoptimized", "optimized", "optimized_symbols").orNull),
          ("cache", JSONSchema.flag.orNull),
          ("runtime_version", JSONSchema.text(pattern: "^(v?[0-9]+\\.[0-9]+\\.[0-9]+|[0-9a-f]{40})$").orNull),
          ("use_platform_compiler", JSONSchema.flag.orNull),
        ], isOpen: true)
    ),
  ]

  private static let logRetention = JSONSchema.either(
    .choice("all"), .object(["seconds": .count], optional: ["bytes": .count]), .object(["bytes": .count]))

  private struct Setting {
    let name: String
    /// As it is answered, with its default filled in.
    let output: JSONSchema
    let input: JSONSchema

    init(_ name: String, _ output: JSONSchema, input: JSONSchema? = nil) {
      self.name = name
      self.output = output
      self.input = input ?? output
    }

    /// Null unless it was set.
    static func unset(_ name: String, _ schema: JSONSchema) -> Setting {
      Setting(name, schema.orNull, input: schema)
    }
  }

  private static let settings: [Setting] = [
    Setting("workers", .integer(from: 1, to: 65_535)),
    .unset("max_rss_mb", .count), .unset("datafusion_memory_mb", .count),
    Setting("hosts", .integer(from: 1, to: 65_535)),
    Setting("storage", storage.orNull, input: .either(storageInput, .flag)),
    Setting("fault_tolerance", faultTolerance, input: .either(faultToleranceInput, faultToleranceNames)),
    Setting("cpu_profiler", .flag), Setting("tracing", .flag), Setting("tracing_endpoint_jaeger", .text),
    Setting("min_batch_size_records", .count), Setting("max_buffering_delay_usecs", .count),
    Setting("resources", resources, input: resourcesInput),
    Setting("clock_resolution_usecs", .count), .unset("clock_timezone_offset", .text),
    Setting("pin_cpus", .list(.any)), .unset("provisioning_timeout_secs", .count),
    .unset("max_parallel_connector_init", .count), Setting("init_containers", .any),
    Setting("checkpoint_during_suspend", .flag), .unset("io_workers", .count), .unset("http_workers", .count),
    Setting("env", .map(.text)), Setting("dev_tweaks", .map(.any)), Setting("logging", .any),
    Setting("pipeline_template_configmap", .any),
  ]

  private static let storage = JSONSchema.object([
    "backend": .map(.any), "min_storage_bytes": .count.orNull, "min_step_storage_bytes": .count.orNull,
    "compression": .text, "cache_mib": .count.orNull,
  ])
  private static let storageInput = JSONSchema.object(
    [],
    optional: [
      ("backend", JSONSchema.map(.any).orNull), ("min_storage_bytes", JSONSchema.count.orNull),
      ("min_step_storage_bytes", JSONSchema.count.orNull), ("compression", JSONSchema.text.orNull),
      ("cache_mib", JSONSchema.count.orNull),
    ], isOpen: true)

  private static let models = JSONSchema.choice("none", "at_least_once", "exactly_once")
  private static let faultTolerance = JSONSchema.object([
    "model": models, "checkpoint_interval_secs": JSONSchema.integer(from: 1, to: 3600).orNull,
  ])
  private static let faultToleranceNames = JSONSchema.choice(
    "none", "at_least_once", "exactly_once", "latest_checkpoint", "initial_state")
  private static let faultToleranceInput = JSONSchema.object(
    [],
    optional: [
      ("model", faultToleranceNames.orNull),
      ("checkpoint_interval_secs", JSONSchema.integer(from: 1, to: 3600).orNull),
    ], isOpen: true)

  private static let resources = JSONSchema.object(resourceMembers)
  private static let resourcesInput = JSONSchema.object([], optional: resourceMembers, isOpen: true)
  private static let cores = JSONSchema([.init("type", ["number", "null"]), .init("minimum", 0)])
  private static let resourceMembers: [(String, JSONSchema)] = [
    ("cpu_cores_min", cores), ("cpu_cores_max", cores),
    ("memory_mb_min", JSONSchema.count.orNull), ("memory_mb_max", JSONSchema.count.orNull),
    ("storage_mb_max", JSONSchema.count.orNull), ("storage_class", JSONSchema.text.orNull),
    ("service_account_name", JSONSchema.text.orNull), ("namespace", JSONSchema.text.orNull),
  ]
}
