package import PipelineModel
import WireTypes

/// A graph with a name and a history: a draft that may change, and releases that do not. What its records say.
package struct Workflow: Sendable {
  /// What begins its runs: a choice of records of a model, or a caller.
  package enum Kind: String, Sendable, CaseIterable {
    case play
    case tool
  }

  /// Statuses of its records; none of them means open work.
  enum Status: String, CaseIterable {
    case made = "workflow"
    case draft
    case deployed
    case settings
  }

  /// What may change without a release.
  package struct Settings: Sendable, Hashable {
    package var name: String
    package var description: String?
    /// For its batches that give none.
    package var healthThreshold: Double?
    /// Of a play.
    package var play = PlaySettings()

    package init(name: String) { self.name = name }

    init?(_ json: JSONValue) {
      guard let name = json["name"]?.stringValue else { return nil }
      self.name = name
      description = json["description"]?.stringValue
      healthThreshold = json["healthThreshold"]?.doubleValue
      play = PlaySettings(json["play"])
    }

    var members: [JSONMember] {
      [
        JSONMember("name", .string(name)), JSONMember("description", .text(description)),
        JSONMember("healthThreshold", healthThreshold.map { .double($0) } ?? .null), JSONMember("play", play.json),
      ]
    }
  }

  package let uuid: String
  package let kind: Kind
  package private(set) var settings: Settings
  /// When its schedule became what it is.
  package private(set) var scheduledAt: WallTime
  package let createdAt: WallTime
  package private(set) var updatedAt: WallTime
  /// What the release that is deployed next will be called.
  package private(set) var draftUuid: String
  package private(set) var draftChangedAt: WallTime
  /// Definition of the draft's nodes; nil while it has none.
  package private(set) var draft: String?
  /// In the order in which they were deployed.
  package private(set) var releases: [WorkflowRelease] = []
  /// Of its newest record.
  private(set) var sequence: Int64 = 0

  /// Nil unless they are the records of a workflow, in order.
  init?(_ records: [WorkRecord]) {
    guard let first = records.first, first.kind == .definition, first.status == Status.made.rawValue else {
      return nil
    }
    let json = RunRecord.json(first.body)
    guard let settings = Settings(json), let kind = json["kind"]?.stringValue.flatMap(Kind.init),
      let draftUuid = json["draftUuid"]?.stringValue
    else { return nil }
    uuid = first.subject
    self.settings = settings
    self.kind = kind
    scheduledAt = first.at
    createdAt = first.at
    updatedAt = first.at
    self.draftUuid = draftUuid
    draftChangedAt = first.at
    draft = json["graph"]?.stringValue
    for record in records.dropFirst() { apply(record) }
  }

  private mutating func apply(_ record: WorkRecord) {
    let json = RunRecord.json(record.body)
    sequence = record.sequence
    updatedAt = record.at
    switch Status(rawValue: record.status) {
    case .draft:
      draft = json["graph"]?.stringValue
      draftChangedAt = record.at
    case .deployed:
      guard let release = WorkflowRelease(uuid: draftUuid, workflow: uuid, json, at: record.at) else { return }
      releases.append(release)
      draft = release.graph
      draftUuid = json["draftUuid"]?.stringValue ?? draftUuid
      draftChangedAt = record.at
    case .settings:
      guard let settings = Settings(json) else { return }
      if settings.play.activeSchedule != self.settings.play.activeSchedule { scheduledAt = record.at }
      self.settings = settings
    case .made, nil: break
    }
  }

  package var name: String { settings.name }
  package var description: String? { settings.description }
  package var healthThreshold: Double? { settings.healthThreshold }
  package var play: PlaySettings { settings.play }

  /// What its batches and runs take.
  package var newest: WorkflowRelease? { releases.last }
}
