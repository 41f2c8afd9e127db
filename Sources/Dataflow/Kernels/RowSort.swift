import DataModel

/// Position of a row in byte order: its prefix, and its number in the unsorted column.
struct SortEntry {
  var prefix: UInt64
  var row: UInt32
}

/// Stable sort of encoded rows by an index of (prefix, row): radix over the prefix bytes that differ, then the runs of
/// equal prefixes: long ones by the eight bytes behind and so on, short ones by comparison.
enum RowSort {
  /// Below this many rows a comparison sort is faster than eight histograms.
  private static let radixRowsMinimum = 512
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
    if !sorted { sortPrefixes(&entries) }
    // Rows of one prefix have at least eight bytes in common.
    sortTies(&entries, rows, behind: 8)
    return entries
  }

  /// Stable: entries are in the order of their rows.
  private static func sortPrefixes(_ entries: inout [SortEntry]) {
    if entries.count < radixRowsMinimum {
      entries.sort { ($0.prefix, $0.row) < ($1.prefix, $1.row) }
    } else {
      radix(&entries)
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
  private static func sortTies(_ entries: inout [SortEntry], _ rows: ByteColumn, behind depth: Int) {
    var start = 0
    while start < entries.count {
      var end = start + 1
      let prefix = entries[start].prefix
      var sorted = true
      while end < entries.count, entries[end].prefix == prefix {
        sorted = sorted && compare(rows, entries[end - 1].row, entries[end].row) <= 0
        end += 1
      }
      if !sorted, end - start >= radixRowsMinimum, depth < radixBytesMax {
        sortDeeper(&entries, start..<end, rows, behind: depth)
      } else if !sorted {
        entries[start..<end].sort { left, right in
          let order = compare(rows, left.row, right.row)
          return order != 0 ? order < 0 : left.row < right.row
        }
      }
      start = end
    }
  }

  /// By the eight bytes at `depth`; a row that ends before counts as one of zeros there, and is told apart by
  /// comparison.
  private static func sortDeeper(
    _ entries: inout [SortEntry], _ run: Range<Int>, _ rows: ByteColumn, behind depth: Int
  ) {
    let prefix = entries[run.lowerBound].prefix
    let bytes = rows.bytes
    var deeper = entries[run].map { entry in
      let end = Int(rows.offsets[Int(entry.row) + 1])
      let start = min(Int(rows.offsets[Int(entry.row)]) + depth, end)
      return SortEntry(prefix: ByteOrder.padded(bytes, start, end), row: entry.row)
    }
    sortPrefixes(&deeper)
    sortTies(&deeper, rows, behind: depth + 8)
    for (index, entry) in zip(run, deeper) { entries[index] = SortEntry(prefix: prefix, row: entry.row) }
  }

  @inline(__always)
  private static func compare(_ rows: ByteColumn, _ left: UInt32, _ right: UInt32) -> Int {
    let bytes = rows.bytes
    return ByteOrder.compare(
      bytes, Int(rows.offsets[Int(left)]), Int(rows.offsets[Int(left) + 1]),
      bytes, Int(rows.offsets[Int(right)]), Int(rows.offsets[Int(right) + 1]))
  }
}
