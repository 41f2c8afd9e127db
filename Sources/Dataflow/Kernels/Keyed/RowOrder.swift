import DataModel

/// SQL order of packed rows, column by column, NULLs first, as the row codec has it.
enum RowOrder {
  /// Below 0, 0, above 0; compares the columns `columns` of both rows, which have the same types there.
  static func compare(
    _ left: UnsafePointer<UInt64>, _ leftShape: RowShape, _ right: UnsafePointer<UInt64>, _ rightShape: RowShape,
    columns: Range<Int>
  ) -> Int {
    for column in columns {
      let (word, mask) = RowShape.nullBit(column)
      let (a, b) = (leftShape.slots[column], rightShape.slots[column])
      let leftNull = unsafe left[word] & mask != 0
      let rightNull = unsafe right[word] & mask != 0
      if leftNull || rightNull {
        if leftNull != rightNull { return leftNull ? -1 : 1 }
        continue
      }
      switch leftShape.types[column] {
      case .int64:
        let (x, y) = unsafe (Int64(bitPattern: left[a]), Int64(bitPattern: right[b]))
        if x != y { return x < y ? -1 : 1 }
      case .float64:
        let x = unsafe RowCodec.orderedBits(Double(bitPattern: left[a]))
        let y = unsafe RowCodec.orderedBits(Double(bitPattern: right[b]))
        if x != y { return x < y ? -1 : 1 }
      case .int128:
        let x = unsafe WordUnpacking.int128(left[a], left[a + 1])
        let y = unsafe WordUnpacking.int128(right[b], right[b + 1])
        if x != y { return x < y ? -1 : 1 }
      case .bytes:
        let order = unsafe texts(left, left[a], right, right[b])
        if order != 0 { return order }
      }
    }
    return 0
  }

  private static func texts(
    _ left: UnsafePointer<UInt64>, _ leftPlace: UInt64, _ right: UnsafePointer<UInt64>, _ rightPlace: UInt64
  ) -> Int {
    let (leftCount, rightCount) = (Int(leftPlace >> 32), Int(rightPlace >> 32))
    let a = unsafe left + Int(leftPlace & 0xFFFF_FFFF)
    let b = unsafe right + Int(rightPlace & 0xFFFF_FFFF)
    let words = (min(leftCount, rightCount) + 7) / 8
    for word in 0..<words {
      // The first byte lies lowest. Zeros behind the end never exceed a byte that is there; lengths decide then.
      let (x, y) = unsafe (a[word].byteSwapped, b[word].byteSwapped)
      if x != y { return x < y ? -1 : 1 }
    }
    return leftCount - rightCount
  }
}
