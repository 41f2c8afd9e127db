import DataModel

/// Which of some shares the rows of a key belong to.
enum KeyShares {
  /// Fixed: checkpoints hold state that was shared out by it.
  private static let seed: UInt64 = 0x7469_6465_6D61_726B

  /// The rows of each share, in order. Rows of equal keys (NULLs are equal) are in one share, in every process.
  static func rows(_ key: [ColumnVector], count: Int, shares: Int) throws(EvaluationError) -> [[Int32]] {
    var result = [[Int32]](repeating: [], count: shares)
    guard count > 0 else { return result }
    for share in result.indices { result[share].reserveCapacity(count / shares + count / 8 + 8) }
    let words = try WordRows(key, shape: RowShape(key.map(\.physical)), count: count)
    unsafe words.withWords { first in
      for row in 0..<count {
        let start = unsafe first + words.start(row)
        let hash = unsafe WordKernels.hash(start, Int(truncatingIfNeeded: start[0] >> 32), seed: seed)
        let share = Int(truncatingIfNeeded: ((hash & 0xFFFF_FFFF) &* UInt64(shares)) >> 32)
        result[share].append(Int32(truncatingIfNeeded: row))
      }
    }
    return result
  }
}
