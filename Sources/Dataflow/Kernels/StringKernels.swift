import DataModel

/// Whole columns of strings.
enum StringKernels {
  /// The piece of a row that is NULL.
  static let nullPiece = UInt64.max

  /// Bytes of a column that an expression makes: far more than a step brings, less than offsets of 32 bits reach.
  static let bytesMax = 1 << 30

  static func checkSize(_ bytes: Int, times count: Int) throws(EvaluationError) {
    let (total, overflow) = bytes.multipliedReportingOverflow(by: count)
    guard !overflow, total <= bytesMax else {
      throw EvaluationError(.overflow, "the strings of one batch exceed \(bytesMax) bytes")
    }
  }

  /// Where a string lies in the bytes of a column.
  @inline(__always)
  static func piece(_ start: Int, _ end: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: start) &<< 32 | UInt64(truncatingIfNeeded: end &- start)
  }

  /// One string a piece. Traps when a piece does not lie inside the source.
  static func slices(of source: ByteColumn, _ pieces: [UInt64]) -> ColumnVector {
    let count = pieces.count
    let limit = UInt64(source.bytes.count)
    var total = 0
    var isSound = true
    var nulls = 0
    var result = ByteColumn()
    result.offsets = unsafe [UInt32](unsafeUninitializedCapacity: count + 1) { target, initialized in
      unsafe target.initializeElement(at: 0, to: 0)
      unsafe pieces.withUnsafeBufferPointer { pieces in
        for row in 0..<count {
          let piece = unsafe pieces[row]
          let isNull = piece == nullPiece
          let length = isNull ? 0 : piece & 0xFFFF_FFFF
          nulls &+= isNull ? 1 : 0
          isSound = isSound && (isNull || (piece &>> 32) &+ length <= limit)
          total &+= Int(truncatingIfNeeded: length)
          unsafe target.initializeElement(at: row &+ 1, to: UInt32(truncatingIfNeeded: total))
        }
      }
      initialized = count + 1
    }
    precondition(isSound && total <= Int(UInt32.max), "a piece lies outside its column")
    result.bytes = unsafe [UInt8](unsafeUninitializedCapacity: total + GatherKernels.slack) { buffer, filled in
      guard let target = buffer.baseAddress else { return }
      unsafe source.bytes.withUnsafeBufferPointer { source in
        unsafe pieces.withUnsafeBufferPointer { pieces in
          var end = 0
          for row in 0..<count where unsafe pieces[row] != nullPiece {
            let piece = unsafe pieces[row]
            let length = Int(truncatingIfNeeded: piece & 0xFFFF_FFFF)
            unsafe GatherKernels.copy(
              source, Int(truncatingIfNeeded: piece &>> 32), length, to: target, at: end)
            end &+= length
          }
        }
      }
      filled = total
    }
    guard nulls > 0 else { return ColumnVector(.bytes(result)) }
    var bits = ValidityBitmap(repeating: true, count: count)
    for row in 0..<count where pieces[row] == nullPiece { bits[row] = false }
    return ColumnVector(.bytes(result), validity: bits)
  }

  /// One piece a row from its bytes; absent rows of a strict function may be anything.
  @inline(__always)
  static func pieces(
    _ lane: ByteLane, _ count: Int,
    _ body: (UnsafeBufferPointer<UInt8>, Int, Int) -> UInt64
  ) -> [UInt64] { unsafe Lanes.map(lane, count, body) }

  /// The pieces of part number `index`, from 0, between separators.
  static func parts(_ lane: ByteLane, _ separator: ByteSearch, _ index: Int, _ count: Int) -> [UInt64] {
    if separator.needle.isEmpty {
      return unsafe pieces(lane, count) { _, start, end in index == 0 ? piece(start, end) : nullPiece }
    }
    return unsafe pieces(lane, count) { text, start, end in
      guard let part = unsafe separator.part(index, of: text, start, end) else { return nullPiece }
      return piece(part.start, part.end)
    }
  }

  /// The lanes' strings of each row one behind the other; nothing in absent rows.
  static func concatenate(
    _ lanes: [ByteLane], _ count: Int, _ validity: ValidityBitmap?
  ) throws(EvaluationError) -> ByteColumn {
    guard let pool = GatherKernels.concatenate(lanes.map(\.column)) else {
      throw EvaluationError(.overflow, "the strings of one batch exceed 4 GiB")
    }
    let width = lanes.count
    var pieces = [UInt64](repeating: 0, count: count * width)
    var base: UInt64 = 0
    for (index, lane) in lanes.enumerated() {
      let own = unsafe Lanes.map(lane, count) { _, start, end in piece(start, end) &+ base &<< 32 }
      unsafe pieces.withUnsafeMutableBufferPointer { target in
        for row in 0..<count { unsafe target[row &* width &+ index] = own[row] }
      }
      base += UInt64(lane.column.bytes.count)
    }
    if let validity {
      for row in RowNumbers.rows(validity, where: false) {
        for index in 0..<width { pieces[Int(row) * width + index] = 0 }
      }
    }
    try checkSize(pieces.reduce(0) { $0 + Int(truncatingIfNeeded: $1 & 0xFFFF_FFFF) }, times: 1)
    guard case .bytes(var column) = slices(of: pool, pieces).storage else { return ByteColumn() }
    let offsets = column.offsets
    column.offsets = Lanes.map(
      Lane(values: (0...Int32(truncatingIfNeeded: count)).map { $0 }, isConstant: false), count + 1
    ) { offsets[Int($0) &* width] }
    return column
  }

  // MARK: ASCII

  static func isASCII(_ bytes: [UInt8]) -> Bool {
    var all: UInt8 = 0
    unsafe bytes.withUnsafeBufferPointer { source in
      for at in 0..<source.count { all |= unsafe source[at] }
    }
    return all < 0x80
  }

  /// All bytes with the letters from `first` on (A or a) in the other case.
  static func otherCase(_ bytes: [UInt8], from first: UInt8) -> [UInt8] {
    Lanes.map(Lane(values: bytes, isConstant: false), bytes.count) { byte in
      byte ^ (byte &- first < 26 ? 0x20 : 0)
    }
  }

  // MARK: Lengths

  /// Characters of each row.
  static func lengths(_ lane: ByteLane, _ count: Int) -> [Int64] {
    if isASCII(lane.column.bytes) {
      return unsafe Lanes.map(lane, count) { _, start, end in Int64(truncatingIfNeeded: end &- start) }
    }
    return unsafe Lanes.map(lane, count) { text, start, end in
      Int64(truncatingIfNeeded: unsafe characters(text, start, end))
    }
  }

  /// Bytes that begin a character.
  @inline(__always)
  private static func characters(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    guard let base = text.baseAddress else { return 0 }
    let memory = unsafe UnsafeRawPointer(base)
    var rest = 0
    var at = start
    while at &+ 8 <= end {
      let word = unsafe memory.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      rest &+= (word & ~(word &<< 1) & 0x8080_8080_8080_8080).nonzeroBitCount
      at &+= 8
    }
    while at < end {
      rest &+= unsafe text[at] & 0xC0 == 0x80 ? 1 : 0
      at &+= 1
    }
    return end &- start &- rest
  }

  /// Characters of each row once every occurrence of the needle has become `characters` ones.
  static func replacedLengths(
    _ lane: ByteLane, _ search: ByteSearch, characters: Int, _ count: Int
  ) -> [Int64] {
    let own = Scalars.count(search.needle, 0..<search.needle.count)
    let change = Int64(characters - own)
    let lengths = lengths(lane, count)
    let found = unsafe Lanes.map(lane, count) { text, start, end in
      Int64(truncatingIfNeeded: unsafe search.occurrences(text, start, end))
    }
    return Lanes.map(
      Lane(values: lengths, isConstant: false), Lane(values: found, isConstant: false), count
    ) { $0 &+ change &* $1 }
  }

  static func contains(_ lane: ByteLane, _ search: ByteSearch, _ count: Int) -> [Int64] {
    unsafe Lanes.map(lane, count) { text, start, end in
      unsafe search.find(text, start, end) < 0 ? 0 : 1
    }
  }
}
