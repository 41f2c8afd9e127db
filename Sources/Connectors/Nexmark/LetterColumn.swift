import DataModel

/// A column of random lower-case letters: `least ..< least + spread` of them a row.
struct LetterColumn: Sendable {
  let least: Int
  let spread: Int
  /// Tells the columns of a table apart.
  let seed: UInt64

  /// Padding that makes a row `wanted` bytes long on average, of which others take `used`; a fifth more or
  /// less.
  static func padding(used: Int, wanted: Int, seed: UInt64) -> LetterColumn {
    let average = max(0, wanted - used)
    let fifth = (average + 2) / 5
    return LetterColumn(least: average - fifth, spread: max(1, 2 * fifth), seed: seed)
  }

  /// One value an event.
  func column(_ table: NexmarkTable, rows: Range<UInt64>) -> ColumnVector {
    let count = Int(rows.upperBound - rows.lowerBound)
    var column = ByteColumn()
    column.offsets.reserveCapacity(count + 1)
    var offsets = column.offsets
    column.bytes.append(addingCapacity: count * (least + spread + 8)) { (target: inout OutputSpan<UInt8>) in
      for row in rows {
        var random = RecordRandom(seed: seed, record: table.event(ofRow: row))
        var left = least + Int(truncatingIfNeeded: random.next(below: UInt64(spread)))
        while left >= 8 {
          var letters = LetterColumn.eight(random.next())
          for _ in 0..<8 {
            target.append(UInt8(truncatingIfNeeded: letters))
            letters >>= 8
          }
          left -= 8
        }
        var letters = LetterColumn.eight(random.next())
        while left > 0 {
          target.append(UInt8(truncatingIfNeeded: letters))
          letters >>= 8
          left -= 1
        }
        offsets.append(UInt32(truncatingIfNeeded: target.count))
      }
    }
    column.offsets = offsets
    return ColumnVector(.bytes(column))
  }

  /// Eight letters: each byte b of the word becomes letter b * 26 / 256.
  private static func eight(_ word: UInt64) -> UInt64 {
    let lanes: UInt64 = 0x00FF_00FF_00FF_00FF
    let even = (((word & lanes) &* 26) >> 8) & lanes
    let odd = (((word >> 8) & lanes) &* 26) & ~lanes
    return (even | odd) &+ 0x6161_6161_6161_6161
  }
}
