import WireTypes

/// An item or a group.
package enum WorkSubject: Sendable {
  case item(WorkItem)
  case group(WorkGroup)

  package var id: String {
    switch self {
    case .item(let item): item.id
    case .group(let group): group.id
    }
  }

  package var dialect: WorkDialect {
    switch self {
    case .item(let item): item.dialect
    case .group(let group): group.dialect
    }
  }

  /// The token of its creation, if an event tells it.
  package var token: String? {
    let details: [String] =
      switch self {
      case .item(let item): item.events.map(\.detail)
      case .group(let group): group.events.map(\.detail)
      }
    for detail in details where detail.contains(#""token""#) {
      if let token = (try? JSONValue(parsing: Array(detail.utf8)))?["token"]?.stringValue { return token }
    }
    return nil
  }
}

extension WorkService {
  /// What an id of any dialect means: its own, or that of another dialect for the same subject. Nil when it is unknown.
  package func find(_ id: String) async throws(WorkError) -> WorkSubject? {
    let forms = WorkNames.forms(of: id)
    for form in forms {
      if let held = held(subject: form) { return held }
    }
    for form in forms {
      if let subject = try await subject(form) { return subject }
    }
    return nil
  }

  /// The token of a subject's creation; nil when it is too old to be remembered and no event tells it.
  package func token(of subject: WorkSubject) -> String? { token(of: subject.id) ?? subject.token }
}
