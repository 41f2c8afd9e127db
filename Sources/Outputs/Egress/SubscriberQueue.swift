package import DataModel
import Formats
package import PipelineModel
import Platform

/// What one subscriber has not taken yet, when it must hear something, and when it counts as gone. Pure.
///
/// A step's rows are readable once they are released: their journal rows are durable.
package struct SubscriberQueue: Sendable {
  private struct Entry: Sendable {
    /// Number of the entry, from 0.
    let id: UInt64
    /// Nil: part of the snapshot.
    let step: StepIndex?
    /// Input records of all steps before.
    let inputBefore: UInt64
    var slices: DeltaSlices
    let rows: Int
    let bytes: Int
  }

  /// What `take` answers.
  package enum Taken: Sendable {
    case rows(EgressFraming.Head, ColumnBatch)
    case keepAlive(UInt64)
    case wait
    case ended
  }

  private let schema: Schema
  private let options: SubscriptionOptions
  private let bytesMax: Int
  /// An entry that was begun is only dropped whole: a gap in the sequence numbers tells.
  private var entries: [Entry] = []
  private var nextEntry: UInt64 = 0
  /// Entries below this number are readable.
  package private(set) var released: UInt64 = 0
  private var seen: StepCount
  /// Step whose line the consumer has in its hand.
  private var inHand: (step: StepIndex, inputBefore: UInt64)?
  /// The greatest count that was answered.
  private var told: StepCount
  private var handFull = false
  private var sequence: UInt64 = 0
  /// Time of the last line; nil while the first line is due at once.
  private var spokenAt: MonotonicTime?
  /// When the consumer last called, or work came while it had nothing.
  private var progressAt: MonotonicTime
  private var ended = false
  /// Bytes of the queued steps; a snapshot is not counted, it shares the memory of the view.
  package private(set) var bytes = 0

  package static let keepAliveNanoseconds: UInt64 = 3_000_000_000
  package static let sliceBytes = 512 << 10

  package struct Setup {
    package let schema: Schema
    package let options: SubscriptionOptions
    package let snapshot: [ColumnBatch]?
    package let at: StepCount
    package let bytesMax: Int

    package init(
      schema: Schema, options: SubscriptionOptions, snapshot: [ColumnBatch]?, at: StepCount,
      bytesMax: Int = Limits.subscriberQueueBytes
    ) {
      self.bytesMax = bytesMax
      self.schema = schema
      self.options = options
      self.snapshot = snapshot
      self.at = at
    }
  }

  package init(_ setup: Setup, now: MonotonicTime) {
    schema = setup.schema
    options = setup.options
    bytesMax = setup.bytesMax
    seen = setup.at
    told = setup.at
    progressAt = now
    guard let snapshot = setup.snapshot else { return }
    spokenAt = now
    for batch in snapshot where !batch.isEmpty { append(batch, step: nil) }
    if entries.isEmpty { append(ColumnBatch(empty: schema.physicalTypes), step: nil) }
  }

  // MARK: The step thread's side

  /// What follows from a step: whether rows wait for their release, and the count that is delivered now.
  package struct Submission: Equatable {
    package var queued = false
    package var delivered: StepCount?

    package init(queued: Bool = false, delivered: StepCount? = nil) {
      self.queued = queued
      self.delivered = delivered
    }
  }

  package mutating func submit(
    step: StepIndex, rows: ColumnBatch?, inputBefore: UInt64 = 0, now: MonotonicTime
  ) -> Submission {
    guard !ended, !seen.includes(step) else { return Submission() }
    seen = step.completedCount
    let changed = rows?.weights.contains { $0 != 0 } ?? false
    if changed, let rows {
      if entries.isEmpty, !handFull { progressAt = now }
      append(rows, step: step, inputBefore: inputBefore)
      if !options.backpressure { dropOldest() }
    }
    return Submission(queued: changed, delivered: news())
  }

  /// The delivered count when it is greater than what was told.
  private mutating func news() -> StepCount? {
    guard delivered > told else { return nil }
    told = delivered
    return told
  }

  private mutating func append(_ rows: ColumnBatch, step: StepIndex?, inputBefore: UInt64 = 0) {
    let size = step == nil ? 0 : BatchSize.bytes(rows)
    let slices = DeltaSlices(rows, schema: schema, format: options.format)
    entries.append(
      Entry(id: nextEntry, step: step, inputBefore: inputBefore, slices: slices, rows: rows.count, bytes: size))
    nextEntry += 1
    bytes += size
  }

  private mutating func dropOldest() {
    while bytes > bytesMax,
      let oldest = entries.firstIndex(where: { $0.step != nil }), oldest < entries.count - 1
    {
      bytes -= entries[oldest].bytes
      entries.remove(at: oldest)
      sequence += 1
    }
  }

  /// Whether the pipeline must wait for this subscriber.
  package var isFull: Bool { options.backpressure && !ended && bytes > bytesMax }

  // MARK: The egress thread's side

  /// Entries below this number wait for the journal; nil when none does.
  package var unreleased: UInt64? { !ended && nextEntry > released ? nextEntry : nil }

  package mutating func release(through entry: UInt64) { released = max(released, entry) }

  /// Whether `take` would answer other than `wait`.
  package func isReady(at now: MonotonicTime) -> Bool {
    if ended { return true }
    if let head = entries.first { if head.id < released { return true } }
    return keepAliveIsDue(at: now)
  }

  /// Nothing was asked for longer than the limit although something is there to be taken.
  package func isGone(at now: MonotonicTime) -> Bool {
    let hasWork = inHand != nil || entries.first.map { $0.id < released } ?? false
    return !ended && hasWork && now.since(progressAt) >= Limits.subscriberTimeoutNanoseconds
  }

  private func keepAliveIsDue(at now: MonotonicTime) -> Bool {
    guard let spokenAt else { return true }
    return now.since(spokenAt) >= SubscriberQueue.keepAliveNanoseconds
  }

  // MARK: The consumer's side

  /// The consumer has handed on what it took before. Answers the steps that are delivered now.
  package mutating func acknowledge(now: MonotonicTime) -> StepCount? {
    progressAt = now
    handFull = false
    inHand = nil
    return news()
  }

  /// Every step below has been handed on.
  package var delivered: StepCount {
    if let inHand { return StepCount(inHand.step.rawValue) }
    return entries.first { $0.step != nil }?.step.map { StepCount($0.rawValue) } ?? seen
  }

  /// Input records of the delivered steps, given those of all.
  package func processedInput(of total: UInt64) -> UInt64 {
    inHand?.inputBefore ?? entries.first { $0.step != nil }?.inputBefore ?? total
  }

  package mutating func take(now: MonotonicTime) -> Taken {
    if let head = entries.first, head.id < released { return takeRows(now) }
    if ended { return .ended }
    guard keepAliveIsDue(at: now) else { return .wait }
    spokenAt = now
    handFull = true
    defer { sequence += 1 }
    return .keepAlive(sequence)
  }

  private mutating func takeRows(_ now: MonotonicTime) -> Taken {
    let slice = entries[0].slices.nextSlice(budget: SubscriberQueue.sliceBytes)
    let entry = entries[0]
    if entry.slices.isAtEnd {
      entries.removeFirst()
      bytes -= entry.bytes
    }
    inHand = entry.step.map { ($0, entry.inputBefore) }
    handFull = true
    spokenAt = now
    defer { sequence += 1 }
    return .rows(
      EgressFraming.Head(sequence: sequence, snapshot: entry.step == nil, processedSteps: processed(after: entry)),
      slice ?? ColumnBatch(empty: schema.physicalTypes))
  }

  private func processed(after entry: Entry) -> StepCount? {
    guard let step = entry.step else { return nil }
    return entry.slices.isAtEnd ? step.completedCount : StepCount(step.rawValue)
  }

  /// No more rows will come; what is released can still be taken, the rest is gone.
  package mutating func finish() {
    ended = true
    entries.removeAll { $0.id >= released }
  }

  /// The consumer wants no more.
  package mutating func close() {
    ended = true
    entries = []
    bytes = 0
    inHand = nil
  }

  package var isEnded: Bool { ended }
  package var queuedRecords: UInt64 { entries.reduce(0) { $0 &+ UInt64($1.rows) } }
  package var queuedBatches: UInt64 { UInt64(entries.count) }
}
