import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import PipelineModel
import Platform
import WireTypes
import Workflows

/// `/v1/batches`: batches of files or items, in the words of the batch dialect.
enum BatchRoutes {
  typealias Work = @Sendable (APICall) async throws -> BatchEnvelope

  static let create = route(.create) { call in
    var intake = try BatchIntake(
      contentType: call.request.headers[.contentType], digest: call.environment.work.settings.sha256)
    for name in BatchSettings.names.union(["batch_options"]) {
      if let value = call.query[name] { try intake.take(parameter: name, value) }
    }
    let limit = Limits.batchBytesMax + Limits.batchOverheadBytesMax
    if let length = call.announcedLength, length > limit {
      throw BatchFailure.tooLarge(
        "The batch has more than \(Limits.batchBytesMax) bytes", limit: Limits.batchBytesMax)
    }
    var count = 0
    defer { BatchIntakeRoom.shared.give(back: count) }
    for try await buffer in call.request.body {
      try BatchIntakeRoom.shared.take(buffer.readableBytes)
      count += buffer.readableBytes
      try intake.feed(Array(buffer.readableBytesView))
    }
    try call.checkLength(count)
    call.note(bytes: count)
    let (entries, settings) = try intake.finish()
    let key = try idempotencyKey(call)
    let place = try await call.work()
    let maker = BatchMaker(
      service: place.service, random: place.settings.random, digest: place.settings.sha256)
    let made = try await maker.make(entries, settings, key: key) { try call.take(records: entries.count) }
    let token = token(of: made.group, place.service)
    var envelope = BatchEnvelope("Batch created successfully", BatchMaker.body(made, token: token))
    envelope.status = 202
    if key != nil { envelope.isReplayed = made.isReplayed }
    return envelope
  }

  static let status = route(.status) { call in
    let options = try BatchQuery(call.query).options()
    let service = try await call.work().service
    let group = try await group(call.path("batch"), service)
    let needsItems =
      !options.onlyMetrics
      && ((options.includesJobs && options.wants("job_details"))
        || (options.includesErrors && options.wants("error_summary") && group.progress.failed > 0))
    let (shown, items) = try await needsItems ? whole(group, service) : (group, [])
    let body = BatchBody(
      group: shown, items: items, now: service.clock.wall(), token: token(of: group, service))
    var envelope = BatchEnvelope("Batch status retrieved successfully", body.json(options))
    envelope.isEnded = shown.status.isEnded
    envelope.tag = BatchEnvelope.tag(shown, "\(options)")
    return envelope
  }

  static let results = route(.results) { call in
    let page = try BatchQuery(call.query).page()
    let service = try await call.work().service
    let (group, items) = try await whole(group(call.path("batch"), service), service)
    let body = BatchBody(
      group: group, items: items, now: service.clock.wall(), token: token(of: group, service))
    var envelope = BatchEnvelope(
      "Batch results retrieved successfully", BatchResultsBody.json(body, items: items, page: page))
    envelope.isEnded = group.status.isEnded
    envelope.tag = BatchEnvelope.tag(group, "results \(page)")
    return envelope
  }

  static let state = route(.state) { call in
    let target = try await requestedState(call)
    let service = try await call.work().service
    let group = try await group(call.path("batch"), service)
    guard group.dialect == .batches else {
      throw BatchFailure(
        409, "conflict",
        "Batch \(group.id) belongs to the \(group.dialect.rawValue) dialect and is controlled there",
        details: ["current_state": .string(BatchStatusNames.name(group.status))])
    }
    guard let outcome = try await BatchControl(service).move(group.id, to: target) else {
      throw BatchFailure.notFound(group.id)
    }
    let (before, after) = (BatchStatusNames.name(outcome.before), BatchStatusNames.name(outcome.after))
    guard !outcome.isRefused else {
      throw BatchFailure(
        409, "conflict", "Batch \(group.id) is \(after) and cannot become \(target.rawValue)",
        details: ["current_state": .string(after), "requested_state": .string(target.rawValue)])
    }
    let word =
      switch target {
      case .cancelled: "cancelled"
      case .paused: "paused"
      default: "resumed"
      }
    return BatchEnvelope(
      "Batch \(word) successfully",
      [
        "batch_id": .string(group.id), "previous_state": .string(before), "current_state": .string(after),
        "timestamp": .string(outcome.at.rfc3339),
      ])
  }

