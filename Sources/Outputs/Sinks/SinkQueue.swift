package import ConnectorKit
package import DataModel
package import PipelineModel

/// Deltas that a sink has not taken yet, in step order, and how far it is. Pure.
///
/// `delivered <= seen`; every queued step lies between both. An item leaves only when the sink's cursor is
/// durable, so
/// what a checkpoint copies from here is never too little.
package struct SinkQueue: Sendable {
  package struct Item: Sendable {
    package let step: StepIndex
    /// Input records of all steps before this one.
    package let inputBefore: UInt64
    package let rows: ColumnBatch
    package let bytes: Int

    package init(step: StepIndex, inputBefore: UInt64, rows: ColumnBatch) {
      self.step = step
      self.inputBefore = inputBefore
      self.rows = rows
      bytes = BatchSize.bytes(rows)
    }
  }

  /// What one call of the sink gets.
  package struct Round: Sendable {
    package let deltas: [SinkDelta]
    /// Count that holds once the deltas are outside: also passes the empty steps behind them.
    package let through: StepCount
    package var records: UInt64 { deltas.reduce(0) { $0 &+ UInt64($1.rows.count) } }

    package init(deltas: [SinkDelta], through: StepCount) {
      self.deltas = deltas
      self.through = through
    }
  }

  package private(set) var items: [Item] = []
  package private(set) var bytes = 0
  /// Every step below has left, or had nothing for this sink.
  package private(set) var delivered: StepCount
  /// Every step below was submitted, here or in an earlier life.
  package private(set) var seen: StepCount

  /// `at`: where the engine goes on. `cursor`: what the store says. `restored`: the sink's part of the
  /// checkpoint.
  package init(at: StepCount, cursor: StepCount?, restored: PendingSection.Part?) {
    delivered = max(cursor ?? .zero, restored?.delivered ?? at)
    seen = max(at, delivered)
    for item in restored?.items ?? [] where !delivered.includes(item.step) && seen.includes(item.step) {
      items.append(item)
      bytes += item.bytes
    }
    delivered = items.first.map { StepCount($0.step.rawValue) } ?? seen
  }

  package enum Submission: Equatable {
    case discarded
    /// `passed`: the count that holds now, when it has grown.
    case queued(passed: StepCount?)
    case passed(StepCount)
  }

  /// Takes the delta of the next step. `passed`: nothing waits, so the step is delivered at once. Numbers that no step
  /// has, at the beginning of a life, are passed with the step before them or behind them.
  package mutating func submit(step: StepIndex, rows: ColumnBatch?, inputBefore: UInt64) -> Submission {
    guard !seen.includes(step) else { return .discarded }
    seen = step.completedCount
    if let rows, !rows.isEmpty {
      let grows = items.isEmpty && delivered.nextIndex < step
      if grows { delivered = StepCount(step.rawValue) }
      let item = Item(step: step, inputBefore: inputBefore, rows: rows)
      items.append(item)
      bytes += item.bytes
      return .queued(passed: grows ? delivered : nil)
    }
    guard items.isEmpty else { return .queued(passed: nil) }
    delivered = seen
    return .passed(seen)
  }

  /// The oldest deltas of at most about `bytesMax`, at least one; nil when nothing waits.
  package func nextRound(bytesMax: Int) -> Round? {
    guard !items.isEmpty else { return nil }
    var count = 0
    var total = 0
    while count < items.count, count == 0 || total + items[count].bytes <= bytesMax {
      total += items[count].bytes
      count += 1
    }
    return Round(
      deltas: items[..<count].map { SinkDelta(step: $0.step, rows: $0.rows) },
      through: count < items.count ? StepCount(items[count].step.rawValue) : seen)
  }

  /// The round's cursor is durable. Answers the new count, which also passes empty steps submitted meanwhile.
  package mutating func finish(_ round: Round) -> StepCount {
    items.removeFirst(min(round.deltas.count, items.count))
    bytes = items.reduce(0) { $0 + $1.bytes }
    delivered = items.first.map { StepCount($0.step.rawValue) } ?? seen
    return delivered
  }

  package var queuedRecords: UInt64 { items.reduce(0) { $0 &+ UInt64($1.rows.count) } }

  /// Input records of the delivered steps, given those of all.
  package func processedInput(of total: UInt64) -> UInt64 { items.first?.inputBefore ?? total }
}
