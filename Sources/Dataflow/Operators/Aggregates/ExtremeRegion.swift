/// The best values of one group, with their weights: all those up to some rank, in order.
///
/// What lies behind is only in the trace, and comes when everything before it has gone. So a group needs little
/// memory however many values it has, and a change behind costs no search.
struct ExtremeRegion<Rank: ExtremeRank> {
  struct Entry {
    let rank: Rank
    /// Not 0.
    var weight: Int64
    /// Weight that the trace has.
    var flushed: Int64
  }

  /// Ascending by rank.
  private(set) var entries: [Entry] = []
  /// Every value of the group is here.
  private(set) var isComplete: Bool
  /// Every value of at most this rank is here; nil: none is known.
  private(set) var known: Rank?
  /// The record of its group; -1 for a region that is free.
  var record: Int32
  /// By this step.
  var isTouched = false
  /// Touched since the last flush.
  var isDirty = false
  /// The log has had changes of its group since the last flush: the record must stay.
  var isLogged = false

  static var entriesMax: Int { 512 }

  init(record: Int32, isComplete: Bool) {
    self.record = record
    self.isComplete = isComplete
  }

  /// The best value that is there.
  var best: Rank? {
    for entry in entries where entry.weight > 0 { return entry.rank }
    return nil
  }

  @inline(__always)
  func holds(_ rank: Rank) -> Bool {
    if isComplete { return true }
    guard let known else { return false }
    return rank <= known
  }

  /// Adds to the weight of a value that the region holds. Answers what the trace must be told at once: the weight
  /// that it has of a value that is gone here. Nil for an overflow.
  @inline(__always)
  mutating func add(_ rank: Rank, _ weight: Int64) -> Int64? {
    let place = place(of: rank)
    guard place < entries.count, entries[place].rank == rank else {
      entries.insert(Entry(rank: rank, weight: weight, flushed: 0), at: place)
      return 0
    }
    let (sum, overflow) = entries[place].weight.addingReportingOverflow(weight)
    if overflow { return nil }
    guard sum == 0 else {
      entries[place].weight = sum
      return 0
    }
    return entries.remove(at: place).flushed
  }

  @inline(__always)
  private func place(of rank: Rank) -> Int {
    let entries = entries.span
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low &+ high) >> 1
      if entries[middle].rank < rank { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// Gives the worse half away.
  mutating func trim() -> ArraySlice<Entry> {
    let kept = Self.entriesMax / 2
    let gone = entries[kept...]
    entries.removeSubrange(kept...)
    isComplete = false
    known = entries[kept - 1].rank
    return gone
  }

  /// Takes what follows in the trace; `isLast`: there is no more.
  mutating func extend(_ ranks: [Rank], _ weights: [Int64], isLast: Bool) {
    for (rank, weight) in zip(ranks, weights) {
      entries.append(Entry(rank: rank, weight: weight, flushed: weight))
    }
    isComplete = isLast
    known = ranks.last ?? known
  }

  /// Everything is in the trace now.
  mutating func noteFlushed() {
    for place in entries.indices { entries[place].flushed = entries[place].weight }
    isDirty = false
    isLogged = false
  }
}
