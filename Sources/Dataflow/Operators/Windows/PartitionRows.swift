import DataModel

/// The ordered rows of some partitions as they stand in a trace whose key is the partition and whose value
/// is the ordering columns, then the row; cut to the leading ones that matter.
struct PartitionRows {
  /// Encoded values.
  private(set) var values = RowAppender(reservingRows: 0, bytes: 0)
  private(set) var weights: [Int64] = []
  /// First row of the peers of each row.
  private(set) var peerStarts: [Int] = []
  /// Partition p has rows starts[p]..<starts[p + 1].
  private(set) var starts: [Int] = [0]

  /// Goes over the trace from partition to partition.
  private var cursor: MergeCursor

  private let sortTypes: [PhysicalType]
  private let cut: WindowDefinition.Cut?
  private let isExpanded: Bool

  /// Copies of one row that are told apart at most, in one partition.
  private static let copiesMax: Int64 = 50_000_000

  init(of trace: Trace, sortTypes: [PhysicalType], cut: WindowDefinition.Cut?, isExpanded: Bool) {
    cursor = MergeCursor(seeking: trace.runs)
    self.sortTypes = sortTypes
    self.cut = cut
    self.isExpanded = isExpanded
  }

  var count: Int { weights.count }

  /// Reads the partition with this key as the next one; keys ascend.
  mutating func append(_ key: SeekKey, in bytes: [UInt8]) throws(EvaluationError) {
    try cursor.seek(key, in: bytes)
    var before: Int64 = 0
    var atPeers: Int64 = 0
    var groups: Int64 = 0
    var lastPeer: (bytes: [UInt8], range: Range<Int>)?
    var peerStart = count
    while let (batch, row, weight) = try cursor.next() {
      guard weight > 0 else { continue }
      let range = batch.valueRange(row)
      let source = batch.rows.bytes
      let sortEnd = RowBytes.end(of: sortTypes, source, from: range.lowerBound)
      let peer = range.lowerBound..<sortEnd
      let isPeer = lastPeer.map { last in
        ByteOrder.compare(
          last.bytes, last.range.lowerBound, last.range.upperBound, source, peer.lowerBound, peer.upperBound)
          == 0
      }
      if isPeer != true {
        lastPeer = (source, peer)
        peerStart = count
        atPeers = before
        groups += 1
      }
      guard let kept = kept(weight, before, atPeers, groups) else { break }
      before = try Weight.sum(before, weight)
      try add(source, range, kept, peerStart)
    }
    starts.append(count)
  }

  /// How many of the row's copies are kept; nil when it and all behind it are cut off.
  private func kept(_ weight: Int64, _ before: Int64, _ atPeers: Int64, _ groups: Int64) -> Int64? {
    guard let cut else { return weight }
    switch cut.ranking {
    case .rowNumber:
      guard before < cut.last else { return nil }
      let end = min(weight, cut.last - before)
      return max(0, end - max(0, cut.skip - before))
    case .rank: return atPeers < cut.last ? weight : nil
    case .denseRank: return groups <= cut.last ? weight : nil
    }
  }

  private mutating func add(
    _ source: [UInt8], _ range: Range<Int>, _ weight: Int64, _ peerStart: Int
  ) throws(EvaluationError) {
    guard weight > 0 else { return }
    let copies = isExpanded ? weight : 1
    guard copies <= Self.copiesMax else {
      throw EvaluationError(.invalidArgument, "a window has more than \(Self.copiesMax) copies of one row")
    }
    let free = SortedBatch.byteLimit - values.rows.bytes.count
    guard free >= 0, range.count <= free / Int(copies) else {
      throw EvaluationError(.invalidArgument, "the windows of one step exceed 1 GiB of rows")
    }
    for _ in 0..<copies {
      values.append(source, range.lowerBound, range.upperBound)
      weights.append(isExpanded ? 1 : weight)
      peerStarts.append(peerStart)
    }
  }
}
