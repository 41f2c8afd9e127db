// A deployed pipeline whose answers the tests choose and whose calls they can look at.

import DataModel
import Deliveries
import PipelineModel
import PipelineRuntime
import Synchronization

final class FakePipeline: DeployedPipeline {
  struct State {
    var session = FakeSession()
    var openError: PipelineError?
    var opened: [(table: SQLIdentifier, options: IngressOptions)] = []
    /// What `ingestNow` answers; nil: it leaves the request to `openIngress`.
    var receiptNow: Result<IngressReceipt, PipelineError>?
    /// `ingestNow` answers only when the test says so.
    var holdsReceipts = false
    var held: [@Sendable () -> Void] = []
    var ingestedNow: [(table: SQLIdentifier, options: IngressOptions, body: [UInt8])] = []
    var report: Result<CompletionReport, PipelineError> = .success(
      CompletionReport(complete: true, step: StepCount(3), accepted: 5))
    /// A status comes only when the test releases it.
    var answerIsOnDisk = false
    var letters: [DeadLetterRecord] = []
    var letterQueries: [(query: DeadLetterQuery, edits: [String: String])] = []
    var replayReport = DeadLetterReplayReport()
    var webhooks: [Webhook] = []
    var whyReport: WhyReport?
    var story: TokenStory?
    /// What successive `watch` calls answer; the last stays.
    var standings: [[TokenStanding]] = []
    var watched: [[TokenLevel]] = []
    var milestones: [Milestone] = []
    /// What `check` refuses.
    var milestoneError: PipelineError?
    var reached = true
    var group: TokenGroup?
    var groupReport: Result<GroupReport, PipelineError>?
    /// The polls that are parked, with what wakes them.
    var parked: [(seconds: Double, wake: @Sendable () -> Void)] = []
    var parks = false
    /// The records become complete between the status and the wait.
    var completesWhenParked = false
    var givenUp = 0
    var completionCalls: [(token: String, follow: Bool, seconds: Double?)] = []
    var query: (sql: String, format: String)?
    var queryChunks: Result<[[UInt8]], PipelineError> = .success([])
    var queryType = "text/plain"
    var egress = FakeEgress(chunks: [], endless: false)
    var egressOptions: (relation: SQLIdentifier, options: EgressOptions)?
    var stats: PipelineStats
    /// What the transaction calls answer.
    var transaction: Result<UInt64, PipelineError> = .success(1)
    var connectorCalls: [(table: SQLIdentifier, connector: String, start: Bool)] = []
    var activity = CheckpointActivity()
    var checkpoints: [CheckpointSummary] = []
  }

  let incarnation = Incarnation(UniqueID(high: 0x0190, low: 7))
  let state: Mutex<State>

  init() {
    state = Mutex(State(stats: PipelineStats(global: PipelineStats.Global(incarnation: incarnation))))
  }

  func openIngress(
    table: SQLIdentifier, options: IngressOptions
  ) async throws(PipelineError) -> any IngressSession {
    let (session, error) = state.withLock { state in
      state.opened.append((table, options))
      return (state.session, state.openError)
    }
    if let error { throw error }
    return session
  }

  func ingestNow(
    table: SQLIdentifier, options: IngressOptions, body: [UInt8],
    completion: @escaping @Sendable (Result<IngressReceipt, PipelineError>) -> Void
  ) -> Bool {
    let answer: Result<IngressReceipt, PipelineError>? = state.withLock { state in
      guard let receipt = state.receiptNow else { return nil }
      state.ingestedNow.append((table, options, body))
      if state.holdsReceipts { state.held.append { completion(receipt) } }
      return receipt
    }
    guard let answer else { return false }
    if !state.withLock({ $0.holdsReceipts }) { completion(answer) }
    return true
  }

  /// Answers what `ingestNow` and the disk have held back.
  func release() {
    let held = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    for answer in held { answer() }
  }

  func completionStatus(
    token: String, follow: Bool, later: @escaping @Sendable (Result<CompletionReport, PipelineError>) -> Void
  ) throws(PipelineError) -> CompletionReport? {
    let report: Result<CompletionReport, PipelineError>? = state.withLock { state in
      state.completionCalls.append((token, follow, nil))
      guard state.answerIsOnDisk else { return state.report }
      let report = state.report
      state.held.append { later(report) }
      return nil
    }
    return try report?.get()
  }

