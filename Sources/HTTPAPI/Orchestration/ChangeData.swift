import AccessControl
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes
import Workflows

/// What has changed in the segment of a play since its last batch of changes, each record with its `_changeKind`; all
/// are added ones the first time. What is seen then is written in the append that makes the batch.
struct ChangeData {
  let records: [JSONValue]
  /// What is seen once these records are in a batch.
  let seen: [WorkRecord]
  /// What was seen before.
  let former: SeenState
  /// Something else is seen than before, although it may not be told.
  let isChanged: Bool

  /// In the play's turn, but for a preview.
  init(of workflow: Workflow, _ source: BatchData.Source) async throws {
    let (place, directory) = (source.place, source.directory)
    guard let uuid = workflow.play.segment else {
      throw OrchestrationFailure.invalid("the play '\(workflow.name)' has no segment: set its 'segmentUuid'")
    }
    let segment = try await place.segments.segment(uuid)
    let now = place.service.clock.wall()
    let choice = try await ModelChoice(segment, directory, now: now)
    guard choice.model.hasKey else { throw choice.model.noKey }
    var columns: Set<String>?
    if let tracked = segment.content.trackedColumns {
      columns = Set(try tracked.map { try choice.model.canonical($0) })
    }
    let rows = try await choice.records(limit: nil, bytesMax: source.textMax ?? Limits.segmentBytesMax, directory)
    former = try await place.seen.state(of: workflow.uuid)
    let present = try ChangeData.digested(rows, columns, choice.model)
    let basis = columns.map { $0.sorted().joined(separator: ",") } ?? "*"
    var before = former.records
    // Ids of another segment or model say nothing of these records.
    if before?.segment != uuid || before?.model != choice.model.name { before = nil }
    let busy = workflow.play.rule == .noConcurrency ? try await ChangeData.busy(workflow.uuid, place) : []
    let found = SegmentChanges(
      from: before, to: present, basis: basis, kinds: workflow.play.kinds, busy: busy, limit: source.changesMax)
    records = found.changes.map { change in
      let kind = JSONMember("_changeKind", .string(change.kind.rawValue))
      guard let place = change.place else { return .object([JSONMember("_id", .string(change.id)), kind]) }
      return .object((rows[place].members ?? []) + [kind])
    }
    let after = SeenRecords(segment: uuid, model: choice.model.name, basis: basis, digests: found.digests)
    isChanged = after != former.records
    seen = after.records(of: workflow.uuid, number: former.nextNumber, at: now)
  }

  private static func digested(
    _ rows: [JSONValue], _ columns: Set<String>?, _ model: ProjectModel
  ) throws -> [SegmentChanges.Record] {
    var ids: Set<String> = []
    return try rows.map { row in
      guard let id = row["_id"]?.stringValue else {
        throw OrchestrationFailure.invalid("a record of the model '\(model.name)' has no id")
      }
      guard ids.insert(id).inserted else { throw model.repeated(id) }
      var content = row
      if let columns {
        content = .object((row.members ?? []).filter { columns.contains(model.canonical(name: $0.name)) })
      }
      // 96 bits: two contents of one record do not meet by chance.
      return .init(id: id, digest: Base64.text(Array(ContentDigest.sha256(content.encodedBytes).prefix(12))))
    }
  }

  /// Records with a run that goes on.
  private static func busy(_ workflow: String, _ place: WorkPlace) async throws -> Set<String> {
    let origins = RunOrigins(place)
    var ids: Set<String> = []
    for item in place.service.openItems(.orchestration) {
      guard let id = RunFilter.recordId(item) else { continue }
      if try await origins.owner(of: item).workflow == workflow { ids.insert(id) }
    }
    return ids
  }
}
