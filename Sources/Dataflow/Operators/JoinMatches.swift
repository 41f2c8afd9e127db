import DataModel

/// Matches of an arranged delta with the trace of the other side, built in chunks so that memory follows
/// the result behind the residual predicate, not the candidates.
struct JoinMatches {
  private static let chunkRows = 65_536
  private static let chunkBytes = 64 << 20

  private let delta: ColumnBatch
  private let arranged: SortedDelta
  private let trace: Trace
  private let deltaIsLeft: Bool
  private let residual: CompiledExpression?
  private let now: Int64

  var budget: WorkBudget?
  private var deltaRows: [Int32] = []
  private var weights: [Int64] = []
  private var others = RowAppender(reservingRows: 0, bytes: 0)
  private var chunks: [ColumnBatch] = []

  init(
    _ delta: ColumnBatch, _ arranged: SortedDelta, _ trace: Trace, deltaIsLeft: Bool,
    _ residual: CompiledExpression?, _ now: Int64
  ) {
    self.delta = delta
    self.arranged = arranged
    self.trace = trace
    self.deltaIsLeft = deltaIsLeft
    self.residual = residual
    self.now = now
  }

  mutating func run() throws(EvaluationError) -> [ColumnBatch] {
    let own = arranged.batch
    let bytes = own.rows.bytes
    var cursor = MergeCursor(seeking: trace.runs)
    var row = 0
    while row < own.count {
      let range = own.keyRange(row)
      let key = SeekKey(prefix: ByteOrder.prefix(bytes, range.lowerBound, range.upperBound), range: range)
      let end = own.keyEnd(key, in: bytes, from: row)
      try cursor.seek(key, in: bytes)
      while let (batch, match, weight) = try cursor.next() {
        let value = batch.valueRange(match)
        for index in row..<end {
          deltaRows.append(arranged.sources[index])
          weights.append(try Weight.product(own.weights[index], weight))
          others.append(batch.rows.bytes, value.lowerBound, value.upperBound)
          if weights.count >= Self.chunkRows || others.rows.bytes.count >= Self.chunkBytes { try flush() }
        }
      }
      row = end
    }
    try flush()
    return chunks
  }

  private mutating func flush() throws(EvaluationError) {
    guard !weights.isEmpty else { return }
    let mine = ColumnGather.gather(delta.columns, deltaRows)
    let theirs = StateRows.decode(others.rows, trace.layout.value)
    var chunk = ColumnBatch(columns: deltaIsLeft ? mine + theirs : theirs + mine, weights: weights)
    deltaRows.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    others = RowAppender(reservingRows: 0, bytes: 0)
    if let residual {
      let rows = try residual.select(chunk.columns, count: chunk.count, now: now)
      if rows.count < chunk.count { chunk = ColumnGather.gather(chunk, rows) }
    }
    try budget?.spend(bytes: chunk.sizeBytes)
    if !chunk.isEmpty { chunks.append(chunk) }
  }
}
