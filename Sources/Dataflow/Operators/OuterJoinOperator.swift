import DataModel

/// Which rows an outer equi-join gives.
package enum OuterJoinRule: Sendable {
  /// Matches, and the left rows (`full`: and the right rows) without one, with NULLs for the other side.
  case left, full
  /// The left rows with (without) a match.
  case semi, anti

  var isFiltering: Bool { self == .semi || self == .anti }
}

/// Outer, semi and anti equi-join without a residual predicate. NULL keys match nothing.
///
/// A row has a match when the weights of its key on the other side have a positive sum. So the rows without one change
/// when they themselves do, and when that sum becomes positive or ceases to be: then all rows of the key turn.
/// With [p] for 1 where p holds and 0 elsewhere, L and R for the sides and |R| for a key's sum:
///
/// - matches: d(L x R) = dL x R before + L after x dR
/// - lonely:  d(L [|R| <= 0]) = dL [|R| <= 0 before] + L after x d[|R| <= 0]
///
/// The left side is taken first, so for lonely right rows "before" and "after" of L change places.
final class OuterJoinOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let rule: OuterJoinRule
  private let left: JoinSide
  private let right: JoinSide
  /// In the place of the right rows where only their keys matter.
  private let present: KeyWeights?
  private let budget: WorkBudget?
  /// Whether the records know every key; otherwise the traces are asked for the others.
  private var isComplete = true

  init(left: JoinSide, right: JoinSide, rule: OuterJoinRule, budget: WorkBudget?, stateID: String) {
    inputs = [left.input, right.input]
    self.rule = rule
    self.left = left
    self.right = right
    self.budget = budget
    present = rule.isFiltering ? KeyWeights(right.layout.key) : nil
    state.add(stateID + "/left", left.layout)
    state.add(stateID + "/right", present?.layout ?? right.layout)
  }

  var usesNow: Bool { left.usesNow || right.usesNow }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { rule == .semi && !usesNow }
  var hotBytes: Int { left.rows.sizeBytes + (present?.sizeBytes ?? right.rows.sizeBytes) }
  var wantsFlush: Bool { left.rows.isWasteful || (present?.records.isWasteful ?? right.rows.isWasteful) }

  private func cold(_ side: Int) -> Trace? { isComplete ? nil : state.traces[side] }

  // MARK: a step

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    var parts: [ColumnBatch] = []
    if let delta = deltas[0] { try takeLeft(delta, now, &parts) }
    if let delta = deltas[1] { try takeRight(delta, now, &parts) }
    return try ColumnGather.concatenate(parts)
  }

  private func takeLeft(_ delta: ColumnBatch, _ now: Int64, _ parts: inout [ColumnBatch]) throws(EvaluationError) {
    let keyed = try left.keyed(delta, now)
    let matched: [Bool]
    if let present {
      matched = try Self.presence(keyed, present, state.traces)
    } else {
      let found = try right.find(keyed, cold: cold(1))
      matched = found.map { right.rows.weight(ofKey: $0) > 0 }
      var matches = JoinMatches(keyed, right, deltaIsLeft: true, nil, now)
      matches.budget = budget
      parts += try matches.run(found)
    }
    let wanted = rule == .semi
    try emit(keyed.rows(where: matched, are: wanted, withoutKey: !wanted), of: keyed, isLeft: true, &parts)
    let keys = try left.add(keyed, cold: cold(0))
    guard rule == .full else { return }
    try turn(left.turns(keys), keyed, right, cold(1), isLeft: false, &parts)
  }

  private func takeRight(_ delta: ColumnBatch, _ now: Int64, _ parts: inout [ColumnBatch]) throws(EvaluationError) {
    let keyed = try right.keyed(delta, now)
    let turned: [JoinSide.Turn]
    if let present {
      let keys = try present.resolve(
        keyed.keyColumns, keyed.words, selection: keyed.selection, state.traces[1...1])
      try present.add(keys, keyed.weights)
      turned = JoinSide.turns(keys, present.records, before: { present.before($0) }, now: { present.weight($0) })
    } else {
      let found = try left.find(keyed, cold: cold(0))
      var matches = JoinMatches(keyed, left, deltaIsLeft: false, nil, now)
      matches.budget = budget
      parts += try matches.run(found)
      if rule == .full {
        let matched = found.map { left.rows.weight(ofKey: $0) > 0 }
        try emit(keyed.rows(where: matched, are: false, withoutKey: true), of: keyed, isLeft: false, &parts)
      }
      turned = right.turns(try right.add(keyed, cold: cold(1)))
    }
    try turn(turned, keyed, left, cold(0), isLeft: true, &parts)
  }

  private static func presence(
    _ keyed: JoinSide.KeyedDelta, _ present: KeyWeights, _ traces: [Trace]
  ) throws(EvaluationError) -> [Bool] {
    if present.knowsAll { return present.weights(keyed.words).map { $0 > 0 } }
    let keys = try present.resolve(keyed.keyColumns, keyed.words, selection: keyed.selection, traces[1...1])
    return keys.map { present.weight($0) > 0 }
  }

  // MARK: rows without a match (semi: with one)

  /// Rows of the delta, all of it without a selection.
  private func emit(
    _ rows: [Int32]?, of keyed: JoinSide.KeyedDelta, isLeft: Bool, _ parts: inout [ColumnBatch]
  ) throws(EvaluationError) {
    guard let rows else { return parts.append(padded(keyed.delta, isLeft: isLeft)) }
    guard !rows.isEmpty else { return }
    let part = padded(ColumnGather.gather(keyed.delta, rows), isLeft: isLeft)
    try budget?.spend(bytes: part.sizeBytes)
    parts.append(part)
  }

  /// The rows of one side whose keys the other side's delta has given a match, or taken theirs.
  private func turn(
    _ turns: [JoinSide.Turn], _ keyed: JoinSide.KeyedDelta, _ side: JoinSide, _ cold: Trace?, isLeft: Bool,
    _ parts: inout [ColumnBatch]
  ) throws(EvaluationError) {
    guard !turns.isEmpty else { return }
    let sign: Int64 = rule == .semi ? 1 : -1
    let keys = try keyed.picking(turns.map(\.entry), side.rows.keys.shape)
    let found = try side.find(keys, cold: cold)
    var cursor = RowPairs.Cursor()
    var pairs = RowPairs()
    var more = true
    while more {
      pairs.removeAll()
      more = side.rows.match(found, &cursor, limit: 65_536, into: &pairs)
      guard !pairs.rows.isEmpty else { continue }
      for index in pairs.weights.indices where turns[Int(pairs.entries[index])].isThere != (sign > 0) {
        pairs.weights[index] = -pairs.weights[index]
      }
      let rows = ColumnBatch(columns: side.rows.columns(pairs.rows), weights: pairs.weights)
      let part = padded(rows, isLeft: isLeft)
      try budget?.spend(bytes: part.sizeBytes)
      parts.append(part)
    }
  }

  /// With NULLs for the other side, where the join gives its columns.
  private func padded(_ rows: ColumnBatch, isLeft: Bool) -> ColumnBatch {
    let own = rows.columns.map(ColumnGather.canonical)
    if rule.isFiltering { return ColumnBatch(columns: own, weights: rows.weights) }
    let other = isLeft ? right.layout.value : left.layout.value
    let nulls = other.map { ColumnVector(repeating: .null, physical: $0, count: rows.count) }
    return ColumnBatch(columns: isLeft ? own + nulls : nulls + own, weights: rows.weights)
  }

  // MARK: state

  func commit() {
    left.rows.commit()
    if let present { present.records.commit() } else { right.rows.commit() }
  }

  func rollBack() {
    left.rows.rollBack()
    if let present { present.records.rollBack() } else { right.rows.rollBack() }
  }

  func flush() throws(EvaluationError) {
    try left.flush(&state.traces[0])
    guard let present else { return try right.flush(&state.traces[1]) }
    try present.flush { _, batch throws(EvaluationError) in try state.traces[1].insert(batch) }
  }

  func rowCount(ofTrace trace: Int) -> Int {
    let hot = trace == 0 ? left.rows.rowCount : present?.records.count ?? right.rows.rowCount
    return max(state.traces[trace].rowCount, hot)
  }

  func truncate(trace: Int, column: Int, below bound: Int64) {
    state.traces[trace].truncate(column: column, below: bound)
    if trace == 0 {
      left.rows.forget(column: column, below: bound)
    } else if let present {
      present.forget(column: column, below: bound)
    } else {
      right.rows.forget(column: column, below: bound)
    }
  }

  func evict() {
    isComplete = state.traces.allSatisfy(\.isEmpty)
    left.rows.removeAll()
    right.rows.removeAll()
    present?.removeAll(isComplete: isComplete)
  }
}
