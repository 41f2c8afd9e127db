import DataModel
import PipelineModel
import PipelineRuntime
import Synchronization
import WireTypes
import Workflows

/// Records of work in the pipeline `workflows` of a project: appended by its ingress, read by its queries. A class
/// because it knows the life of the pipeline that may be read.
final class PipelineWorkStore: WorkStore {
  let directory: any PipelineDirectory
  private let table = SQLIdentifier(urlForm: "records")
  /// Through the circuit of this life is all that was in the log when it began.
  private let readable = Mutex<Incarnation?>(nil)

  init(directory: any PipelineDirectory) { self.directory = directory }

  private func deployed() throws(WorkError) -> any DeployedPipeline {
    do throws(PipelineError) { return try directory.deployed(WorkProgram.name) } catch { throw WorkError(error) }
  }

  func append(_ records: [WorkRecord]) async throws(WorkError) -> String {
    try await append(PipelineWorkStore.body(records), updateFormat: "raw")
  }

  func appendNow(
    _ records: [WorkRecord], _ done: @escaping @Sendable (Result<String, WorkError>) -> Void
  ) -> Bool {
    guard let pipeline = try? deployed() else { return false }
    let body = PipelineWorkStore.body(records)
    return pipeline.ingestNow(table: table, options: PipelineWorkStore.options("raw"), body: body) { result in
      done(PipelineWorkStore.token(result))
    }
  }

