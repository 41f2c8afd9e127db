package import PipelineModel

/// Where records of work are kept: the table `records` of a project's pipeline. Calls may come from any task.
package protocol WorkStore: Sendable {
  /// Durable on return, in one piece: after a crash all of the records are there or none. Records that are there
  /// already stay as they are. The token of what was appended. Errors: after `inDoubt` they may be there.
  func append(_ records: [WorkRecord]) async throws(WorkError) -> String
  /// The same without a wait: `done` is called once, on any thread, also at once. False, and nothing done, when only
  /// `append` can take these records now.
  func appendNow(
    _ records: [WorkRecord], _ done: @escaping @Sendable (Result<String, WorkError>) -> Void
  ) -> Bool
  /// All records of every subject that is not closed: its work, its callbacks or its group's work go on. Subjects
  /// in any order, the records of each in order.
  func openRecords() async throws(WorkError) -> [WorkRecord]
  /// All records of a subject, in order; empty when it is unknown.
  func records(of subject: String) async throws(WorkError) -> [WorkRecord]
  /// The same of many subjects, in any order.
  func records(ofAll subjects: [String]) async throws(WorkError) -> [WorkRecord]
  /// All records of the items of a group, by position.
  func records(ofGroup group: String) async throws(WorkError) -> [WorkRecord]
  /// The first event of each of these subjects that has one, in any order.
  func firstEvents(of subjects: [String]) async throws(WorkError) -> [WorkRecord]
  /// Returns when everything up to this append can be read. Errors: `unavailable` when that takes too long, `failed`
  /// when it will never be known.
  func settle(_ token: String) async throws(WorkError)
  /// Ids of subjects that match, newest first.
  func subjects(_ filter: WorkFilter) async throws(WorkError) -> [String]
  /// What has ended with all that belongs to it and has no record since `time`: at most so many, longest ago first.
  func ended(before time: WallTime, limit: Int) async throws(WorkError) -> [EndedWork]
  /// Removes all records of these subjects; they cannot be read any longer on return.
  func remove(_ subjects: [String]) async throws(WorkError)
}

extension WorkStore {
  /// For stores that wait.
  package func appendNow(
    _ records: [WorkRecord], _ done: @escaping @Sendable (Result<String, WorkError>) -> Void
  ) -> Bool { false }

  /// For stores that can be read at once.
  package func settle(_ token: String) async throws(WorkError) {}

  /// For stores that keep everything.
  package func ended(before time: WallTime, limit: Int) async throws(WorkError) -> [EndedWork] { [] }

  package func remove(_ subjects: [String]) async throws(WorkError) {}

  package func firstEvents(of subjects: [String]) async throws(WorkError) -> [WorkRecord] {
    var events: [WorkRecord] = []
    for subject in subjects { events += try await records(of: subject).filter { $0.sequence == 1 } }
    return events
  }

  package func records(ofAll subjects: [String]) async throws(WorkError) -> [WorkRecord] {
    var records: [WorkRecord] = []
    for subject in subjects { records += try await self.records(of: subject) }
    return records
  }
}

/// Which subjects a list shows; what is nil matches all.
package struct WorkFilter: Sendable, Hashable {
  package var kind: WorkRecord.Kind = .item
  package var dialect: WorkDialect?
  /// Of the newest record.
  package var statuses: [String]?
  package var group: String?
  package var ids: [String]?
  package var limit = 100
  package var offset = 0
  package init() {}
}

package struct WorkError: Error, Sendable, Equatable {
  package enum Code: Sendable {
    /// Not yet, or not now: ask again.
    case unavailable
    /// The append failed, and may be in the log nevertheless: its bytes were written, their sync failed.
    case inDoubt
    /// The disk or a quota is full.
    case full
    /// Two subjects of one id.
    case conflict
    /// A fault of the store.
    case failed
  }
  package let code: Code
  package let message: String
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
