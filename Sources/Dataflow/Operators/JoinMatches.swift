import DataModel

/// Matches of a delta with the rows of the other side, built in chunks so that memory follows the result behind the
/// residual predicate, not the candidates.
struct JoinMatches {
  private static let chunkRows = 65_536
  private static let chunkBytes = 64 << 20

  private let keyed: JoinSide.KeyedDelta
  private let other: JoinSide
  private let deltaIsLeft: Bool
  private let residual: CompiledExpression?
  private let now: Int64
  var budget: WorkBudget?

  init(
    _ keyed: JoinSide.KeyedDelta, _ other: JoinSide, deltaIsLeft: Bool, _ residual: CompiledExpression?, _ now: Int64
  ) {
    self.keyed = keyed
    self.other = other
    self.deltaIsLeft = deltaIsLeft
    self.residual = residual
    self.now = now
  }

  /// `cold` is the other side's trace where its records may not know all keys.
  func run(cold: Trace?) throws(EvaluationError) -> [ColumnBatch] { try run(other.find(keyed, cold: cold)) }

  /// `records[i]` is the key of entry i on the other side, -1 for none.
  func run(_ records: [Int32]) throws(EvaluationError) -> [ColumnBatch] {
    let own = keyed.weights
    var chunks: [ColumnBatch] = []
    var cursor = RowPairs.Cursor()
    var pairs = RowPairs()
    var more = true
    let limit = max(1, min(Self.chunkRows, Self.chunkBytes / max(1, keyed.delta.greatestTextBytes)))
    while more {
      pairs.removeAll()
      more = other.rows.match(records, &cursor, limit: limit, into: &pairs)
      guard !pairs.rows.isEmpty else { continue }
      if let residual {
        let passing = try passing(residual, pairs)
        if passing.isEmpty { continue }
        if passing.count < pairs.rows.count { pairs.keep(passing) }
      }
      for index in pairs.weights.indices {
        pairs.weights[index] = try Weight.product(own[Int(pairs.entries[index])], pairs.weights[index])
      }
      let mine = columns(of: pairs.entries)
      let theirs = other.rows.columns(pairs.rows)
      let chunk = ColumnBatch(columns: deltaIsLeft ? mine + theirs : theirs + mine, weights: pairs.weights)
      try budget?.spend(bytes: chunk.sizeBytes)
      if !chunk.isEmpty { chunks.append(chunk) }
    }
    return chunks
  }

  /// The pairs for which the residual predicate is TRUE; only what it reads is gathered.
  private func passing(_ residual: CompiledExpression, _ pairs: RowPairs) throws(EvaluationError) -> [Int32] {
    let own = keyed.delta.columns.count
    let theirs = other.layout.value.count
    let (firstOwn, firstTheirs) = deltaIsLeft ? (0, own) : (theirs, 0)
    var columns = [ColumnVector](repeating: ColumnVector(.int64([])), count: own + theirs)
    let sources = keyed.selection.map { ColumnGather.pick($0, pairs.entries) } ?? pairs.entries
    let wanted = residual.columns.map { $0 - firstTheirs }.filter { $0 >= 0 && $0 < theirs }
    for (column, values) in zip(wanted, other.rows.columns(pairs.rows, wanted: wanted)) {
      columns[firstTheirs + column] = values
    }
    for column in residual.columns where column >= firstOwn && column < firstOwn + own {
      columns[column] = ColumnGather.gather(keyed.delta.columns[column - firstOwn], sources)
    }
    return try residual.select(columns, count: pairs.rows.count, now: now)
  }

  /// The delta's columns at these entries; as they are when every row has one match.
  private func columns(of entries: [Int32]) -> [ColumnVector] {
    if let selection = keyed.selection {
      return ColumnGather.gather(keyed.delta.columns, ColumnGather.pick(selection, entries))
    }
    let isWhole = entries.count == keyed.delta.count && entries.indices.allSatisfy { Int(entries[$0]) == $0 }
    return isWhole ? keyed.delta.columns : ColumnGather.gather(keyed.delta.columns, entries)
  }
}

extension ColumnBatch {
  /// No row has more bytes of texts.
  fileprivate var greatestTextBytes: Int {
    columns.reduce(0) { sum, column in
      guard case .bytes(let values) = column.storage else { return sum }
      var greatest = 0
      for row in 0..<values.count { greatest = max(greatest, values.range(row).count) }
      return sum + greatest
    }
  }
}