  func waitForCompletion(
    token: String, follow: Bool, seconds: Double
  ) async throws(PipelineError) -> CompletionReport {
    try state.withLock { state in
      state.completionCalls.append((token, follow, seconds))
      return state.report
    }.get()
  }

  func check(_ milestone: Milestone) throws(PipelineError) {
    if let error = state.withLock({ $0.milestoneError }) { throw error }
  }

  func wait(
    for token: String, until milestone: Milestone, follow: Bool, seconds: Double
  ) async throws(PipelineError) -> MilestoneReport {
    let (report, reached) = state.withLock { state in
      state.milestones.append(milestone)
      state.completionCalls.append((token, follow, seconds))
      return (state.report, state.reached)
    }
    return MilestoneReport(reached: reached, completion: try report.get())
  }

  func parkCompletion(
    token: String, follow: Bool, seconds: Double, _ action: @escaping @Sendable () -> Void
  ) throws(PipelineError) -> ParkedWait? {
    state.withLock { state in
      if state.completesWhenParked {
        state.report = .success(CompletionReport(complete: true, step: StepCount(4), accepted: 5))
      }
      guard state.parks else { return nil }
      state.parked.append((seconds, action))
      return ParkedWait { [self] in self.state.withLock { $0.givenUp += 1 } }
    }
  }

  func deadLetters(
    _ query: DeadLetterQuery, limit: Int
  ) async throws(PipelineError) -> [DeadLetterRecord] {
    state.withLock { state in
      state.letterQueries.append((query, [:]))
      return Array(state.letters.prefix(limit))
    }
  }

  func replayDeadLetters(
    _ query: DeadLetterQuery, edits: [String: String], options: IngressOptions
  ) async throws(PipelineError) -> DeadLetterReplayReport {
    state.withLock { state in
      state.letterQueries.append((query, edits))
      return state.replayReport
    }
  }

  func createWebhook(_ request: WebhookRequest) async throws(PipelineError) -> Webhook {
    let webhook = Webhook(
      id: UniqueID(high: 1, low: 2), url: request.url, secret: request.secret ?? [1, 2, 3], tokens: request.tokens,
      at: WallTime(microseconds: 1_769_847_330_000_250))
    state.withLock { $0.webhooks.append(webhook) }
    return webhook
  }

  func startTransaction() async throws(PipelineError) -> UInt64 { try state.withLock { $0.transaction }.get() }
  func commitTransaction() async throws(PipelineError) -> UInt64 { try state.withLock { $0.transaction }.get() }

  func webhooks() throws(PipelineError) -> [Webhook] { state.withLock { $0.webhooks } }

  func webhook(_ id: String) throws(PipelineError) -> Webhook {
    guard let webhook = state.withLock({ $0.webhooks.first { $0.id.description == id } }) else {
      throw PipelineError(.unknownWebhook, "unknown")
    }
    return webhook
  }

  func replayWebhook(_ id: String) async throws(PipelineError) -> Webhook { try webhook(id) }

  func deleteWebhook(_ id: String) async throws(PipelineError) {
    let known = try webhook(id)
    state.withLock { $0.webhooks.removeAll { $0.id == known.id } }
  }

  func why(token: String) async throws(PipelineError) -> WhyReport {
    guard let report = state.withLock({ $0.whyReport }) else { throw PipelineError(.invalidParam, "no report") }
    return report
  }

  func explain(token: String) async throws(PipelineError) -> TokenStory {
    guard let story = state.withLock({ $0.story }) else { throw PipelineError(.invalidParam, "no story") }
    return story
  }

  func watch(
    _ tokens: [(token: String, level: TokenLevel)], seconds: Double
  ) async throws(PipelineError) -> [TokenStanding] {
    let standings: [TokenStanding]? = state.withLock { state in
      if seconds > 0 { state.watched.append(tokens.map(\.level)) }
      return seconds > 0 && state.standings.count > 1 ? state.standings.removeFirst() : state.standings.first
    }
    guard let standings else { throw PipelineError(.invalidParam, "no standings") }
    return standings
  }

