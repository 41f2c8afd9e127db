import DataModel
package import Formats
package import InputLog
package import PipelineModel
package import Platform
import StorageAPI
import Synchronization

/// What an append knows of its request beside the records.
struct RequestFacts: Sendable {
  let receivedAt: WallTime
  var keyed: KeyedRequest?
  /// It wishes its answer before its records are durable.
  var isAsync = false
}

/// A request under an idempotency key, with the digest of its whole body.
struct KeyedRequest: Sendable {
  let claim: IdempotencyClaim
  let body: BodyDigest
}

/// Takes bodies of records into the log: the door of HTTP ingress. Thread-safe.
package final class BatchIngest: Sendable {
  package typealias Completion = @Sendable (Result<IngestOutcome, IngressError>) -> Void

  /// Greatest body of `ingestNow`.
  package static let immediateBytesMax = 256 << 10
  /// More than so much is decoded on the pool.
  static let inlineBytesMax = 64 << 10

  private struct TemplateKey: Hashable {
    let table: String
    let format: InputFormat
  }

  /// What all requests of one endpoint begin with.
  private struct Template {
    let target: IngressTable
    let buffer: IngestBuffer
  }

  let appender: LogAppender
  let endpoints: EndpointRegistry
  let pool: BlockingPool
  let clock: any PipelineClock
  private let templates = Mutex<[TemplateKey: Template]>([:])

  private let bounds: IngestBounds
  /// Why the storage has no room for more; nil when it has. May block.
  package let shortage: @Sendable () -> String?

  package convenience init(
    appender: LogAppender, endpoints: EndpointRegistry, pool: BlockingPool, clock: any PipelineClock,
    shortage: @escaping @Sendable () -> String?
  ) {
    self.init(
      appender: appender, endpoints: endpoints, pool: pool, clock: clock, bounds: IngestBounds(),
      shortage: shortage)
  }

  package init(
    appender: LogAppender, endpoints: EndpointRegistry, pool: BlockingPool, clock: any PipelineClock,
    bounds: IngestBounds, shortage: @escaping @Sendable () -> String? = { nil }
  ) {
    self.bounds = bounds
    self.shortage = shortage
    self.appender = appender
    self.endpoints = endpoints
    self.pool = pool
    self.clock = clock
  }

  /// Begins a body that comes in chunks. Until `finish` or `cancel` it may hold staged rows in the store.
  ///
  /// With a claim the body is never published in parts: all of it is taken under the key, or nothing. `isAsync` wishes
  /// the answer before the records are durable; the outcome tells whether it was.
  package func open(
    _ table: IngressTable, format: InputFormat, claim: IdempotencyClaim? = nil, isAsync: Bool = false
  ) -> IngestSession {
    IngestSession(self, buffer(table, format), bounds, claim, isAsync: isAsync)
  }

  /// The endpoint that bodies of this table and format have.
  package func endpoint(_ table: IngressTable, format: InputFormat) -> EndpointID {
    endpoints.http(table: table.name, format: format).id
  }

  /// Decodes a whole small body on the caller's thread and appends it; the completion is called once, on the
  /// commit thread or, when refused, at once. False, and nothing done, when the body is beyond
  /// `immediateBytesMax`.
  package func ingestNow(
    _ table: IngressTable, format: InputFormat, body: [UInt8], isAsync: Bool = false,
    completion: @escaping Completion
  ) -> Bool {
    guard body.count <= BatchIngest.immediateBytesMax else { return false }
    let receivedAt = clock.wall()
    var buffer = buffer(table, format)
    guard body.count <= buffer.sliceBytes(BatchIngest.immediateBytesMax) else { return false }
    buffer.decode(body)
    buffer.finish()
    append(&buffer, RequestFacts(receivedAt: receivedAt, isAsync: isAsync), completion)
    return true
  }

  /// Appends what is left of a finished body as one range.
  func append(
    _ buffer: inout IngestBuffer, _ request: RequestFacts, also: LogExtra? = nil, _ completion: @escaping Completion
  ) {
    let keyed = request.keyed
    // The answer under a key is for ever.
    let isAsync = request.isAsync && keyed == nil
    let endpoint = buffer.endpoint
    let (errors, errorCount) = (buffer.errors, buffer.errorCount)
    let rejected = errorCount == 0 ? .none : buffer.rejected(at: clock.wall())
    let blocks = buffer.takeBlocks()
    let tally = BlockTally(blocks)
    endpoint.accept(tally)
    let place = errorCount == 0 ? nil : RejectedPlace()
    let stepsAtIssue = keyed?.claim.steps
    let outcome: @Sendable (OffsetRange) -> IngestOutcome = { range in
      var outcome = IngestOutcome(
        endpoint: endpoint.id, range: range, accepted: range.count, errorCount: errorCount, errors: errors,
        receivedAt: request.receivedAt)
      outcome.isAsync = isAsync
      outcome.stepsAtIssue = stepsAtIssue
      outcome.firstRejected = place?.first ?? 0
      return outcome
    }
    let rows = BatchIngest.joined(endpoints.extra(endpoint, rejected, place: place), also)
    let extra = BatchIngest.extra(rows, keyed, outcome)
    appender.append(AppendRequest(blocks: blocks, extra: extra, isAsync: isAsync)) { result in
      keyed?.claim.release()
      switch result {
      case .success(let range): completion(.success(outcome(range)))
      case .failure(let error):
        endpoint.takeBack(tally)
        completion(.failure(IngressError(log: error)))
      }
    }
  }

  private static func joined(_ rows: LogExtra?, _ more: LogExtra?) -> LogExtra? {
    guard let rows, let more else { return rows ?? more }
    return { range in
      var batch = rows(range)
      batch.mutations += more(range).mutations
      return batch
    }
  }

  /// The rows of an endpoint with that of the idempotency key.
  static func extra(
    _ rows: LogExtra?, _ keyed: KeyedRequest?, _ outcome: @escaping @Sendable (OffsetRange) -> IngestOutcome
  ) -> LogExtra? {
    guard let keyed else { return rows }
    return { range in
      var batch = rows?(range) ?? WriteBatch()
      keyed.claim.put(keyed.body, outcome(range), to: &batch)
      return batch
    }
  }

  func freshBuffer(_ table: IngressTable, _ format: InputFormat) -> IngestBuffer { buffer(table, format) }

  private func buffer(_ table: IngressTable, _ format: InputFormat) -> IngestBuffer {
    let key = TemplateKey(table: table.name.canonical, format: format)
    return templates.withLock { templates in
      if let known = templates[key], known.target == table { return known.buffer }
      let fresh = IngestBuffer(
        endpoint: endpoints.http(table: table.name, format: format),
        decoder: InputDecoder(
          format: format, schema: table.schema, rowErrorsKept: Limits.rowErrorsListedMax,
          limits: InputLimits(recordBytesMax: Limits.recordBytesMax), skipping: table.skipped),
        columns: table.schema.fields.count, recent: appender.recent)
      templates[key] = Template(target: table, buffer: fresh)
      return fresh
    }
  }
}
