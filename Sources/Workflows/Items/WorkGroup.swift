package import PipelineModel

/// A named set of items: a batch of a dialect, or a batch job of the cargo dialect.
package struct WorkGroup: Sendable {
  package struct Event: Sendable, Hashable {
    package let sequence: Int64
    package let at: WallTime
    /// Of the group, from this event on.
    package let status: GroupStatus
    /// Nil for the events of the group itself.
    package let callback: GroupCallback?
    package let detail: String

    /// As the record has it.
    package var name: String { callback?.rawValue ?? status.rawValue }
  }

  package let id: String
  package let dialect: WorkDialect
  /// JSON text: name, total and whatever the dialect keeps.
  package let configuration: String
  package let createdAt: WallTime
  package private(set) var events: [Event] = []
  /// Of its items that are known.
  package var progress = GroupProgress()

  package init?(_ record: WorkRecord) {
    guard record.kind == .group, record.sequence == 0 else { return nil }
    id = record.subject
    dialect = record.dialect
    configuration = record.body
    createdAt = record.at
  }

  package var status: GroupStatus { events.last?.status ?? .created }
  /// Messages about its end do not count.
  package var updatedAt: WallTime { events.last { $0.callback == nil }?.at ?? createdAt }
  /// Nil while no message about its end is owed.
  package var callback: GroupCallback? { events.last?.callback }

  /// How often the message was asked for.
  package var callbackRound: Int {
    var (round, former): (Int, GroupCallback?) = (0, nil)
    for event in events {
      if event.callback == .owed, former != .owed { round += 1 }
      former = event.callback
    }
    return round
  }

  /// Attempts since it was asked for last.
  package var callbackAttempts: Int { max(0, events.reversed().prefix { $0.callback == .owed }.count - 1) }

  /// Nothing more will happen to it by itself.
  package var isClosed: Bool { status.isEnded && callback != .owed }

  package func reached(_ status: GroupStatus) -> WallTime? {
    status == .created ? createdAt : events.first { $0.status == status }?.at
  }

  package var endedAt: WallTime? { events.first { $0.status.isEnded }?.at }

  /// What the last event with this status tells.
  package func detail(of status: GroupStatus) -> String? {
    events.last { $0.status == status && $0.callback == nil }?.detail
  }

  /// False, and nothing happens, when the record is not the next event of this group.
  package mutating func apply(_ record: WorkRecord) -> Bool {
    guard record.subject == id, record.sequence == Int64(events.count) + 1 else { return false }
    let callback = GroupCallback(rawValue: record.status)
    let next: GroupStatus
    if let callback {
      guard status.isEnded, callback.mayFollow(self.callback) else { return false }
      next = status
    } else {
      guard let status = GroupStatus(rawValue: record.status), self.status.successors.contains(status) else {
        return false
      }
      next = status
    }
    events.append(
      Event(sequence: record.sequence, at: record.at, status: next, callback: callback, detail: record.body))
    return true
  }

  var bytes: Int { events.reduce(configuration.utf8.count + 300) { $0 + $1.detail.utf8.count + 64 } }
}

/// Counters of a group: `completed + failed + pending + processing = total`, always. Cancelled counts as failed,
/// skipped as completed.
package struct GroupProgress: Sendable, Hashable {
  package private(set) var completed = 0
  package private(set) var failed = 0
  package private(set) var pending = 0
  package private(set) var processing = 0
  /// Of the failed ones.
  package private(set) var cancelled = 0
  /// Of the completed ones.
  package private(set) var skipped = 0
  /// Of all items: grows with every change of one.
  package private(set) var events = 0
  /// The newest change of an item.
  package private(set) var updatedAt: WallTime?

  package init() {}

  package var total: Int { completed + failed + pending + processing }
  package var ended: Int { completed + failed }

  package mutating func add(_ item: WorkItem) { add(item.share) }

  mutating func add(_ share: WorkItem.Share, _ weight: Int = 1) {
    events += weight * share.events
    updatedAt = max(updatedAt ?? share.updatedAt, share.updatedAt)
    if let succeeded = share.succeeded {
      if succeeded { completed += weight } else { failed += weight }
      if share.isCancelled { cancelled += weight }
      if share.isSkipped { skipped += weight }
    } else if share.status == .pending || share.status == .batched {
      pending += weight
    } else {
      processing += weight
    }
  }
}

extension WorkItem {
  /// What of an item counts in the progress of its group.
  struct Share {
    let status: WorkStatus
    let events: Int
    let updatedAt: WallTime
    let succeeded: Bool?
    let isCancelled: Bool
    let isSkipped: Bool
  }

  var share: Share {
    Share(
      status: status, events: events.count, updatedAt: updatedAt, succeeded: succeeded,
      isCancelled: events.contains { $0.status == .cancelled }, isSkipped: events.contains { $0.status == .skipped })
  }
}
