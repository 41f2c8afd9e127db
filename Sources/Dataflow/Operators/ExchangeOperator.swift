import DataModel

/// Shares its rows out by the hash of a key, so that all rows of a key meet in one part of the operator behind.
///
/// The parts are read from `results` by the `ExchangePart`s, which follow; `step` answers only a mark that there are
/// some.
final class ExchangeOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private(set) var results: [ColumnBatch?]
  private let key: [CompiledExpression]
  private let shares: Int

  init(_ input: NodeID, _ key: [ScalarExpression], shares: Int) {
    inputs = [input]
    self.key = key.map { CompiledExpression($0) }
    self.shares = shares
    results = Array(repeating: nil, count: shares)
  }

  var usesNow: Bool { key.contains { $0.usesNow } }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { true }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    var columns: [ColumnVector] = []
    for part in key {
      columns.append(ColumnGather.canonical(try part.evaluate(delta.columns, count: delta.count, now: now)))
    }
    let rows = try KeyShares.rows(columns, count: delta.count, shares: shares)
    results = rows.map { rows in
      rows.isEmpty ? nil : rows.count == delta.count ? delta : ColumnGather.gather(delta, rows)
    }
    return ColumnBatch(columns: [], weights: [1])
  }

  func commit() { results = Array(repeating: nil, count: shares) }
  func rollBack() { commit() }
}

/// Reads rows from another operator instead of its input's delta, which is only a mark.
protocol ShareReader: Operator {
  var waitingRows: Int { get }
}

/// One share of what some exchanges gave.
final class ExchangePart: ShareReader {
  let inputs: [NodeID]
  var state = OperatorState()
  private let exchanges: [ExchangeOperator]
  private let share: Int

  init(_ inputs: [NodeID], _ exchanges: [ExchangeOperator], share: Int) {
    self.inputs = inputs
    self.exchanges = exchanges
    self.share = share
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { true }

  var waitingRows: Int { exchanges.reduce(0) { $0 + ($1.results[share]?.count ?? 0) } }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    try ColumnGather.concatenate(
      exchanges.indices.compactMap { deltas[$0] == nil ? nil : exchanges[$0].results[share] })
  }
}
