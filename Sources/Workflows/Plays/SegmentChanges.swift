/// What has changed in a segment since a play has looked. Pure.
package struct SegmentChanges: Sendable {
  package struct Change: Sendable, Equatable {
    package let kind: ChangeKind
    package let id: String
    /// Place of the record; nil of one that was removed.
    package let place: Int?
  }

  /// A record as it is now.
  package struct Record: Sendable {
    package let id: String
    package let digest: String
    package init(id: String, digest: String) {
      self.id = id
      self.digest = digest
    }
  }

  /// Removed ones first, then the others in their order.
  package private(set) var changes: [Change] = []
  /// All that is seen once these changes are told.
  package private(set) var digests: [String: String]
  /// Some are left for later: they were too many, or a run of theirs goes on.
  package private(set) var isCut = false

  private let kinds: Set<ChangeKind>
  private let busy: Set<String>
  private let limit: Int

  /// `former` is nil when nothing was seen; digests of another `basis` tell nothing of a change. Records in `busy` are
  /// left as they were.
  package init(
    from former: SeenRecords?, to records: [Record], basis: String, kinds: Set<ChangeKind>, busy: Set<String>,
    limit: Int
  ) {
    self.kinds = kinds
    self.busy = busy
    self.limit = limit
    digests = former?.digests ?? [:]
    let present = Set(records.lazy.map(\.id))
    for id in digests.keys.sorted() where !present.contains(id) {
      if tells(.removed, id, nil) { digests[id] = nil }
    }
    for (place, record) in records.enumerated() {
      guard let known = digests[record.id] else {
        if tells(.added, record.id, place) { digests[record.id] = record.digest }
        continue
      }
      guard known != record.digest else { continue }
      if former?.basis != basis || tells(.updated, record.id, place) { digests[record.id] = record.digest }
    }
  }

  /// Whether the change is through: told, or none of those that are asked for.
  private mutating func tells(_ kind: ChangeKind, _ id: String, _ place: Int?) -> Bool {
    guard kinds.contains(kind) else { return true }
    guard changes.count < limit, !busy.contains(id) else {
      isCut = true
      return false
    }
    changes.append(Change(kind: kind, id: id, place: place))
    return true
  }
}
