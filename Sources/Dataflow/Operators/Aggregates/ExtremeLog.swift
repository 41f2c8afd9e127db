import DataModel

/// Changes of values by group that a trace has not been told yet.
struct ExtremeLog<Rank: ExtremeRank> {
  private(set) var records: [Int32] = []
  private(set) var ranks: [Rank] = []
  private(set) var weights: [Int64] = []

  var count: Int { records.count }
  var sizeBytes: Int { records.count * (12 + MemoryLayout<Rank>.size) }

  @inline(__always)
  mutating func append(_ record: Int32, _ rank: Rank, _ weight: Int64) {
    records.append(record)
    ranks.append(rank)
    weights.append(weight)
  }

  /// Only the first entries stay.
  mutating func cut(to count: Int) {
    records.removeSubrange(count...)
    ranks.removeSubrange(count...)
    weights.removeSubrange(count...)
  }

  mutating func removeAll() {
    records.removeAll(keepingCapacity: true)
    ranks.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
  }

  /// Without the changes of records that are gone.
  mutating func remove(where isGone: (Int32) -> Bool) {
    let kept = records.indices.filter { !isGone(records[$0]) }
    guard kept.count < records.count else { return }
    self = ExtremeLog(
      records: kept.map { records[$0] }, ranks: kept.map { ranks[$0] }, weights: kept.map { weights[$0] })
  }

  init() {}

  private init(records: [Int32], ranks: [Rank], weights: [Int64]) {
    self.records = records
    self.ranks = ranks
    self.weights = weights
  }

  /// Puts all of it into the trace.
  func insert(into trace: inout Trace, _ groups: KeyedRecords) throws(EvaluationError) {
    for piece in FlushPieces.of(count, words: { groups.keyWords(records[$0]) + 2 }) {
      let delta = try SortedDelta(
        keys: groups.keyColumns(Array(records[piece])), values: [Rank.vector(Array(ranks[piece]))],
        weights: Array(weights[piece]))
      if !delta.batch.isEmpty { try trace.insert(delta.batch) }
    }
  }
}
