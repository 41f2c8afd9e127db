package import PipelineModel

/// Configuration of a pipeline's runtime. The faces keep the whole JSON object with defaults filled in; the
/// runtime
/// reads only what it acts on.
package struct RuntimeConfig: Hashable, Sendable {
  /// Normalised JSON text of the whole object, every default filled in, keys in the contract's order.
  package var json: String
  package var checkpointIntervalSeconds: Int?
  /// Threads of a step at most; no more run than the machine has processors.
  package var workers: Int
  package var minBatchSizeRecords: Int
  package var maxBufferingDelayMicroseconds: Int
  /// Views over NOW() see multiples of it.
  package var clockResolutionMicroseconds: Int64
  package var storageMegabytesMax: Int?
  /// `max_rss_mb`: state takes half of it at most.
  package var memoryMegabytesMax: Int?
  /// `storage.min_storage_bytes`: smaller batches of state stay in memory.
  package var minStorageBytes: Int?
  /// `storage.cache_mib`.
  package var cacheMebibytes: Int?
  package var storageEnabled: Bool
  /// `on_row_error`: `fail` or `dead_letter`.
  package var onRowError: String
  /// `log_retention`; nil: the log goes back to the oldest checkpoint.
  package var logRetention: LogRetentionRule?
  /// JSON text of the values that cannot change while storage is in use, by path (`runtime_config.workers`),
  /// sorted.
  package var restricted: [RestrictedSetting]

  /// Defaults; `json` is filled by the face that renders it, empty here.
  package init() {
    json = ""
    checkpointIntervalSeconds = 60
    workers = 8
    minBatchSizeRecords = 0
    maxBufferingDelayMicroseconds = 0
    clockResolutionMicroseconds = 1_000_000
    storageMegabytesMax = nil
    storageEnabled = true
    onRowError = "fail"
    logRetention = nil
    restricted = []
  }

  /// Back-quoted paths of restricted settings that differ.
  package func restrictedChanges(from old: RuntimeConfig) -> [String] {
    let paths = Set(restricted.map(\.path)).union(old.restricted.map(\.path)).sorted()
    return paths.filter { path in
      restricted.first { $0.path == path }?.json != old.restricted.first { $0.path == path }?.json
    }.map { "`\($0)`" }
  }
}

package struct RestrictedSetting: Hashable, Sendable {
  package let path: String
  package let json: String
  package init(path: String, json: String) {
    self.path = path
    self.json = json
  }
}

package struct ProgramConfig: Hashable, Sendable {
  /// Normalised JSON text of the whole object.
  package var json: String
  package init() { json = "" }
}
