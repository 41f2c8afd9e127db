package import PipelineModel
package import WireTypes

/// A stored choice of records of a model, under a name. What its records say.
package struct Segment: Sendable {
  /// Statuses of its records; none of them means open work.
  enum Status: String, CaseIterable {
    case made = "segment"
    case changed = "segment_changed"
    case deleted = "segment_deleted"

    /// Of the newest record of a segment that is there.
    static let shown: [Status] = [.made, .changed]
  }

  /// All of it that may change.
  package struct Content: Sendable, Hashable {
    package var name: String
    /// As it was given: a name or a UUID.
    package var model: String
    package var filter: JSONValue
    /// What makes a record an updated one; nil means every column.
    package var trackedColumns: [String]?

    package init(name: String, model: String, filter: JSONValue, trackedColumns: [String]? = nil) {
      self.name = name
      self.model = model
      self.filter = filter
      self.trackedColumns = trackedColumns
    }

    init?(_ json: JSONValue) {
      guard let name = json["name"]?.stringValue, let model = json["model"]?.stringValue, let filter = json["filter"]
      else { return nil }
      self.init(
        name: name, model: model, filter: filter,
        trackedColumns: json["trackedColumns"]?.elements?.compactMap(\.stringValue))
    }

    var text: String {
      JSONValue.make([
        "name": .string(name), "model": .string(model), "filter": filter,
        "trackedColumns": trackedColumns.map { .array($0.map { .string($0) }) } ?? .null,
      ]).encoded
    }
  }

  package let uuid: String
  package private(set) var content: Content
  package let createdAt: WallTime
  package private(set) var updatedAt: WallTime
  private(set) var isDeleted = false
  /// Of its newest record.
  private(set) var sequence: Int64 = 0

  /// Nil unless they are the records of a segment, in order.
  init?(_ records: [WorkRecord]) {
    guard let first = records.first, first.kind == .definition, first.status == Status.made.rawValue,
      let content = Content(RunRecord.json(first.body))
    else { return nil }
    uuid = first.subject
    self.content = content
    createdAt = first.at
    updatedAt = first.at
    for record in records.dropFirst() {
      sequence = record.sequence
      updatedAt = record.at
      if record.status == Status.deleted.rawValue { isDeleted = true }
      if let content = Content(RunRecord.json(record.body)) { self.content = content }
    }
  }
}