  static let list = route(.list) { call in
    let query = BatchQuery(call.query)
    let page = try query.page(size: 20)
    var filter = WorkFilter()
    filter.kind = .group
    filter.dialect = .batches
    filter.statuses = try query.statuses()
    filter.limit = page.size + 1
    filter.offset = page.offset
    let service = try await call.work().service
    var ids = try await service.list(filter)
    let hasMore = ids.count > page.size
    ids = Array(ids.prefix(page.size))
    var groups: [WorkGroup] = []
    for id in ids {
      // The list comes from the store, which may be behind what is shown.
      guard let group = try await service.group(id), filter.statuses?.contains(group.status.rawValue) ?? true else {
        continue
      }
      groups.append(group)
    }
    if page.number == 1 { groups = fresh(service, filter.statuses, beside: groups) + groups }
    let now = service.clock.wall()
    var options = BatchBody.Options()
    options.includesErrors = false
    let bodies = groups.prefix(page.size).map { BatchBody(group: $0, items: [], now: now).json(options) }
    return BatchEnvelope(
      "Batches retrieved successfully",
      [
        "batches": .array(bodies),
        "pagination": [
          "page": .integer(page.number), "page_size": .integer(page.size),
          "has_more": .bool(hasMore || groups.count > page.size),
        ],
      ])
  }
}

// MARK: Parts of the routes

extension BatchRoutes {
  /// Every answer and every error in the dialect's envelope.
  static func route(_ operation: BatchOperation, _ work: @escaping Work) -> Route.Handler {
    { call in
      let requestID = call.connection.requestID
      let batch = call.parameters["batch"]
      do {
        if let batch { try BatchQuery.check(id: batch) }
        let envelope = try await work(call)
        return envelope.response(requestID: requestID, ifNoneMatch: call.request.headers[.ifNoneMatch])
      } catch {
        guard let failure = BatchFailure(error, operation, batch) else { throw error }
        return failure.response(requestID: requestID)
      }
    }
  }

  /// Throws unless the caller's project has the batch that the path names.
  static let find: Route.Finder = { call in
    let id = call.path("batch")
    do {
      try BatchQuery.check(id: id)
      _ = try await group(id, try await call.work().service)
    } catch {
      guard let failure = BatchFailure(error, .status, id) else { throw error }
      throw failure
    }
  }

  /// A group of any dialect, by any form of its id.
  private static func group(_ id: String, _ service: WorkService) async throws -> WorkGroup {
    if case .group(let group) = try await service.find(id) { return group }
    throw BatchFailure.notFound(id)
  }

  /// With its items, at one moment: what is counted in an answer is what is listed in it.
  private static func whole(
    _ group: WorkGroup, _ service: WorkService
  ) async throws -> (group: WorkGroup, items: [WorkItem]) { try await service.whole(group.id) ?? (group, []) }

  private static func token(of group: WorkGroup, _ service: WorkService) -> String? {
    service.token(of: .group(group))
  }

  private static func idempotencyKey(_ call: APICall) throws(BatchFailure) -> String? {
    guard let name = HTTPField.Name("idempotency-key"), let key = call.request.headers[name] else {
      return nil
    }
    guard (1...Limits.idempotencyKeyBytesMax).contains(key.utf8.count) else {
      throw .invalid(
        "Invalid idempotency key", "Idempotency-Key must have 1 to \(Limits.idempotencyKeyBytesMax) bytes")
    }
    return key
  }

  /// An empty body cancels.
  private static func requestedState(_ call: APICall) async throws -> GroupStatus {
    let json = try await call.json()
    guard !json.isNull else { return .cancelled }
    guard json.members != nil else {
      throw BatchFailure.invalid(
        "Invalid request body", "the body must be an object with 'state', not \(json.kind)")
    }
    guard let state = json["state"], !state.isNull else { return .cancelled }
    switch state.stringValue {
    case "cancelled", "canceled": return .cancelled
    case "paused": return .paused
    case "running": return .running
    default:
      throw BatchFailure.invalid(
        "Invalid state: \(state.stringValue ?? state.encoded)", "state must be paused, running or cancelled")
    }
  }

  /// Batches that the list does not show yet: it comes from the store, which is a step behind, and a batch may have
  /// ended by then.
  private static func fresh(_ service: WorkService, _ statuses: [String]?, beside known: [WorkGroup])
    -> [WorkGroup]
  {
    let shown = Set(known.map(\.id))
    return service.heldGroups(.batches, after: known.first?.createdAt)
      .filter { !shown.contains($0.id) && statuses?.contains($0.status.rawValue) ?? true }
      .sorted { $0.createdAt > $1.createdAt }
  }
}
