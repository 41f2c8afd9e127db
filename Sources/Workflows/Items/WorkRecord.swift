package import PipelineModel

/// One row of the table `records`: the creation of a subject (`sequence` 0) or one event of it. Rows are written once
/// and never changed; writing one again, with the same content, changes nothing (the key is subject and sequence).
package struct WorkRecord: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case group, item, event
    /// What work is made from: a workflow, a release, a graph. Never open, and shown by no list of work.
    case definition
  }

  package let subject: String
  package let sequence: Int64
  package let kind: Kind
  package let dialect: WorkDialect
  /// The group of an item: given at creation, or by an event from there on.
  package var group: String?
  /// Position of an item in its group, from 0.
  package var position: Int64 = 0
  /// A `WorkStatus`, or a `GroupStatus` when the subject is a group.
  package let status: String
  package let at: WallTime
  /// JSON text: the input of an item, the configuration of a group, what an event tells.
  package var body: String

  package init(
    subject: String, sequence: Int64, kind: Kind, dialect: WorkDialect, status: String, at: WallTime, body: String
  ) {
    self.subject = subject
    self.sequence = sequence
    self.kind = kind
    self.dialect = dialect
    self.status = status
    self.at = at
    self.body = body
  }

  /// The first record of an item.
  package static func item(
    _ id: String, _ dialect: WorkDialect, group: String? = nil, position: Int64 = 0, input: String, at: WallTime
  ) -> WorkRecord {
    var record = WorkRecord(
      subject: id, sequence: 0, kind: .item, dialect: dialect, status: WorkStatus.pending.rawValue, at: at, body: input)
    record.group = group
    record.position = position
    return record
  }

  /// The first record of a group.
  package static func group(_ id: String, _ dialect: WorkDialect, configuration: String, at: WallTime) -> WorkRecord {
    WorkRecord(
      subject: id, sequence: 0, kind: .group, dialect: dialect, status: GroupStatus.created.rawValue, at: at,
      body: configuration)
  }
}
