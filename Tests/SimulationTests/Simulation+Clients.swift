import Completion
import DataModel
import Formats
import Ingress
import InputLog
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import TestSupport

/// What clients do.
extension Simulation {
  // MARK: Requests

  /// Checks cost as much as there are records.
  private static let recordsMax: Int64 = 300

  func append(keyed: Bool) {
    guard let life, life.isReady, !life.isClosing, expected.nextNumber < Simulation.recordsMax else { return }
    let number = expected.requests.count
    let request = makeRequest(number, key: keyed ? "key-\(number)" : nil)
    expected.requests.append(request)
    if let first = request.records.first { expected.byRecord[first] = number }
    note("append request=\(number) records=\(request.records.count) key=\(request.key ?? "-")")
    // Small bodies without a key go in at once; the others through a session.
    guard request.key == nil, random.next(below: 4) > 0 else { return send(number, life) }
    let taken = life.ingest.ingestNow(table(of: request), format: Simulation.format, body: Array(request.body.utf8)) {
      [self] in answer($0, number, life)
    }
    if !taken { fail(0, "a small body is refused") }
  }

  /// A client that knows no answer, or doubts it, sends the same under its key.
  func retry() {
    guard let life, life.isReady, !life.isClosing else { return }
    let keyed = expected.requests.filter { $0.key != nil }
    guard !keyed.isEmpty else { return }
    let request = keyed[Int(random.next(below: UInt64(keyed.count)))]
    note("retry request=\(request.id)")
    send(request.id, life)
  }

  /// Whether one had to be sent again.
  func retryOpenRequests() -> Bool {
    guard let life else { return false }
    let open = expected.requests.filter { $0.key != nil && $0.answered == nil }
    for request in open { send(request.id, life) }
    return !open.isEmpty
  }

  static let format = InputFormat(kind: .json)

  private func table(of request: Request) -> IngressTable {
    let name = SQLIdentifier(request.table.rawValue)
    let table = program.compiled.tables.first { $0.name == name }
    return IngressTable(
      name: name, schema: program.schemas[name.canonical] ?? Schema(fields: []),
      skipped: table?.skippedColumns ?? [])
  }

  private func send(_ number: Int, _ life: Life) {
    let request = expected.requests[number]
    let (target, body) = (table(of: request), Array(request.body.utf8))
    Task(executorPreference: jobs) { [self] in
      var claim: IdempotencyClaim?
      if let key = request.key {
        switch await claimed(key, life) {
        case .success(.first(let fresh)): claim = fresh
        case .success(.answered(let replay)):
          replay.feed(body)
          let endpoint = life.ingest.endpoint(target, format: Simulation.format)
          return answer(Result { () throws(IngressError) in try replay.finish(endpoint) }, number, life)
        case .failure(let error): return answer(.failure(error), number, life)
        }
      }
      let session = life.ingest.open(target, format: Simulation.format, claim: claim)
      for start in stride(from: 0, to: body.count, by: 64) {
        if case .failure(let error) = await session.feed(Array(body[start..<min(body.count, start + 64)])) {
          return answer(.failure(error), number, life)
        }
      }
      answer(await session.finish(), number, life)
    }
  }

  private func claimed(_ key: String, _ life: Life) async -> Result<IdempotencyIndex.Claim, IngressError> {
    do { return .success(try await life.idempotency.claim(key)) } catch { return .failure(error) }
  }

  private func makeRequest(_ number: Int, key: String?) -> Request {
    let table: Record.Table = random.next(below: 3) == 0 ? .p : .t
    var records: [Record] = []
    let count = random.next(below: 12) == 0 ? 0 : random.next(below: 10) == 0 ? 40 : random.next(below: 5) + 1
    for _ in 0..<count {
      expected.nextNumber += 1
      let (unique, key) = (expected.nextNumber, Int64(random.next(below: 6)))
      switch table {
      case .p: records.append(Record(table: .p, isDelete: random.next(below: 5) == 0, values: [key, unique]))
      case .t:
        if random.next(below: 6) == 0, !expected.deletable.isEmpty {
          let gone = expected.deletable.remove(at: Int(random.next(below: UInt64(expected.deletable.count))))
          records.append(Record(table: .t, isDelete: true, values: gone.values))
        } else {
          let value = random.next(below: 50) == 0 ? 0 : Int64(random.next(below: 90)) + 1
          records.append(Record(table: .t, isDelete: false, values: [unique, key, value]))
        }
      }
    }
    return Request(
      id: number, table: table, records: records, badLines: random.next(below: 8) == 0 ? 1 : 0, key: key)
  }

