package import Workflows

/// The status words of the batch dialect.
package enum BatchStatusNames {
  package static func name(_ status: GroupStatus) -> String {
    switch status {
    case .created: "created"
    // Its jobs are being ended; then it is cancelled or failed.
    case .running, .cancelling: "running"
    case .paused: "paused"
    case .completed: "completed"
    case .failed: "failed"
    case .cancelled: "cancelled"
    // A group of another dialect that had nothing to do.
    case .skipped: "completed"
    }
  }

  /// Of a job: the outcome of its work, whatever callbacks follow.
  package static func name(_ item: WorkItem) -> String {
    guard let succeeded = item.succeeded else {
      return item.status == .pending || item.status == .batched ? "pending" : "processing"
    }
    if item.events.contains(where: { $0.status == .skipped }) { return "skipped" }
    if item.events.contains(where: { $0.status == .cancelled }) { return "cancelled" }
    return succeeded ? "completed" : "failed"
  }

  /// The same in the results of a batch.
  package static func resultName(_ item: WorkItem) -> String {
    let name = name(item)
    return name == "completed" ? "succeeded" : name
  }
}
