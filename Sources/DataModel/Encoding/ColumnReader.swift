/// Cursor over bytes of `ColumnCodec`; every length is checked against what is left before anything is
/// allocated.
struct ColumnReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func byte() throws(CodecError) -> UInt8 {
    guard position < bytes.count else { throw CodecError(message: "column bytes end early") }
    position += 1
    return bytes[position - 1]
  }

  mutating func numbers<Element: BitwiseCopyable>(
    _ count: Int, as type: Element.Type
  ) throws(CodecError) -> [Element] {
    guard let values = ByteKernels.loadMemory(bytes, at: position, count: count, as: type) else {
      throw CodecError(message: "column bytes end early")
    }
    position += count * MemoryLayout<Element>.size
    return values
  }

  private mutating func number<Element: BitwiseCopyable>(_ type: Element.Type) throws(CodecError) -> Element {
    try numbers(1, as: type)[0]
  }

  mutating func header(kind: UInt8) throws(CodecError) -> (columns: Int, rows: Int) {
    let magic = try numbers(ColumnCodec.magic.count, as: UInt8.self)
    guard magic == ColumnCodec.magic else { throw CodecError(message: "not column bytes of a known version") }
    let found = try byte()
    guard found == kind else { throw CodecError(message: "column bytes of kind \(found), expected \(kind)") }
    let columns = Int(try number(UInt16.self))
    return (columns, Int(try number(UInt32.self)))
  }

  /// All columns; they must end where the bytes end.
  mutating func columns(_ count: Int, rows: Int) throws(CodecError) -> [ColumnVector] {
    var columns: [ColumnVector] = []
    for _ in 0..<count { columns.append(try column(rows: rows)) }
    guard position == bytes.count else { throw CodecError(message: "bytes behind the last column") }
    return columns
  }

  private mutating func column(rows: Int) throws(CodecError) -> ColumnVector {
    guard let type = PhysicalType(rawValue: try byte()) else {
      throw CodecError(message: "unknown physical type")
    }
    let flag = try byte()
    guard flag <= 1 else { throw CodecError(message: "unknown validity flag \(flag)") }
    let validity = flag == 1 ? try bitmap(rows: rows) : nil
    switch type {
    case .int64: return ColumnVector(.int64(try frame(rows)), validity: validity)
    case .float64: return ColumnVector(.float64(try numbers(rows, as: Double.self)), validity: validity)
    case .int128: return ColumnVector(.int128(try numbers(rows, as: Int128.self)), validity: validity)
    case .bytes: return ColumnVector(.bytes(try byteColumn(rows)), validity: validity)
    }
  }

  private mutating func bitmap(rows: Int) throws(CodecError) -> ValidityBitmap {
    let words = try numbers((rows + 63) / 64, as: UInt64.self)
    var bitmap = ValidityBitmap()
    bitmap.words = words
    bitmap.count = rows
    bitmap.clearTail()
    return bitmap
  }

  private mutating func byteColumn(_ rows: Int) throws(CodecError) -> ByteColumn {
    let lengths = try frame(rows)
    let size = Int(try number(UInt32.self))
    var offsets: [UInt32] = [0]
    offsets.reserveCapacity(rows + 1)
    var total: Int64 = 0
    for length in lengths {
      guard length >= 0, length <= Int64(size) - total else {
        throw CodecError(message: "lengths exceed the bytes")
      }
      total += length
      offsets.append(UInt32(truncatingIfNeeded: total))
    }
    guard total == Int64(size) else { throw CodecError(message: "bytes behind the last value") }
    var column = ByteColumn()
    column.bytes = try numbers(size, as: UInt8.self)
    column.offsets = offsets
    return column
  }

  private mutating func frame(_ rows: Int) throws(CodecError) -> [Int64] {
    let width = try byte()
    let least = try number(Int64.self)
    switch width {
    case 1: return try numbers(rows, as: UInt8.self).map { least &+ Int64($0) }
    case 2: return try numbers(rows, as: UInt16.self).map { least &+ Int64($0) }
    case 4: return try numbers(rows, as: UInt32.self).map { least &+ Int64($0) }
    case 8:
      let values = try numbers(rows, as: Int64.self)
      return least == 0 ? values : values.map { least &+ $0 }
    default: throw CodecError(message: "unknown width \(width)")
    }
  }
}
