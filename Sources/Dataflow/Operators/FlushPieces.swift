/// How many rows go into a trace at once: many, so that there is little to merge, but few enough that a batch stays far
/// below its limit, also of large rows; several threads flush at once.
enum FlushPieces {
  private static let rowsMax = 1 << 18
  private static let wordsMax = 4 << 20

  static func of(_ count: Int, words: (Int) -> Int) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var first = 0
    var sum = 0
    for row in 0..<count {
      sum += words(row)
      if row + 1 - first >= rowsMax || sum >= wordsMax {
        pieces.append(first..<row + 1)
        first = row + 1
        sum = 0
      }
    }
    if first < count { pieces.append(first..<count) }
    return pieces
  }
}
