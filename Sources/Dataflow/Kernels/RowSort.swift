import DataModel

/// Position of a row in byte order: its prefix, and its number in the unsorted column.
struct SortEntry {
  var prefix: UInt64
  var row: UInt32
}

/// Stable sort of encoded rows by an index of (prefix, row): radix over the prefix bytes that differ, then the runs of
/// equal prefixes by the eight bytes behind and so on.
enum RowSort {
  /// Below this many rows a comparison sort is faster than eight histograms.
  private static let radixRowsMinimum = 512
  /// Up to this many rows are inserted one by one.
  private static let insertionRowsMax = 24
  /// Behind so many bytes rows are compared.
  private static let radixBytesMax = 256

  static func order(_ rows: ByteColumn) -> [SortEntry] {
    let bytes = rows.bytes
    let offsets = rows.offsets.span
    var entries: [SortEntry] = []
    entries.reserveCapacity(rows.count)
    var sorted = true
    var previous: UInt64 = 0
    for row in 0..<rows.count {
      let prefix = ByteOrder.prefix(bytes, Int(offsets[row]), Int(offsets[row + 1]))
      sorted = sorted && previous <= prefix
      previous = prefix
      entries.append(SortEntry(prefix: prefix, row: UInt32(truncatingIfNeeded: row)))
    }
    if !sorted { sortPrefixes(&entries, entries.indices) }
    // Rows of one prefix have at least eight bytes in common.
    sortTies(&entries, in: entries.indices, rows, behind: 8)
    return entries
  }

  /// Stable: entries are in the order of their rows.
  private static func sortPrefixes(_ entries: inout [SortEntry], _ run: Range<Int>) {
    if run.count <= insertionRowsMax {
      insert(&entries, run)
    } else if run.count < radixRowsMinimum {
      entries[run].sort { ($0.prefix, $0.row) < ($1.prefix, $1.row) }
    } else if run.count == entries.count {
      radix(&entries)
    } else {
      var part = Array(entries[run])
      radix(&part)
      entries.replaceSubrange(run, with: part)
    }
  }

  private static func insert(_ entries: inout [SortEntry], _ run: Range<Int>) {
    var span = entries.mutableSpan
    for index in run.dropFirst() {
      let entry = span[index]
      var place = index
      while place > run.lowerBound, span[place - 1].prefix > entry.prefix {
        span[place] = span[place - 1]
        place -= 1
      }
      span[place] = entry
    }
  }

  private static func radix(_ entries: inout [SortEntry]) {
    let count = entries.count
    var histogram = [UInt32](repeating: 0, count: 8 * 256)
    do {
      var counts = histogram.mutableSpan
      let source = entries.span
      for index in 0..<count {
        let prefix = source[index].prefix
        for digit in 0..<8 {
          counts[digit &* 256 &+ Int(truncatingIfNeeded: prefix >> UInt64(8 &* digit) & 0xFF)] &+= 1
        }
      }
    }
    var other = [SortEntry](repeating: SortEntry(prefix: 0, row: 0), count: count)
    for digit in 0..<8 {
      let slots = 256 * digit..<256 * digit + 256
      if histogram[slots].contains(UInt32(truncatingIfNeeded: count)) { continue }
      var running: UInt32 = 0
      for slot in slots {
        let size = histogram[slot]
        histogram[slot] = running
        running += size
      }
      scatter(entries.span, &other, &histogram, digit: digit)
      swap(&entries, &other)
    }
  }

  private static func scatter(
    _ source: Span<SortEntry>, _ target: inout [SortEntry], _ positions: inout [UInt32], digit: Int
  ) {
    var output = target.mutableSpan
    var next = positions.mutableSpan
    let shift = UInt64(8 * digit)
    for index in 0..<source.count {
      let entry = source[index]
      let slot = digit &* 256 &+ Int(truncatingIfNeeded: entry.prefix >> shift & 0xFF)
      output[Int(next[slot])] = entry
      next[slot] &+= 1
    }
  }

  /// Sorts runs of entries of one prefix, whose rows have so many bytes in common.
  private static func sortTies(
    _ entries: inout [SortEntry], in range: Range<Int>, _ rows: ByteColumn, behind depth: Int
  ) {
    var start = range.lowerBound
    while start < range.upperBound {
      var end = start + 1
      let prefix = entries[start].prefix
      while end < range.upperBound, entries[end].prefix == prefix { end += 1 }
      if end - start > 1 { sortRun(&entries, start..<end, rows, behind: depth) }
      start = end
    }
  }

  /// By the eight bytes at `depth`, then by those behind: each is read once a row, where comparisons would read the
  /// rows again and again. A row that ends before counts as one of zeros there; rows are free of proper prefixes, so
  /// equal bytes behind the end of one are the end of both.
  private static func sortRun(
    _ entries: inout [SortEntry], _ run: Range<Int>, _ rows: ByteColumn, behind depth: Int
  ) {
    if run.count == 2 {
      let (first, other) = (entries[run.lowerBound].row, entries[run.lowerBound + 1].row)
      if compare(rows, first, other, behind: depth) > 0 { entries.swapAt(run.lowerBound, run.lowerBound + 1) }
      return
    }
    let prefix = entries[run.lowerBound].prefix
    var depth = depth
    while depth < radixBytesMax {
      let (isSorted, isOne, hasMore) = load(&entries, run, rows, at: depth)
      depth += 8
      if isOne, hasMore { continue }
      if !isOne {
        if !isSorted { sortPrefixes(&entries, run) }
        sortTies(&entries, in: run, rows, behind: depth)
      }
      for index in run { entries[index].prefix = prefix }
      return
    }
    let shared = depth
    entries[run].sort { left, right in
      let order = compare(rows, left.row, right.row, behind: shared)
      return order != 0 ? order < 0 : left.row < right.row
    }
    for index in run { entries[index].prefix = prefix }
  }

  /// Puts the eight bytes at `depth` in the place of the prefixes. Whether they ascend, whether they are all the same,
  /// and whether a row goes on behind them.
  private static func load(
    _ entries: inout [SortEntry], _ run: Range<Int>, _ rows: ByteColumn, at depth: Int
  ) -> (isSorted: Bool, isOne: Bool, hasMore: Bool) {
    let bytes = rows.bytes
    let offsets = rows.offsets.span
    var (isSorted, isOne, hasMore) = (true, true, false)
    var previous: UInt64?
    for index in run {
      let row = Int(entries[index].row)
      let end = Int(offsets[row + 1])
      let word = ByteOrder.padded(bytes, min(Int(offsets[row]) + depth, end), end)
      entries[index].prefix = word
      hasMore = hasMore || Int(offsets[row]) + depth + 8 < end
      if let previous {
        isSorted = isSorted && previous <= word
        isOne = isOne && previous == word
      }
      previous = word
    }
    return (isSorted, isOne, hasMore)
  }

  @inline(__always)
  private static func compare(_ rows: ByteColumn, _ left: UInt32, _ right: UInt32, behind depth: Int) -> Int {
    let bytes = rows.bytes
    let (leftEnd, rightEnd) = (Int(rows.offsets[Int(left) + 1]), Int(rows.offsets[Int(right) + 1]))
    return ByteOrder.compare(
      bytes, min(Int(rows.offsets[Int(left)]) + depth, leftEnd), leftEnd,
      bytes, min(Int(rows.offsets[Int(right)]) + depth, rightEnd), rightEnd)
  }
}