  private static func body(_ records: [WorkRecord]) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(records.reduce(0) { $0 + $1.body.utf8.count + 256 })
    for record in records {
      WorkRow.append(record, to: &body)
      body.append(0x0A)
    }
    return body
  }

  private static func options(_ updateFormat: String) -> IngressOptions {
    var options = IngressOptions()
    options.format = "json"
    options.updateFormat = updateFormat
    return options
  }

  private static func token(_ result: Result<IngressReceipt, PipelineError>) -> Result<String, WorkError> {
    switch result {
    case .success(let receipt) where receipt.errorCount > 0:
      .failure(WorkError(.failed, receipt.errors.first?.description ?? "the records were not accepted"))
    case .success(let receipt): .success(receipt.token)
    // The log says so when its storage has failed: what was written may be found when that is opened again.
    case .failure(let error) where error.code == .pipelineUnavailable: .failure(WorkError(.inDoubt, error.message))
    case .failure(let error): .failure(WorkError(error))
    }
  }

  /// Durable on return; its token.
  func append(_ body: [UInt8], updateFormat: String) async throws(WorkError) -> String {
    let pipeline = try deployed()
    let result: Result<IngressReceipt, PipelineError>
    do throws(PipelineError) {
      result = .success(try await ingest(body, PipelineWorkStore.options(updateFormat), pipeline))
    } catch { result = .failure(error) }
    return try PipelineWorkStore.token(result).get()
  }

  func settle(_ token: String) async throws(WorkError) {
    let pipeline = try deployed()
    let report: CompletionReport
    do throws(PipelineError) {
      report = try await pipeline.waitForCompletion(
        token: token, follow: true, seconds: PipelineWorkStore.settleSeconds)
    } catch {
      switch error.code {
      // Of a life that nobody knows any more.
      case .pipelineRestarted, .unknownEndpointInCompletionToken: throw WorkError(.failed, error.message)
      default: throw WorkError(error)
      }
    }
    guard report.complete else {
      throw WorkError(.unavailable, "it is durable, and cannot be read yet: look again in a moment")
    }
  }

  private static let settleSeconds = 10.0

  /// Its pipeline, when all can be read that was in the log when this life of it was first looked at. A life that
  /// follows a failure takes the end of the log again: before, it shows less than its callers have seen. Errors:
  /// `unavailable` when that takes too long.
  func caughtUp(seconds: Double = 10) async throws(WorkError) -> any DeployedPipeline {
    let pipeline = try deployed()
    guard readable.withLock({ $0 != pipeline.incarnation }) else { return pipeline }
    let end: UInt64
    do throws(PipelineError) { end = try pipeline.stats().global.totalInputRecords } catch { throw WorkError(error) }
    for _ in 0..<Int(seconds * 200) {
      guard let stats = try? pipeline.stats().global else { break }
      if stats.totalCompletedRecords >= end {
        readable.withLock { $0 = pipeline.incarnation }
        return pipeline
      }
      do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
    }
    throw WorkError(.unavailable, "the pipeline '\(WorkProgram.name)' still takes its log")
  }

  private func ingest(
    _ body: [UInt8], _ options: IngressOptions, _ pipeline: any DeployedPipeline
  ) async throws(PipelineError) -> IngressReceipt {
    let now = await withCheckedContinuation {
      (waiter: CheckedContinuation<Result<IngressReceipt, PipelineError>?, Never>) in
      let isTaken = pipeline.ingestNow(table: table, options: options, body: body) { waiter.resume(returning: $0) }
      if !isTaken { waiter.resume(returning: nil) }
    }
    if let now { return try now.get() }
    let session = try await pipeline.openIngress(table: table, options: options)
    do throws(PipelineError) { try await session.feed(body) } catch {
      await session.cancel()
      throw error
    }
    return try await session.finish()
  }

  /// Reads little when little is open: the records of a subject lie together.
  func openRecords() async throws(WorkError) -> [WorkRecord] {
    let roots = Set(try await texts(WorkProgram.openRoots, "root"))
    guard !roots.isEmpty else { return [] }
    var open: Set<String> = []
    for row in try await json(WorkProgram.memberships) {
      guard let subject = row["subject"]?.stringValue, let root = row["root"]?.stringValue else { continue }
      if roots.contains(root) { open.insert(subject) }
    }
    return try await records(ofAll: open.sorted())
  }

  func records(of subject: String) async throws(WorkError) -> [WorkRecord] {
    try await rows(WorkProgram.records(of: subject))
  }

  func records(ofGroup group: String) async throws(WorkError) -> [WorkRecord] {
    try await records(ofAll: try await texts(WorkProgram.items(ofGroup: group), "subject"))
  }

  /// Many subjects a query: each is found by its place in the table.
  func records(ofAll subjects: [String]) async throws(WorkError) -> [WorkRecord] {
    var records: [WorkRecord] = []
    var from = 0
    while from < subjects.count {
      let upTo = min(subjects.count, from + PipelineWorkStore.subjectsPerQuery)
      records += try await rows(WorkProgram.records(ofAll: subjects[from..<upTo]))
      from = upTo
    }
    return records.sorted { ($0.subject, $0.sequence) < ($1.subject, $1.sequence) }
  }

  private static let subjectsPerQuery = 500

  private func texts(_ sql: String, _ column: String) async throws(WorkError) -> [String] {
    try await json(sql).compactMap { $0[column]?.stringValue }
  }

  func firstEvents(of subjects: [String]) async throws(WorkError) -> [WorkRecord] {
    guard !subjects.isEmpty else { return [] }
    return try await rows(WorkProgram.firstEvents(of: subjects))
  }

  func subjects(_ filter: WorkFilter) async throws(WorkError) -> [String] {
    func list(_ texts: [String]) -> String { "(" + texts.map(WorkProgram.quoted).joined(separator: ", ") + ")" }
    if filter.ids?.isEmpty == true || filter.statuses?.isEmpty == true { return [] }
    var conditions = ["kind = \(WorkProgram.quoted(filter.kind.rawValue))"]
    if let dialect = filter.dialect { conditions.append("dialect = \(WorkProgram.quoted(dialect.rawValue))") }
    if let statuses = filter.statuses { conditions.append("status IN \(list(statuses))") }
    if let group = filter.group { conditions.append("group_id = \(WorkProgram.quoted(group))") }
    if let ids = filter.ids { conditions.append("subject IN \(list(ids))") }
    let rows = try await json(
      """
      SELECT subject FROM subjects WHERE \(conditions.joined(separator: " AND "))
      ORDER BY created_us DESC, subject LIMIT \(max(0, filter.limit)) OFFSET \(max(0, filter.offset))
      """)
    return rows.compactMap { $0["subject"]?.stringValue }
  }

  private func rows(_ sql: String) async throws(WorkError) -> [WorkRecord] {
    try await json(sql).compactMap(WorkRow.record)
  }

  func json(_ sql: String) async throws(WorkError) -> [JSONValue] {
    let pipeline = try await caughtUp()
    do throws(PipelineError) { return try await pipeline.rows(sql) } catch {
      // The statement is ours: what went wrong on its way is the life of the pipeline, which may end under it.
      throw error.code == .adHocQueryError ? WorkError(.unavailable, error.message) : WorkError(error)
    }
  }
}

extension WorkError {
  init(_ error: PipelineError) {
    let code: Code =
      switch error.code {
      case .storageFull: .full
      case .internalError, .invalidBody, .adHocQueryError: .failed
      default: .unavailable
      }
    self.init(code, error.message)
  }
}