  func status(of group: TokenGroup, seconds: Double) async throws(PipelineError) -> GroupReport {
    let report = state.withLock { state in
      state.group = group
      state.completionCalls.append((group.tokens.joined(separator: ","), group.follow, seconds))
      return state.groupReport
    }
    guard let report else { throw PipelineError(.invalidParam, "no report") }
    return try report.get()
  }

  func completionToken(table: SQLIdentifier, connector: String) throws(PipelineError) -> String {
    guard connector == "c" else { throw PipelineError(.unknownInputEndpoint, "unknown '\(connector)'") }
    return "token-of-\(table.canonical)"
  }

  func query(_ sql: String, format: String) async throws(PipelineError) -> any QueryStream {
    let (chunks, type) = state.withLock { state in
      state.query = (sql, format)
      return (state.queryChunks, state.queryType)
    }
    return FakeQuery(chunks: try chunks.get(), contentType: type)
  }

  func subscribe(
    _ relation: SQLIdentifier, options: EgressOptions
  ) async throws(PipelineError) -> any EgressStream {
    state.withLock { state in
      state.egressOptions = (relation, options)
      return state.egress
    }
  }

  func stats() throws(PipelineError) -> PipelineStats { state.withLock { $0.stats } }

  func connectorAction(table: SQLIdentifier, connector: String, start: Bool) throws(PipelineError) {
    state.withLock { $0.connectorCalls.append((table, connector, start)) }
  }

  func requestCheckpoint() throws(PipelineError) -> UInt64 { 41 }
  func checkpointStatus() -> CheckpointActivity { state.withLock { $0.activity } }
  func checkpoints() -> [CheckpointSummary] { state.withLock { $0.checkpoints } }
}

final class FakeSession: IngressSession {
  struct State {
    var chunks: [[UInt8]] = []
    var finished = 0
    var cancelled = 0
    var receipt: Result<IngressReceipt, PipelineError> = .success(
      IngressReceipt(token: "T", accepted: 2, errorCount: 0, errors: []))
    var feedError: PipelineError?
  }

  let state = Mutex(State())
  /// Ends when the session has ended, by either way.
  let ending: AsyncStream<Void>
  private let ended: AsyncStream<Void>.Continuation

  init() { (ending, ended) = AsyncStream<Void>.makeStream() }

  func feed(_ bytes: [UInt8]) async throws(PipelineError) {
    let error = state.withLock { state in
      state.chunks.append(bytes)
      return state.feedError
    }
    if let error { throw error }
  }

  func finish() async throws(PipelineError) -> IngressReceipt {
    defer { ended.finish() }
    return try state.withLock { state in
      state.finished += 1
      return state.receipt
    }.get()
  }

  func cancel() async {
    state.withLock { $0.cancelled += 1 }
    ended.finish()
  }

  var body: [UInt8] { state.withLock { Array($0.chunks.joined()) } }
}

final class FakeQuery: QueryStream {
  let contentType: String
  private let chunks: Mutex<[[UInt8]]>

  init(chunks: [[UInt8]], contentType: String) {
    self.chunks = Mutex(chunks)
    self.contentType = contentType
  }

  func next() async -> [UInt8]? { chunks.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

/// Gives its chunks; then ends, or goes on until it is closed.
final class FakeEgress: EgressStream {
  private struct State {
    var chunks: [[UInt8]]
    var closed = false
    var waiting: CheckedContinuation<[UInt8]?, Never>?
  }

  private let state: Mutex<State>
  private let endless: Bool
  /// Ends when the stream is closed.
  let closing: AsyncStream<Void>
  private let closed: AsyncStream<Void>.Continuation

  init(chunks: [[UInt8]], endless: Bool) {
    state = Mutex(State(chunks: chunks))
    self.endless = endless
    (closing, closed) = AsyncStream<Void>.makeStream()
  }

  var isClosed: Bool { state.withLock { $0.closed } }

  func next() async -> [UInt8]? {
    await withCheckedContinuation { continuation in
      state.withLock { state in
        if !state.chunks.isEmpty, !state.closed {
          return continuation.resume(returning: state.chunks.removeFirst())
        }
        if state.closed || !endless { return continuation.resume(returning: nil) }
        state.waiting = continuation
      }
    }
  }

  func close() {
    let waiting = state.withLock { state in
      state.closed = true
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: nil)
    closed.finish()
  }
}
