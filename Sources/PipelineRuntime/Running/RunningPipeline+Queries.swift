import DataModel
import Outputs
import Platform
import PipelineModel
import SQLFrontend
import StepEngine
import Synchronization

extension RunningPipeline {
  package func query(_ sql: String, format: String) async throws(PipelineError) -> any QueryStream {
    try gate.checkReady()
    guard let encoding = QueryEncoder.Encoding(rawValue: format) else {
      throw PipelineError(
        .invalidParam, "unknown query format '\(format)': supported are text, json and arrow_ipc")
    }
    switch try await evaluate(sql) {
    case .success(let outcomes):
      let rows = try await settled(outcomes)
      return EncodedQuery(
        QueryEncoder(encoding: encoding, fields: rows.fields), batches: rows.batches,
        pool: environment.queryPool)
    case .failure(.planning(let message)):
      throw PipelineError(.adHocQueryError, "Error during query processing: \(message)")
    case .failure(.running(let error)):
      noteDamage(StepError(evaluation: error))
      return EncodedQuery(failing: error.message, encoding: encoding, pool: environment.queryPool)
    }
  }

  /// The answer to the last statement, with all insertions made.
  private func settled(
    _ outcomes: [ViewReader.Outcome]
  ) async throws(PipelineError) -> ViewReader.Answer {
    var answer = ViewReader.Answer(count: 0)
    for outcome in outcomes {
      switch outcome {
      case .answer(let rows): answer = rows
      case .insertion(let table, let batches):
        answer = ViewReader.Answer(count: Int64(clamping: try await insert(batches, into: table)))
      }
    }
    return answer
  }

  /// On the query threads; ends early when the task is cancelled or this life ends.
  private func evaluate(
    _ sql: String
  ) async throws(PipelineError) -> Result<[ViewReader.Outcome], ViewReader.QueryError> {
    let allowance = QueryAllowance(
      bytes: Limits.queryBytesMax, nanoseconds: Limits.queryNanosecondsMax, clock: environment.clock)
    let id = try queries.begin(allowance)
    defer { queries.end(id) }
    let (views, pool) = (stages.engine.views, environment.queryPool)
    return await withTaskCancellationHandler {
      await pool.run {
        do throws(ViewReader.QueryError) { return .success(try views.run(sql, allowance: allowance)) } catch {
          return .failure(error)
        }
      }
    } onCancel: {
      allowance.cancel()
    }
  }

  package func subscribe(
    _ relation: SQLIdentifier, options: EgressOptions
  ) async throws(PipelineError) -> any EgressStream {
    try gate.checkReady()
    let (schema, materialized) = try egressRelation(relation)
    if options.sendSnapshot, !materialized {
      throw PipelineError(
        .invalidParam, "send_snapshot needs a materialized relation, and '\(relation)' is not materialized")
    }
    let subscriptionOptions = try options.subscriptionOptions()
    let (engine, outputs) = (stages.engine, stages.outputs)
    let sendSnapshot = options.sendSnapshot
    let begun = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Subscription?, EvaluationError>, Never>) in
      engine.observe(relation) { steps in
        guard let steps else { return continuation.resume(returning: .success(nil)) }
        do throws(EvaluationError) {
          let snapshot = sendSnapshot ? try engine.views.contents(of: relation) : nil
          continuation.resume(
            returning: .success(
              outputs.subscribe(
                relation, schema: schema, options: subscriptionOptions, snapshot: snapshot, at: steps)))
        } catch { continuation.resume(returning: .failure(error)) }
      }
    }
    switch begun {
    case .failure(let error):
      noteDamage(StepError(evaluation: error))
      throw PipelineError(.storageFailure, error.message)
    case .success(nil): throw PauseGate.terminating
    case .success(let subscription?): return RunningEgress(subscription)
    }
  }

  func egressRelation(_ name: SQLIdentifier) throws(PipelineError) -> (Schema, materialized: Bool) {
    if let view = program.views.first(where: { $0.name == name }), view.kind != .local {
      return (view.schema, view.kind == .materialized)
    }
    if let table = program.tables.first(where: { $0.name == name }) {
      return (table.schema, table.materialized)
    }
    if let errors = ViewReader.errorCollection(of: program), errors.name == name { return (errors.schema, true) }
    throw PipelineError(.unknownOutputStream, "unknown table or view '\(name)'")
  }
}

extension EgressOptions {
  func subscriptionOptions() throws(PipelineError) -> SubscriptionOptions {
    do {
      return try SubscriptionOptions.parse(format: format, array: array, backpressure: backpressure)
    } catch { throw PipelineError(.invalidParam, error.description) }
  }
}

/// Encodes an answer piece by piece, as fast as the client reads.
final class EncodedQuery: QueryStream {
  private struct State {
    var encoder: QueryEncoder
    var batches: [ColumnBatch]
    var next = 0
    var begun = false
    var ended = false
    var failure: String?
  }

  let contentType: String
  private let state: Mutex<State>
  private let pool: BlockingPool

  init(_ encoder: QueryEncoder, batches: [ColumnBatch], pool: BlockingPool) {
    contentType = encoder.encoding.contentType
    state = Mutex(State(encoder: encoder, batches: batches))
    self.pool = pool
  }

  convenience init(failing message: String, encoding: QueryEncoder.Encoding, pool: BlockingPool) {
    self.init(QueryEncoder(encoding: encoding, fields: []), batches: [], pool: pool)
    state.withLock { $0.failure = message }
  }

  func next() async -> [UInt8]? {
    await pool.run { [self] in
      state.withLock { state in
        if state.ended { return nil }
        if let failure = state.failure {
          state.ended = true
          return state.encoder.errorLine(failure)
        }
        if !state.begun {
          state.begun = true
          let head = state.encoder.begin(state.batches)
          if !head.isEmpty { return head }
        }
        if state.next < state.batches.count {
          let batch = state.batches[state.next]
          state.next += 1
          return state.encoder.rows(batch)
        }
        state.ended = true
        let tail = state.encoder.end()
        return tail.isEmpty ? nil : tail
      }
    }
  }
}

/// An egress stream over a subscription.
final class RunningEgress: EgressStream {
  private let subscription: Subscription
  init(_ subscription: Subscription) { self.subscription = subscription }
  func next() async -> [UInt8]? { await subscription.next() }
  func close() { subscription.close() }
}
