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

  /// `json` has the `data`. A play's changes are looked at and written in its turn.
  func make(_ json: JSONValue) async throws -> WorkGroup {
    guard let workflow = choice.workflow, json["data"]?["kind"] == "change" else { return try await made(json) }
    return try await place.seen.inTurn(of: workflow.uuid) { try await made(json) }
  }

  /// The changes of a play; nil when there are none to tell.
  func makeChanges(of workflow: Workflow) async throws -> WorkGroup? {
    try await place.seen.inTurn(of: workflow.uuid) {
      try await BatchMemory(place).holdForText { textMax in
        let data = try await data(["data": ["kind": "change"]], textMax)
        if !data.records.isEmpty { return try await create(data) }
        // A change that is not told is seen nevertheless: else the next one would be taken for another kind.
        if let changes = data.changes, changes.isChanged {
          try await place.service.define(changes.seen)
          forget(changes.former)
        }
        return nil
      }
    }
  }

  private func made(_ json: JSONValue) async throws -> WorkGroup {
    guard BatchData.isRead(json) else { return try await create(try await data(json, nil)) }
    return try await BatchMemory(place).holdForText { try await create(try await data(json, $0)) }
  }

  private func data(_ json: JSONValue, _ textMax: Int?) async throws -> BatchData {
    var source = BatchData.Source(workflow: choice.workflow, place: place, directory: directory)
    source.changesMax = changesMax
    source.textMax = textMax
    return try await BatchData(json, from: source)
  }

  private func create(_ data: BatchData) async throws -> WorkGroup {
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
    try admit(data.records.count, rows.dropFirst().reduce(0) { $0 + $1.body.utf8.count })
    let isChanged = data.changes?.isChanged ?? false
    try await place.service.create(rows, with: isChanged ? data.changes?.seen ?? [] : [])
    if isChanged, let former = data.changes?.former { forget(former) }
    guard let group = try await place.service.group(id) else {
      throw WorkError(.failed, "the batch is not known")
    }
    return group
  }

  /// In its own time: what stays after a crash goes with the next batch.
  private func forget(_ former: SeenState) {
    Task { @concurrent [seen = place.seen] in await seen.forget(former) }
  }
}
