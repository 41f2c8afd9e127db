import PipelineModel
import Platform
import WireTypes
import Workflows

/// Makes a batch of what was handed in, once for each idempotency key.
struct BatchMaker: Sendable {
  struct Made: Sendable {
    let group: WorkGroup
    let items: [WorkItem]
    /// A former request under the same key had made it.
    let isReplayed: Bool
  }

  let service: WorkService
  let random: any RandomSource
  let digest: BatchIntake.Digest

  /// `admit` is asked before anything is made, and not for a replay.
  func make(
    _ entries: [BatchIntake.Entry], _ settings: BatchSettings, key: String?, admit: () throws -> Void
  ) async throws -> Made {
    let id =
      key.map { WorkNames.derived(.batch, from: digest(Array("batches\0\($0)".utf8))) }
      ?? WorkNames.random(.batch, random)
    let now = service.clock.wall()
    var configuration = settings.configuration(name: "Batch \(now.rfc3339)", total: entries.count)
    if key != nil {
      configuration.requestDigest = requestDigest(entries, settings)
      if let made = try await former(id, configuration) { return made }
    }
    try admit()
    var records = [WorkRecord.group(id, .batches, configuration: configuration.text, at: now)]
    for (position, entry) in entries.enumerated() {
      records.append(
        .item(
          WorkNames.random(.job, random), .batches, group: id, position: Int64(position), input: entry.input,
          at: now))
    }
    do throws(WorkError) { try await service.create(records) } catch {
      // Another request under this key was quicker, or still writes.
      guard error.code == .conflict, key != nil else { throw error }
      for _ in 0..<500 {
        if let made = try await former(id, configuration) { return made }
        try await Task.sleep(for: .milliseconds(20))
      }
      throw WorkError(.unavailable, "the first request under this key is still being written: try again")
    }
    return try await made(id, isReplayed: false)
  }

  private func former(_ id: String, _ configuration: BatchConfiguration) async throws -> Made? {
    guard let group = try await service.group(id) else { return nil }
    guard BatchConfiguration(text: group.configuration)?.requestDigest == configuration.requestDigest else {
      throw BatchFailure(
        422, "validation_error", "The idempotency key was used with another request",
        details: ["error": "Idempotency-Key belongs to a request with another body", "batch_id": .string(id)])
    }
    return try await made(id, isReplayed: true)
  }

  private func made(_ id: String, isReplayed: Bool) async throws -> Made {
    guard let (group, items) = try await service.whole(id) else {
      throw WorkError(.unavailable, "the batch is not readable yet")
    }
    return Made(group: group, items: items, isReplayed: isReplayed)
  }

  private func requestDigest(_ entries: [BatchIntake.Entry], _ settings: BatchSettings) -> String {
    // The default name tells the time, which is no part of the request.
    let asked = settings.configuration(name: "", total: entries.count).text
    let parts = entries.map { "\($0.job.name)\0\($0.job.contentType)\0\($0.job.checksum)" }
    return BatchIntake.hex(digest(Array(([asked] + parts).joined(separator: "\0").utf8)))
  }

  /// What a request that makes a batch is answered; the same for each replay.
  static func body(_ made: Made, token: String?) -> JSONValue {
    let body = BatchBody(group: made.group, items: [], now: made.group.createdAt, token: token)
    return [
      "batch_id": .string(made.group.id), "batch_name": .string(body.name), "status": "created",
      "collection_id": .string(body.collection), "total_items": .integer(made.items.count),
      "created_at": .string(made.group.createdAt.rfc3339),
      "jobs": .array(
        made.items.map { item in
          let job = BatchJob(input: item.input)
          return [
            "job_id": .string(item.id), "file_path": .string(job?.name ?? item.id),
            "media_type": .string(job?.mediaType ?? "document"),
          ]
        }),
      "status_url": .string("/v1/batches/\(made.group.id)"),
      "results_url": .string("/v1/batches/\(made.group.id)/results"), "cross_ids": body.crossIDs,
    ]
  }
}
