import PipelineModel

/// Pure: which records of a transaction are its next slice. One that fails is cut into pieces until the record to
/// blame is alone.
struct SlicePlanner {
  private(set) var position: Offset
  let range: OffsetRange
  /// Records ahead that are to be passed by, ascending.
  private var dead: ArraySlice<Offset>
  private var poison: PoisonRange?

  /// `poison`: a range that is known to fail.
  init(_ range: OffsetRange, dead: [Offset], poison: PoisonRange?) {
    self.range = range
    position = range.first
    self.dead = dead.filter { range.contains($0) }[...]
    self.poison = poison
  }

  var isDone: Bool { position >= range.end }
  var isDead: Bool { dead.first == position }

  /// Where the next slice ends at the latest.
  var sliceEnd: Offset {
    if isDead { return Offset(position.rawValue + 1) }
    return min(dead.first ?? range.end, poison?.pieceEnd(from: position) ?? range.end)
  }

  /// The slice up to `end` is taken or passed by.
  mutating func passed(to end: Offset) {
    position = end
    while let next = dead.first, next < end { dead = dead.dropFirst() }
    poison?.succeeded()
  }

  /// False when the record is alone.
  mutating func cut(_ slice: OffsetRange) -> Bool {
    guard slice.count > 1 else { return false }
    if poison?.range.contains(slice.first) == true { poison?.failed(slice) } else { poison = PoisonRange(slice) }
    return true
  }
}
