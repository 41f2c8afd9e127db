import DataModel

/// Packed rows back to columns.
enum WordUnpacking {
  /// One row for each of `count` packed rows.
  static func columns(
    _ shape: RowShape, _ count: Int, _ row: (Int) -> UnsafePointer<UInt64>
  ) -> [ColumnVector] {
    var places = unsafe [UnsafePointer<UInt64>]()
    unsafe places.reserveCapacity(count)
    for index in 0..<count {
      let place = unsafe row(index)
      unsafe places.append(place)
    }
    return shape.types.indices.map { unsafe column(shape, $0, places) }
  }

  static func column(_ shape: RowShape, _ index: Int, _ rows: [UnsafePointer<UInt64>]) -> ColumnVector {
    let slot = shape.slots[index]
    let count = unsafe rows.count
    let storage: ColumnVector.Storage
    switch shape.types[index] {
    case .int64:
      var values: [Int64] = []
      values.append(addingCapacity: count) { output in
        for row in 0..<count { output.append(unsafe Int64(bitPattern: rows[row][slot])) }
      }
      storage = .int64(values)
    case .float64:
      var values: [Double] = []
      values.append(addingCapacity: count) { output in
        for row in 0..<count { output.append(unsafe Double(bitPattern: rows[row][slot])) }
      }
      storage = .float64(values)
    case .int128:
      var values: [Int128] = []
      values.append(addingCapacity: count) { output in
        for row in 0..<count {
          output.append(unsafe int128(rows[row][slot], rows[row][slot &+ 1]))
        }
      }
      storage = .int128(values)
    case .bytes: storage = unsafe .bytes(texts(slot, rows))
    }
    return ColumnVector(storage, validity: unsafe validity(index, rows))
  }

  @inline(__always)
  static func int128(_ low: UInt64, _ high: UInt64) -> Int128 {
    Int128(Int64(bitPattern: high)) << 64 | Int128(low)
  }

  private static func texts(_ slot: Int, _ rows: [UnsafePointer<UInt64>]) -> ByteColumn {
    var total = 0
    for unsafe row in unsafe rows { total &+= unsafe Int(truncatingIfNeeded: row[slot] >> 32) }
    var result = ByteColumn()
    unsafe result.offsets.reserveCapacity(rows.count + 1)
    result.bytes.append(addingCapacity: total) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, filled in
        guard let first = buffer.baseAddress else { return }
        var target = UnsafeMutableRawPointer(first)
        for unsafe row in unsafe rows {
          let place = unsafe row[slot]
          let length = Int(truncatingIfNeeded: place >> 32)
          unsafe target.copyMemory(
            from: row + Int(truncatingIfNeeded: place & 0xFFFF_FFFF), byteCount: length)
          unsafe target += length
          filled &+= length
        }
      }
    }
    var end: UInt32 = 0
    for unsafe row in unsafe rows {
      end &+= unsafe UInt32(truncatingIfNeeded: row[slot] >> 32)
      result.offsets.append(end)
    }
    return result
  }

  private static func validity(_ index: Int, _ rows: [UnsafePointer<UInt64>]) -> ValidityBitmap? {
    let (word, mask) = RowShape.nullBit(index)
    var any: UInt64 = 0
    for unsafe row in unsafe rows { any |= unsafe row[word] & mask }
    guard any != 0 else { return nil }
    var bits = ValidityBitmap()
    for unsafe row in unsafe rows { bits.append(unsafe row[word] & mask == 0) }
    return bits
  }
}