  /// What a client gets to know.
  private func answer(_ result: Result<IngestOutcome, IngressError>, _ number: Int, _ life: Life) {
    guard !life.isGone, !power.isOut else { return }
    switch result {
    case .failure(let error):
      // A keyed request may come after the end of its life.
      if !life.isClosing, !mayFail { fail(0, "request \(number) is refused: \(error)") }
    case .success(let outcome):
      note("answer request=\(number) range=\(outcome.range)")
      checkAnswer(outcome, number, life)
      let token = CompletionToken(
        pipeline: Simulation.pipeline, log: Simulation.log, incarnation: life.incarnation,
        endpoint: outcome.endpoint, range: outcome.range,
        stepsAtIssue: outcome.stepsAtIssue ?? life.ledger.totals.initiatedSteps)
      expected.tokens.append(Expectations.Token(token: token, request: number))
      // Only what surely is in the log may be deleted.
      if expected.requests[number].answered == nil {
        expected.deletable += expected.requests[number].records.filter {
          $0.table == .t && !$0.isDelete && !$0.fails
        }
      }
      expected.requests[number].answered = outcome.range
    }
    othersMayRun()
  }

  static let pipeline = PipelineID(UniqueID(high: 1, low: 1))
  static let log = LogID(UniqueID(high: 2, low: 2))

  // MARK: Tokens

  func poll() {
    guard let life, !expected.tokens.isEmpty else { return }
    poll(Int(random.next(below: UInt64(expected.tokens.count))), life)
  }

  /// Whether it, or its successor, is complete; nil when nobody can say.
  @discardableResult
  func poll(_ index: Int, _ life: Life) -> Bool? {
    let token = expected.tokens[index].token
    switch TokenJudge.judge(
      token, pipeline: Simulation.pipeline, log: Simulation.log, incarnation: life.incarnation,
      history: life.history)
    {
    case .foreign: fail(2, "token of \(token.range) is foreign")
    case .past(let past):
      checkPast(past, token)
      guard let successor = past.successorRange else { return false }
      let steps = successor.isEmpty ? token.stepsAtIssue : life.ledger.totals.initiatedSteps
      return isComplete(successor, steps, life)
    case .current:
      guard let complete = isComplete(token.range, token.stepsAtIssue, life) else { return nil }
      if expected.tokens[index].wasComplete, !complete { fail(2, "token of \(token.range) is no more complete") }
      expected.tokens[index].wasComplete = complete
      return complete
    }
    return false
  }

  private func isComplete(_ range: OffsetRange, _ stepsAtIssue: StepCount, _ life: Life) -> Bool? {
    let status: LedgerStatus
    do { status = try life.ledger.storedStatus(of: range, stepsAtIssue: stepsAtIssue) } catch {
      if !mayFail { fail(0, "the ledger cannot be read: \(error)") }
      return nil
    }
    note("poll \(range) \(status)")
    return checkStatus(status, range, life)
  }

  func park() {
    guard let life, life.isReady, !life.isClosing, !expected.tokens.isEmpty else { return }
    let token = expected.tokens[Int(random.next(below: UInt64(expected.tokens.count)))].token
    let condition = WaitCondition(.complete, token.range, stepsAtIssue: token.stepsAtIssue)
    let deadline = MonotonicTime(
      nanoseconds: clock.monotonic().nanoseconds + random.next(below: 2_000_000_000))
    let place = Place()
    let id = life.ledger.park([condition], deadline: deadline) { [self] in
      guard !life.isGone, !life.isClosing, !power.isOut else { return }
      if !life.ledger.isMet(condition), clock.monotonic() < deadline { fail(2, "a wait ends before its time") }
      if let id = place.id { expected.parked[id] = nil }
    }
    place.id = id
    if let id { expected.parked[id] = condition }
  }

  /// `@unchecked Sendable` holds: a simulation runs on one thread.
  private final class Place: @unchecked Sendable { var id: UInt64? }

  // MARK: Transactions

  func transaction() {
    guard let life, life.isReady else { return }
    if let reading = life.desk.reading {
      if !reading.isCommitting { commitTransaction(life) }
      return
    }
    do {
      let id = try life.desk.start()
      guard !power.isOut else { return }
      note("transaction \(id) starts")
      if let reading = life.desk.reading {
        expected.transactions.append(Expectations.Transaction(id: id, first: reading.range.first))
      }
    } catch { if !mayFail { fail(0, "a transaction cannot start: \(error)") } }
  }

  func commitTransaction(_ life: Life) {
    do {
      let id = try life.desk.commit(sliceBytes: 200)
      guard !power.isOut else { return }
      note("transaction \(id) commits")
      guard let reading = life.desk.reading,
        let index = expected.transactions.firstIndex(where: { $0.id == id })
      else { return }
      expected.transactions[index].end = reading.range.end
    } catch { if !mayFail { fail(0, "a transaction cannot commit: \(error)") } }
  }
}
