import PipelineModel
import PipelineRuntime
import Platform
import WireTypes
import Workflows

/// A batch to be made of a choice and its data.
struct NewBatch {
  let choice: RunChoice
  let place: WorkPlace
  let directory: any PipelineDirectory
  /// Unless given, that of the workflow.
  var healthThreshold: Double?
  var webhook: BatchWebhook?
  /// Changes that it tells at most; the others are left for later.
  var changesMax = Limits.batchRunsMax
  /// Asked before anything is made.
  var admit: (_ runs: Int, _ bytes: Int) throws -> Void = { _, _ in }
  /// Told when what was admitted was not made.
  var giveBack: (_ runs: Int, _ bytes: Int) -> Void = { _, _ in }

  /// `json` has the `data`. A play's changes are looked at and written in its turn.
  func make(_ json: JSONValue) async throws -> WorkGroup {
    guard let workflow = choice.workflow, json["data"]?["kind"] == "change" else { return try await made(json) }
    return try await place.seen.inTurn(of: workflow.uuid) { try await made(json) }
  }

  /// The changes of a play; nil when there are none to tell.
  func makeChanges(of workflow: Workflow) async throws -> WorkGroup? {
    try await place.seen.inTurn(of: workflow.uuid) {
      let new = try await BatchMemory(place).holdForText { textMax in
        rows(of: try await data(["data": ["kind": "change"]], textMax))
      }
      if new.runs > 0 { return try await create(new) }
      // A change that is not told is seen nevertheless: else the next one would be taken for another kind.
      if let former = new.former {
        try await place.service.define(new.seen)
        forget(former)
      }
      return nil
    }
  }

  private func made(_ json: JSONValue) async throws -> WorkGroup {
    guard BatchData.isRead(json) else { return try await create(rows(of: try await data(json, nil))) }
    let new = try await BatchMemory(place).holdForText { textMax in rows(of: try await data(json, textMax)) }
    return try await create(new)
  }

  private func data(_ json: JSONValue, _ textMax: Int?) async throws -> BatchData {
    var source = BatchData.Source(workflow: choice.workflow, place: place, directory: directory)
    source.changesMax = changesMax
    source.textMax = textMax
    return try await BatchData(json, from: source)
  }

  /// A batch as it is written.
  private struct Rows {
    let id: String
    /// Its own row and those of its runs.
    let records: [WorkRecord]
    /// What a play has seen then, if that is something else than before.
    let seen: [WorkRecord]
    /// What it had seen before; nil when it is the same.
    let former: SeenState?

    var runs: Int { records.count - 1 }
  }

  private func rows(of data: BatchData) -> Rows {
    let now = place.service.clock.wall()
    let random = place.settings.random
    let id = WorkNames.random(.uuid, random)
    var members = choice.members + [JSONMember("data", data.shown)]
    if let threshold = healthThreshold ?? choice.workflow?.healthThreshold {
      members.append(JSONMember("healthThreshold", .double(threshold)))
    }
    if let webhook { members.append(webhook.member) }
    var rows = [
      WorkRecord.group(id, .orchestration, configuration: JSONValue.object(members).encoded, at: now)
    ]
    for (position, record) in data.records.enumerated() {
      rows.append(
        .item(
          WorkNames.random(.uuid, random), .orchestration, group: id, position: Int64(position),
          input: RunRecord.input(data: record), at: now))
    }
    let changes = data.changes.flatMap { $0.isChanged ? $0 : nil }
    return Rows(id: id, records: rows, seen: changes?.seen ?? [], former: changes?.former)
  }

  private func create(_ rows: Rows) async throws -> WorkGroup {
    let bytes = rows.records.dropFirst().reduce(0) { $0 + $1.body.utf8.count }
    try admit(rows.runs, bytes)
    do throws(WorkError) { try await place.service.create(rows.records, with: rows.seen) } catch {
      // What is in doubt may be made yet.
      if error.code != .inDoubt { giveBack(rows.runs, bytes) }
      throw error
    }
    if let former = rows.former { forget(former) }
    guard let group = try await place.service.group(rows.id) else {
      throw WorkError(.failed, "the batch is not known")
    }
    return group
  }

  /// In its own time: what stays after a crash goes with the next batch.
  private func forget(_ former: SeenState) {
    Task { @concurrent [seen = place.seen] in await seen.forget(former) }
  }
}
