/// How much of the log is kept below the oldest checkpoint: the setting `log_retention`.
package enum LogRetentionRule: Hashable, Sendable, Codable {
  case all
  /// Records are kept for so long after a checkpoint took them, and so many bytes of them: the longer of both.
  case least(seconds: UInt64, bytes: UInt64)
}
