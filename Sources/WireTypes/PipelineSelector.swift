/// How much of a pipeline an answer shows; each has an exact key set that clients assert.
package enum PipelineSelector: String, Sendable, CaseIterable {
  case all
  case status
  case statusWithConnectors = "status_with_connectors"

  /// The 40 keys of `all`, in the order of the contract.
  package static let allKeys = [
    "id", "name", "description", "tags", "created_at", "version", "platform_version", "runtime_config",
    "program_code", "udf_rust", "udf_toml", "program_config", "program_version", "program_status",
    "program_status_since", "program_error", "program_info", "deployment_status", "deployment_status_since",
    "deployment_desired_status", "deployment_desired_status_since", "deployment_error", "refresh_version",
    "storage_status", "storage_status_details", "deployment_resources_status",
    "deployment_resources_status_details", "deployment_resources_status_since",
    "deployment_resources_desired_status", "deployment_resources_desired_status_since",
    "deployment_runtime_status", "deployment_runtime_status_details", "deployment_runtime_status_since",
    "deployment_runtime_desired_status", "deployment_runtime_desired_status_since", "deployment_initial",
    "deployment_id", "bootstrap_policy", "silent_bootstrap", "concurrent_bootstrap",
  ]

  private static let onlyInAll: Set<String> = [
    "runtime_config", "program_code", "udf_rust", "udf_toml", "program_error", "program_info",
    "deployment_resources_status_details",
  ]

  package var keys: [String] {
    switch self {
    case .all: PipelineSelector.allKeys
    case .status: PipelineSelector.allKeys.filter { !PipelineSelector.onlyInAll.contains($0) }
    case .statusWithConnectors: PipelineSelector.status.keys + ["connectors"]
    }
  }
}
