package import WireTypes

/// What became of a record of a segment.
package enum ChangeKind: String, Sendable, CaseIterable {
  case added
  case updated
  case removed
}

/// Whether a changed record gets a run while another run of it goes on.
package enum RunCreationRule: String, Sendable, CaseIterable {
  case always
  /// It waits for the next batch.
  case noConcurrency
}

/// Which changes a play takes, and when.
package struct PlaySettings: Sendable, Hashable {
  package var segment: String?
  package var kinds = Set(ChangeKind.allCases)
  package var rule = RunCreationRule.always
  package var schedule: PlaySchedule?
  /// Without it the schedule rests.
  package var isEnabled = true

  package init() {}

  package var json: JSONValue {
    [
      "segment": .text(segment), "kinds": .array(kinds.map(\.rawValue).sorted().map { .string($0) }),
      "rule": .string(rule.rawValue), "schedule": schedule?.json ?? .null, "isEnabled": .bool(isEnabled),
    ]
  }

  /// Of what `json` tells; what it does not tell is as in a new play.
  init(_ json: JSONValue?) {
    guard let json else { return }
    segment = json["segment"]?.stringValue
    if let kinds = json["kinds"]?.elements {
      self.kinds = Set(kinds.compactMap(\.stringValue).compactMap(ChangeKind.init))
    }
    if let rule = json["rule"]?.stringValue.flatMap(RunCreationRule.init) { self.rule = rule }
    if let schedule = json["schedule"], !schedule.isNull { self.schedule = PlaySchedule(schedule) }
    if let isEnabled = json["isEnabled"]?.boolValue { self.isEnabled = isEnabled }
  }

  /// When it shall run without being asked.
  package var activeSchedule: PlaySchedule? { isEnabled && segment != nil ? schedule : nil }
}
