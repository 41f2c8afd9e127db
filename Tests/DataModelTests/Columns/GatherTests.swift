// Goal: rows picked by number are the rows. Method: columns of every layout, lengths around multiples of 64,
// short and long strings, few and nearly all rows, against `value(at:)`; bitmaps appended at every offset.
import DataModel
import Testing

@Suite("Gathers")
struct GatherTests {
  private func value(_ type: PhysicalType, _ row: Int) -> Value {
    switch type {
    case .int64: return .int64(Int64(row) * 3 - 7)
    case .float64: return .float64(Double(row) / 3)
    case .int128: return .int128(Int128(row) << 70)
    case .bytes: return .text(String(repeating: "x\(row)", count: row % 40))
    }
  }

  @Test("every layout", arguments: [1, 2, 16, 63, 64, 65, 128, 130, 300])
  func layouts(_ count: Int) {
    for type in [PhysicalType.int64, .float64, .int128, .bytes] {
      for nulls in [0, 3, 1] {
        var builder = ColumnBuilder(type)
        for row in 0..<count {
          if nulls > 0, row % nulls == 0 { builder.appendNull() } else { builder.append(value(type, row)) }
        }
        let column = builder.finish()
        let all = (0..<Int32(count)).map { $0 }
        let choices: [[Int32]] = [
          [], all, Array(all.dropFirst()), Array(all.dropLast()), all.filter { $0 % 3 == 1 }, all.reversed(),
          all.filter { $0 % 10 != 4 }, [Int32](repeating: Int32(count - 1), count: 70),
        ]
        for rows in choices {
          let found = column.gather(rows)
          #expect(found.count == rows.count)
          for (position, row) in rows.enumerated() {
            #expect(found.value(at: position) == column.value(at: Int(row)))
          }
          if let validity = found.validity { #expect(validity.validCount < rows.count) }
        }
      }
    }
  }

  @Test("bitmaps appended to each other")
  func bitmaps() {
    for first in [0, 1, 5, 63, 64, 65, 100, 128] {
      for second in [0, 1, 62, 63, 64, 65, 127, 200] {
        var left = ValidityBitmap()
        for row in 0..<first { left.append(row % 3 == 0) }
        var right = ValidityBitmap()
        for row in 0..<second { right.append(row % 5 != 2) }
        var wanted = left
        for row in 0..<second { wanted.append(row % 5 != 2) }
        left.append(right)
        #expect(left == wanted)
      }
    }
  }
}
