import PipelineModel
package import Platform
import WireTypes

/// The segments of a project: makes and changes them one after the other, and reads them.
package struct SegmentBook: Sendable {
  /// What cannot be done.
  package enum Refusal: Error, Sendable, Equatable {
    case unknownSegment
    /// Its history has no more room.
    case full
  }

  private let service: WorkService
  private let random: any RandomSource
  /// One change at a time: each builds on the one before.
  private let turn = TurnSlots(1)

  package init(service: WorkService, random: any RandomSource) {
    self.service = service
    self.random = random
  }

  package func segment(_ uuid: String) async throws -> Segment {
    guard let segment = Segment(try await service.definition(uuid.lowercased())), !segment.isDeleted else {
      throw Refusal.unknownSegment
    }
    return segment
  }

  /// Newest first.
  package func segments(limit: Int, offset: Int) async throws -> [Segment] {
    var filter = WorkFilter()
    filter.kind = .definition
    filter.statuses = Segment.Status.shown.map(\.rawValue)
    filter.limit = limit
    filter.offset = offset
    let records = try await service.definitions(filter)
    return records.compactMap { Segment($0) }.filter { !$0.isDeleted }
  }

  package func make(_ content: Segment.Content) async throws -> Segment {
    let uuid = WorkNames.random(.uuid, random)
    let record = WorkRecord(
      subject: uuid, sequence: 0, kind: .definition, dialect: .orchestration, status: Segment.Status.made.rawValue,
      at: service.clock.wall(), body: content.text)
    try await service.define([record])
    return try await segment(uuid)
  }

  /// `decide` sees what the change before has left.
  package func change(
    _ uuid: String, _ decide: (Segment.Content) async throws -> Segment.Content
  ) async throws -> Segment {
    try await inTurn {
      let segment = try await segment(uuid)
      let content = try await decide(segment.content)
      if content == segment.content { return segment }
      let record = try event(segment, .changed, content.text)
      try await service.define([record])
      return try await self.segment(uuid)
    }
  }

  package func delete(_ uuid: String) async throws {
    try await inTurn {
      let record = try event(try await segment(uuid), .deleted, "")
      try await service.define([record])
    }
  }

  private func event(_ segment: Segment, _ status: Segment.Status, _ body: String) throws(Refusal) -> WorkRecord {
    // The last place is kept for the deletion.
    let room = Int64(Limits.workflowEventsMax) - (status == .deleted ? 0 : 1)
    guard segment.sequence < room else { throw .full }
    return WorkRecord(
      subject: segment.uuid, sequence: segment.sequence + 1, kind: .event, dialect: .orchestration,
      status: status.rawValue, at: max(service.clock.wall(), segment.updatedAt), body: body)
  }

  private func inTurn<Made: Sendable>(_ change: () async throws -> Made) async throws -> Made {
    await turn.enter()
    let result: Result<Made, any Error>
    do { result = .success(try await change()) } catch { result = .failure(error) }
    await turn.leave()
    return try result.get()
  }
}
