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

  /// Order of a packed row, from column `first` on, and of row `row` of columns of the same types.
  static func compare(
    _ left: UnsafePointer<UInt64>, _ shape: RowShape, from first: Int, _ columns: [ColumnVector], _ row: Int
  ) -> Int {
    for (index, column) in columns.enumerated() {
      let (word, mask) = RowShape.nullBit(first + index)
      let slot = shape.slots[first + index]
      let isNull = unsafe left[word] & mask != 0
      guard !isNull, column.isValid(row) else {
        if isNull != !column.isValid(row) { return isNull ? -1 : 1 }
        continue
      }
      switch column.storage {
      case .int64(let values):
        let own = unsafe Int64(bitPattern: left[slot])
        if own != values[row] { return own < values[row] ? -1 : 1 }
      case .float64(let values):
        let own = unsafe RowCodec.orderedBits(Double(bitPattern: left[slot]))
        let other = RowCodec.orderedBits(values[row])
        if own != other { return own < other ? -1 : 1 }
      case .int128(let values):
        let own = unsafe WordUnpacking.int128(left[slot], left[slot + 1])
        if own != values[row] { return own < values[row] ? -1 : 1 }
      case .bytes(let values):
        let place = unsafe left[slot]
        let bytes = unsafe UnsafeRawBufferPointer(
          start: left + Int(place & 0xFFFF_FFFF), count: Int(place >> 32))
        let order = unsafe texts(bytes, values, row)
        if order != 0 { return order }
      }
    }
    return 0
  }

  /// Order of two rows of the same columns.
  static func compare(_ columns: [ColumnVector], _ left: Int, _ right: Int) -> Int {
    for column in columns {
      guard column.isValid(left), column.isValid(right) else {
        if column.isValid(left) != column.isValid(right) { return column.isValid(left) ? 1 : -1 }
        continue
      }
      switch column.storage {
      case .int64(let values): if values[left] != values[right] { return values[left] < values[right] ? -1 : 1 }
      case .float64(let values):
        let (a, b) = (RowCodec.orderedBits(values[left]), RowCodec.orderedBits(values[right]))
        if a != b { return a < b ? -1 : 1 }
      case .int128(let values): if values[left] != values[right] { return values[left] < values[right] ? -1 : 1 }
      case .bytes(let values):
        let (a, b) = (values.range(left), values.range(right))
        let order = ByteOrder.compare(
          values.bytes, a.lowerBound, a.upperBound, values.bytes, b.lowerBound, b.upperBound)
        if order != 0 { return order }
      }
    }
    return 0
  }

  private static func texts(_ left: UnsafeRawBufferPointer, _ values: ByteColumn, _ row: Int) -> Int {
    let range = values.range(row)
    var at = range.lowerBound
    for unsafe byte in unsafe left {
      guard at < range.upperBound else { return 1 }
      if byte != values.bytes[at] { return byte < values.bytes[at] ? -1 : 1 }
      at += 1
    }
    return at - range.upperBound
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
