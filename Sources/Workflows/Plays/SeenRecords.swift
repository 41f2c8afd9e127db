package import PipelineModel
import Platform
import WireTypes

/// The records of its segment that a play has told of: the digest of each. Written anew with every batch that tells of
/// changes, as one definition in parts, in the append that makes the batch.
package struct SeenRecords: Sendable, Equatable {
  package let segment: String
  /// What the ids mean: the model. Those of another one are not these records.
  package let model: String
  /// What the digests are of.
  package let basis: String
  package var digests: [String: String]

  package init(segment: String, model: String, basis: String, digests: [String: String] = [:]) {
    self.segment = segment
    self.model = model
    self.basis = basis
    self.digests = digests
  }

  private static let status = "seen"
  private static let partBytes = 1 << 20

  /// Name of all that a workflow has seen, ever.
  package static func group(of workflow: String) -> String { "seen-\(workflow)" }

  // MARK: Records

  /// Nil unless all parts are there.
  package init?(_ records: [WorkRecord]) {
    guard let first = records.first, first.kind == .definition, first.status == SeenRecords.status else { return nil }
    let head = RunRecord.json(first.body)
    guard let segment = head["segment"]?.stringValue, let model = head["model"]?.stringValue,
      let basis = head["basis"]?.stringValue, head["parts"]?.integerValue == Int64(records.count - 1)
    else { return nil }
    self.init(segment: segment, model: model, basis: basis)
    for record in records.dropFirst() {
      for member in RunRecord.json(record.body).members ?? [] { digests[member.name] = member.value.stringValue }
    }
    guard head["count"]?.integerValue == Int64(digests.count) else { return nil }
  }

  /// Of a workflow; the greatest number counts.
  package func records(of workflow: String, number: Int64, at time: WallTime) -> [WorkRecord] {
    var parts: [String] = []
    var members: [JSONMember] = []
    var bytes = 0
    for (id, digest) in digests.sorted(by: { $0.key < $1.key }) {
      members.append(JSONMember(id, .string(digest)))
      bytes += id.utf8.count + digest.utf8.count + 8
      guard bytes >= SeenRecords.partBytes else { continue }
      parts.append(JSONValue.object(members).encoded)
      (members, bytes) = ([], 0)
    }
    if !members.isEmpty { parts.append(JSONValue.object(members).encoded) }
    let head: JSONValue = [
      "segment": .string(segment), "model": .string(model), "basis": .string(basis), "parts": .integer(parts.count),
      "count": .integer(digests.count), "number": .integer(number),
    ]
    let group = SeenRecords.group(of: workflow)
    var records: [WorkRecord] = []
    for (index, body) in ([head.encoded] + parts).enumerated() {
      var record = WorkRecord(
        subject: "\(group)-\(number)-\(time.microseconds)", sequence: Int64(index),
        kind: index == 0 ? .definition : .event, dialect: .orchestration, status: SeenRecords.status, at: time,
        body: body)
      if index == 0 { record.group = group }
      records.append(record)
    }
    return records
  }
}

/// What a play has seen last, as it is kept.
package struct SeenState: Sendable {
  /// Nil before the first batch.
  package let records: SeenRecords?
  /// When it was written; nil before the first batch.
  package let at: WallTime?
  /// Of what is written next.
  package let nextNumber: Int64
  /// Subjects that hold what is written, which nothing needs once the next is there.
  package let subjects: [String]
}

/// What the plays of a project have seen.
package struct SeenBook: Sendable {
  private let service: WorkService
  /// Each may hold a whole segment.
  private let turns = TurnSlots(2, perLine: 1)

  package init(service: WorkService) { self.service = service }

  /// A play looks and writes in one turn, so that no change is told twice.
  package func inTurn<Made: Sendable>(of workflow: String, _ work: () async throws -> Made) async throws -> Made {
    await turns.enter(workflow)
    let result: Result<Made, any Error>
    do { result = .success(try await work()) } catch { result = .failure(error) }
    await turns.leave(workflow)
    return try result.get()
  }

  package func state(of workflow: String) async throws(WorkError) -> SeenState {
    var filter = WorkFilter()
    filter.kind = .definition
    filter.group = SeenRecords.group(of: workflow)
    var newest: (number: Int64, records: [WorkRecord])?
    var (number, subjects): (Int64, [String]) = (0, [])
    for records in try await service.definitions(filter) {
      guard let first = records.first, let own = RunRecord.json(first.body)["number"]?.integerValue else { continue }
      subjects.append(first.subject)
      number = max(number, own)
      if own > newest?.number ?? 0 { newest = (own, records) }
    }
    var seen: SeenRecords?
    if let newest {
      seen = SeenRecords(newest.records)
      if seen == nil { throw WorkError(.failed, "what the play has seen last is not whole in the log") }
    }
    return SeenState(records: seen, at: newest?.records.first?.at, nextNumber: number + 1, subjects: subjects)
  }

  /// What was written before is not needed any more.
  package func forget(_ state: SeenState) async { try? await service.remove(definitions: state.subjects) }
}
