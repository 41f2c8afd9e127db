import PipelineModel
import WireTypes

/// One call-out for some jobs of a batch: announced before, its answers durable after. Tries again what may
/// be, and skips what was processed before.
struct BatchCall: Sendable {
  static let attemptsMax = 5

  let service: WorkService
  let marks: BatchMarks
  let provider: any CallOutProvider
  let configuration: BatchConfiguration
  let start: BatchSchedule.Start
  let token: String?

  /// Ends early, with the jobs as they are, when the batch ends meanwhile or the work is closed. A fault of the store
  /// fails the jobs: it would be the same again.
  func run() async {
    do throws(WorkError) { try await call() } catch {
      guard BatchCall.isFinal(error), !Task.isCancelled else { return }
      let ids = start.jobs.map(\.id)
      var results: [String: CallOutResult] = [:]
      for id in ids { results[id] = .error(message: error.message, code: "store_failed") }
      let failed = results
      try? await untilDone { () async throws(WorkError) -> Void in try await end(ids, with: failed) }
    }
  }

  private func call() async throws(WorkError) {
    let ids = try await untilDone(jobsLeft)
    guard !ids.isEmpty else { return }
    // Once: what follows may be tried again.
    if !provider.isPure {
      try await untilDone { () async throws(WorkError) -> Void in try await announce(ids) }
    }
    let inputs = try await untilDone { () async throws(WorkError) -> [CallOutRequest.Item] in
      try await readInputs(of: ids)
    }
    guard !inputs.isEmpty, !Task.isCancelled else { return }
    let results = await results(of: inputs)
    guard !Task.isCancelled else { return }
    let called = inputs.map(\.id)
    try await untilDone { () async throws(WorkError) -> Void in try await take(results, of: called) }
  }

  private static func isFinal(_ error: WorkError) -> Bool {
    switch error.code {
    case .unavailable, .inDoubt, .full: false
    case .conflict, .failed: true
    }
  }

  /// What the store cannot do now is tried again: its pipeline may be opening its log anew, and the jobs would wait for
  /// the next start. Errors: final ones, and the last one when the call is cancelled.
  private func untilDone<Done>(_ work: () async throws(WorkError) -> Done) async throws(WorkError) -> Done {
    var milliseconds = 50
    var failure = WorkError(.unavailable, "the call was broken off")
    while !Task.isCancelled {
      do throws(WorkError) { return try await work() } catch { failure = error }
      if BatchCall.isFinal(failure) { break }
      do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { break }
      milliseconds = min(milliseconds * 2, 5000)
    }
    throw failure
  }

  private func jobsLeft() async throws(WorkError) -> [String] {
    if configuration.forcesOverwrite { return start.jobs.map(\.id) }
    return try await skipDuplicates()
  }

  private func readInputs(of ids: [String]) async throws(WorkError) -> [CallOutRequest.Item] {
    var inputs: [CallOutRequest.Item] = []
    for id in ids {
      guard let item = try await service.item(id), item.succeeded == nil else { continue }
      inputs.append(.init(id: id, input: BatchJob.payload(of: item.input)))
    }
    return inputs
  }

  // MARK: Before

  /// The jobs that are left.
  private func skipDuplicates() async throws(WorkError) -> [String] {
    let owners = try await marks.owners(of: start.jobs.compactMap(\.mark))
    guard !owners.isEmpty else { return start.jobs.map(\.id) }
    var (left, skipped): ([String], [String: String]) = ([], [:])
    for job in start.jobs {
      guard let owner = job.mark.flatMap({ owners[$0] }), owner.job != job.id else {
        left.append(job.id)
        continue
      }
      let detail: JSONValue = [
        "duplicate_of": .string(owner.job), "batch_id": .string(owner.batch), "token": .text(token),
      ]
      skipped[job.id] = detail.encoded
    }
    let details = skipped
    try await service.update(items: Array(skipped.keys)) { item in
      // One that was under way goes back first: a call before a crash may not have been the only one.
      let change = WorkService.Change(.skipped, detail: details[item.id] ?? "")
      return item.status == .processing ? [.init(.pending), change] : [change]
    }
    return left
  }

  private var announcement: String {
    JSONValue.make(["call": .string(start.key), "token": .text(token)]).encoded
  }

  private func announce(_ ids: [String]) async throws(WorkError) {
    let text = announcement
    // A job that is called again after a crash says so by a second event.
    try await service.update(items: ids) { item in
      item.succeeded == nil ? [.init(.processing, detail: text)] : []
    }
  }

  // MARK: The call

  private func results(of items: [CallOutRequest.Item]) async -> [String: CallOutResult] {
    var request = CallOutRequest(key: start.key, items: items)
    request.timeoutSeconds = min(request.timeoutSeconds, configuration.timeoutSeconds)
    var attempt = 1
    while true {
      switch await provider.call(request) {
      case .answered(let results): return results
      case .failed(let message, let code, let isRetryable, let retryAfter):
        guard isRetryable, attempt < BatchCall.attemptsMax, !Task.isCancelled else {
          return Dictionary(items.map { ($0.id, .error(message: message, code: code)) }) { first, _ in first }
        }
        let seconds = max(retryAfter ?? 0, 1 << (attempt - 1))
        do { try await Task.sleep(for: .seconds(min(seconds, 300))) } catch { return [:] }
        attempt += 1
      }
    }
  }

  // MARK: After

  private func take(_ results: [String: CallOutResult], of ids: [String]) async throws(WorkError) {
    try await end(ids, with: results)
    // Written before the batch completes, so that only an open batch may lack some.
    var processed: [(mark: String, item: WorkItem)] = []
    for id in ids {
      guard let item = try await service.item(id), let job = BatchJob(input: item.input) else { continue }
      processed.append((job.mark(in: configuration.collection), item))
    }
    try await marks.note(processed, in: start.batch)
  }

  /// One that was not announced goes through that.
  private func end(_ ids: [String], with results: [String: CallOutResult]) async throws(WorkError) {
    let announcement = announcement
    try await service.update(items: ids) { item in
      guard item.succeeded == nil else { return [] }
      let change = BatchCall.change(results[item.id], of: item)
      return item.status == .pending ? [.init(.processing, detail: announcement), change] : [change]
    }
  }

  private static func change(_ result: CallOutResult?, of item: WorkItem) -> WorkService.Change {
    switch result {
    case .output(let output):
      let kept = BatchJob.kept(output, of: item.input)
      guard kept.utf8.count <= BatchCall.outputBytesMax else {
        return failure("the answer has more than \(BatchCall.outputBytesMax) bytes", "too_large")
      }
      return .init(.completed, detail: "{\"success\":true,\"response\":\(kept)}")
    case .error(let message, let code): return failure(message, code)
    case nil: return failure("the provider gave no answer for this item", "no_answer")
    }
  }

  static let outputBytesMax = 8 << 20

  private static func failure(_ message: String, _ code: String) -> WorkService.Change {
    .init(.failed, detail: JSONValue.make(["error": BatchControl.error(message, code)]).encoded)
  }
}
