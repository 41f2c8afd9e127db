package import PipelineModel
import WireTypes

/// One unit of work: a cargo, a run, a job. What its durable records say, nothing else.
package struct WorkItem: Sendable {
  package struct Event: Sendable, Hashable {
    package let sequence: Int64
    package let at: WallTime
    package let status: WorkStatus
    /// JSON text; empty when the event tells no more than its status.
    package let detail: String
  }

  package let id: String
  package let dialect: WorkDialect
  package let position: Int64
  /// JSON text.
  package let input: String
  package let createdAt: WallTime
  package private(set) var group: String?
  /// In order; the creation is not one of them.
  package private(set) var events: [Event] = []

  package init?(_ record: WorkRecord) {
    guard record.kind == .item, record.sequence == 0 else { return nil }
    id = record.subject
    dialect = record.dialect
    position = record.position
    input = record.body
    createdAt = record.at
    group = record.group
  }

  package var status: WorkStatus { events.last?.status ?? .pending }
  package var updatedAt: WallTime { events.last?.at ?? createdAt }

  /// The moment of the first event with this status; nil when it was not reached.
  package func reached(_ status: WorkStatus) -> WallTime? {
    status == .pending ? createdAt : events.first { $0.status == status }?.at
  }

  /// When the work ended, whatever its callbacks do.
  package var workedAt: WallTime? { events.first { $0.status.isWorked }?.at }

  /// What the event that ended the work tells: `{"success": …, "response": …, "error": …}`.
  package var outcome: String? { events.first { $0.status.isWorked }?.detail }

  /// Nil while the work goes on. Skipped counts as succeeded, cancelled as failed.
  package var succeeded: Bool? {
    guard let end = events.first(where: { $0.status.isWorked }) else { return nil }
    switch end.status {
    case .skipped: return true
    case .completed: return !end.detail.hasPrefix(WorkItem.unsuccessful)
    default: return false
    }
  }

  /// Begins the detail of a `completed` event whose answer says that there is none.
  static let unsuccessful = #"{"success":false"#

  /// Each status really reached, in order; events that repeat a status are one.
  package var history: [(status: WorkStatus, at: WallTime)] {
    var history: [(status: WorkStatus, at: WallTime)] = [(.pending, createdAt)]
    for event in events where event.status != history[history.count - 1].status {
      history.append((event.status, event.at))
    }
    return history
  }

  /// False, and nothing happens, when the record is not the next event of this item.
  package mutating func apply(_ record: WorkRecord) -> Bool {
    guard record.subject == id, record.sequence == Int64(events.count) + 1,
      let next = WorkStatus(rawValue: record.status),
      status.successors.contains(next)
    else { return false }
    events.append(Event(sequence: record.sequence, at: record.at, status: next, detail: record.body))
    if let group = record.group { self.group = group }
    return true
  }

  var bytes: Int { events.reduce(input.utf8.count + 200) { $0 + $1.detail.utf8.count + 64 } }
}
