import Completion
import DataModel
import Formats
import Ingress
import InputLog
import PipelineModel
import Platform
import SQLFrontend

extension RunningPipeline {
  package func deadLetters(
    _ query: DeadLetterQuery, limit: Int
  ) async throws(PipelineError) -> [DeadLetterRecord] {
    try await letters(query, limit: limit).map { letter in
      DeadLetterRecord(
        id: letter.id.description, place: letter.place, table: letter.row.table,
        endpoint: stages.endpoints.endpoint(letter.row.endpoint)?.name, at: letter.row.at,
        reason: letter.row.reason, raw: (letter.row.rawBytes, letter.row.isTruncated),
        replayed: letter.row.replayed)
    }
  }

  private func letters(_ query: DeadLetterQuery, limit: Int) async throws(PipelineError) -> [DeadLetter] {
    let filter = try filter(query)
    let after = try query.after.map { (text: String) throws(PipelineError) in try letterID(text) }
    let endpoints = stages.endpoints
    do {
      return try await environment.pool.run { () throws(IngressError) in
        try endpoints.deadLetters(filter, after: after, limit: limit)
      }
    } catch { throw error.pipelineError }
  }

  private func filter(_ query: DeadLetterQuery) throws(PipelineError) -> DeadLetterFilter {
    var filter = DeadLetterFilter()
    if let ids = query.ids {
      var known: Set<DeadLetterID> = []
      for id in ids { known.insert(try letterID(id)) }
      filter.ids = known
    }
    filter.table = query.table.map { SQLIdentifier(urlForm: $0).canonical }
    filter.reason = query.reason
    filter.isReplayed = query.isReplayed
    if let text = query.token {
      filter.request = try resolve(text, follow: true).token.deadLetters(keptMax: Limits.rowErrorsListedMax)
    }
    return filter
  }

  private func letterID(_ text: String) throws(PipelineError) -> DeadLetterID {
    guard let id = DeadLetterID(text) else {
      throw PipelineError(.invalidParam, "'\(text.prefix(64))' is no id of a dead letter")
    }
    return id
  }

  /// Whether the token's request has letters.
  func hasLetters(_ token: CompletionToken) -> Bool { token.rejected > 0 || stages.dead.count(in: token.range) > 0 }

  /// Replays of the letters of the token's request.
  func replayedCount(_ token: CompletionToken) async -> UInt64 {
    guard hasLetters(token) else { return 0 }
    return await environment.pool.run { [self] in storedReplays(of: token) }
  }

  /// The same; blocks.
  func storedReplays(of token: CompletionToken) -> UInt64 {
    guard hasLetters(token) else { return 0 }
    var filter = DeadLetterFilter()
    filter.request = token.deadLetters(keptMax: Limits.rowErrorsListedMax)
    let letters = (try? stages.endpoints.deadLetters(filter, limit: Limits.rowErrorsListedMax)) ?? []
    return letters.reduce(0) { $0 + UInt64($1.row.replayed) }
  }

  // MARK: Replay

  private struct Group {
    let table: IngressTable
    let format: InputFormat
    var letters: [(letter: DeadLetter, bytes: [UInt8])] = []
  }

  package func replayDeadLetters(
    _ query: DeadLetterQuery, edits: [String: String], options: IngressOptions
  ) async throws(PipelineError) -> DeadLetterReplayReport {
    try gate.checkReady()
    let letters = try await letters(query, limit: Limits.rowErrorsListedMax)
    let found = Set(letters.map(\.id.description))
    if let missing = (query.ids ?? []).first(where: { !found.contains($0) }) {
      throw PipelineError(.unknownDeadLetter, "there is no dead letter '\(missing.prefix(64))' that matches")
    }
    var report = DeadLetterReplayReport()
    let groups = try groups(letters, edits, options, &report)
    if !options.force { try await gate.pass() }
    for group in groups {
      let receipt = try await replay(group)
      report.attempts.append(
        DeadLetterReplayReport.Attempt(
          table: group.table.name.canonical, ids: group.letters.map(\.letter.id.description), receipt: receipt))
    }
    return report
  }

  /// By endpoint, in the order of the letters.
  private func groups(
    _ letters: [DeadLetter], _ edits: [String: String], _ options: IngressOptions,
    _ report: inout DeadLetterReplayReport
  ) throws(PipelineError) -> [Group] {
    let given = options.format == nil ? nil : try options.inputFormat()
    var groups: [Group] = []
    for letter in letters {
      let id = letter.id.description
      guard let table = program.tables.first(where: { $0.name.canonical == letter.row.table }) else {
        report.skipped.append((id, "the program has no table '\(letter.row.table)'"))
        continue
      }
      let target = IngressTable(name: table.name, schema: table.schema)
      // What a step could not take is kept in a form of its own, whatever the request's was.
      let kept = letter.id.isFailed && edits[id] == nil ? nil : given
      guard let format = kept ?? stages.ingest.format(of: letter, table: target) else {
        report.skipped.append((id, "it came through a connector: say its format and update_format"))
        continue
      }
      guard edits[id] != nil || !letter.row.isTruncated else {
        report.skipped.append(
          (id, "only its first \(letter.row.rawBytes.count) bytes were kept: send it edited"))
        continue
      }
      let bytes = edits[id].map { Array($0.utf8) } ?? letter.row.rawBytes
      if let index = groups.firstIndex(where: { $0.table.name == target.name && $0.format == format }) {
        groups[index].letters.append((letter, bytes))
      } else {
        groups.append(Group(table: target, format: format, letters: [(letter, bytes)]))
      }
    }
    return groups
  }

  private func replay(_ group: Group) async throws(PipelineError) -> IngressReceipt {
    let (ingest, replay) = (stages.ingest, DeadLetterReplay(group.letters))
    let (table, format) = (group.table, group.format)
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<IngestOutcome, IngressError>, Never>) in
      environment.pool.submit {
        ingest.replay(replay, into: table, format: format) { continuation.resume(returning: $0) }
      }
    }
    switch result {
    case .success(let outcome): return receipt(outcome)
    case .failure(let error): throw error.pipelineError
    }
  }
}

extension DeadLetter {
  fileprivate var place: DeadLetterRecord.Place {
    (id.offset, id.isFailed ? nil : row.eventNumber, row.step)
  }
}
