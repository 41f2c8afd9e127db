import CKernels
import DataModel

/// Packed rows back to columns.
enum WordUnpacking {
  /// Rows that are read for all columns before the next ones: they stay in the cache.
  private static let tileRows = 64

  /// One row for each of `count` packed rows; `wanted` names the columns, nil all of them.
  static func columns(
    _ shape: RowShape, _ count: Int, wanted: [Int]? = nil, _ row: (Int) -> UnsafePointer<UInt64>
  ) -> [ColumnVector] {
    var places = unsafe [UnsafePointer<UInt64>]()
    unsafe places.reserveCapacity(count)
    for index in 0..<count {
      let place = unsafe row(index)
      unsafe places.append(place)
    }
    var targets = unsafe measured(shape, wanted ?? Array(shape.types.indices), places)
    var first = 0
    while first < count {
      let end = min(first + tileRows, count)
      for index in end..<min(end + tileRows, count) {
        let next = unsafe places[index]
        unsafe tm_prefetch(next)
        unsafe tm_prefetch(next + 8)
      }
      for index in targets.indices { unsafe targets[index].append(places[first..<end]) }
      first = end
    }
    return targets.map { $0.finish() }
  }

  /// Empty columns with room for the rows; those with a NULL have a bitmap.
  private static func measured(
    _ shape: RowShape, _ wanted: [Int], _ rows: [UnsafePointer<UInt64>]
  ) -> [UnpackedColumn] {
    let nullWords = shape.slots.first ?? 1
    let texts = wanted.filter { shape.types[$0] == .bytes }.map { shape.slots[$0] }
    var nulls = [UInt64](repeating: 0, count: nullWords)
    var bytes = [Int](repeating: 0, count: texts.count)
    let count = unsafe rows.count
    for index in 0..<count {
      if index &+ 12 < count {
        let next = unsafe rows[index &+ 12]
        unsafe tm_prefetch(next)
        if shape.fixedWords > 8 { unsafe tm_prefetch(next + 8) }
      }
      let own = unsafe rows[index]
      for word in 0..<nullWords { nulls[word] |= unsafe own[word] }
      for text in texts.indices { bytes[text] &+= unsafe Int(truncatingIfNeeded: own[texts[text]] &>> 32) }
    }
    var text = 0
    return wanted.map { index in
      let (word, mask) = RowShape.nullBit(index)
      var column = UnpackedColumn(
        shape.types[index], slot: shape.slots[index], null: nulls[word] & mask != 0 ? (word, mask) : nil)
      let isText = shape.types[index] == .bytes
      column.reserve(count, bytes: isText ? bytes[text] : 0)
      text += isText ? 1 : 0
      return column
    }
  }

  @inline(__always)
  static func int128(_ low: UInt64, _ high: UInt64) -> Int128 {
    Int128(Int64(bitPattern: high)) << 64 | Int128(low)
  }
}

/// A column that grows by packed rows.
@safe private struct UnpackedColumn {
  private let type: PhysicalType
  private let slot: Int
  /// Word and bit of a NULL; nil when there is none.
  private let null: (word: Int, mask: UInt64)?
  private var int64s: [Int64] = []
  private var float64s: [Double] = []
  private var int128s: [Int128] = []
  private var texts = ByteColumn()
  private var bits = ValidityBitmap()

  init(_ type: PhysicalType, slot: Int, null: (word: Int, mask: UInt64)?) {
    self.type = type
    self.slot = slot
    self.null = null
  }

  mutating func reserve(_ count: Int, bytes: Int) {
    switch type {
    case .int64: int64s.reserveCapacity(count)
    case .float64: float64s.reserveCapacity(count)
    case .int128: int128s.reserveCapacity(count)
    case .bytes:
      texts.offsets.reserveCapacity(count + 1)
      texts.bytes.reserveCapacity(bytes)
    }
  }

  mutating func append(_ rows: ArraySlice<UnsafePointer<UInt64>>) {
    let slot = slot
    let count = unsafe rows.count
    switch type {
    case .int64:
      int64s.append(addingCapacity: count) { output in
        for unsafe row in unsafe rows { output.append(unsafe Int64(bitPattern: row[slot])) }
      }
    case .float64:
      float64s.append(addingCapacity: count) { output in
        for unsafe row in unsafe rows { output.append(unsafe Double(bitPattern: row[slot])) }
      }
    case .int128:
      int128s.append(addingCapacity: count) { output in
        for unsafe row in unsafe rows { output.append(unsafe WordUnpacking.int128(row[slot], row[slot &+ 1])) }
      }
    case .bytes: unsafe appendTexts(rows)
    }
    if let null {
      for unsafe row in unsafe rows { bits.append(unsafe row[null.word] & null.mask == 0) }
    }
  }

  private mutating func appendTexts(_ rows: ArraySlice<UnsafePointer<UInt64>>) {
    let slot = slot
    var end = texts.bytes.count
    texts.offsets.append(addingCapacity: unsafe rows.count) { output in
      for unsafe row in unsafe rows {
        end &+= unsafe Int(truncatingIfNeeded: row[slot] &>> 32)
        output.append(UInt32(truncatingIfNeeded: end))
      }
    }
    texts.bytes.append(addingCapacity: end - texts.bytes.count) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, filled in
        guard let first = buffer.baseAddress else { return }
        var target = unsafe UnsafeMutableRawPointer(first) + filled
        for unsafe row in unsafe rows {
          let place = unsafe row[slot]
          let length = Int(truncatingIfNeeded: place &>> 32)
          unsafe target.copyMemory(from: row + Int(truncatingIfNeeded: place & 0xFFFF_FFFF), byteCount: length)
          unsafe target += length
          filled &+= length
        }
      }
    }
  }

  func finish() -> ColumnVector {
    let storage: ColumnVector.Storage =
      switch type {
      case .int64: .int64(int64s)
      case .float64: .float64(float64s)
      case .int128: .int128(int128s)
      case .bytes: .bytes(texts)
      }
    return ColumnVector(storage, validity: null == nil ? nil : bits)
  }
}
