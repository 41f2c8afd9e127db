/// One run of the row encoder: measures all rows, then writes column after column at a cursor a row.
struct RowEncoding {
  private let columns: [ColumnVector]
  private let selection: [Int32]?
  private let count: Int

  init(_ columns: [ColumnVector], selection: [Int32]?, count: Int) {
    self.columns = columns
    self.selection = selection
    self.count = count
  }

  /// Errors: `invalidArgument` beyond what offsets of 32 bits reach.
  func run() throws(EvaluationError) -> ByteColumn {
    var offsets = [UInt32](repeating: 0, count: count + 1)
    for column in columns { measure(column, into: &offsets) }
    var total: UInt64 = 0
    for row in 0..<count {
      let length = offsets[row]
      offsets[row] = UInt32(truncatingIfNeeded: total)
      total += UInt64(length)
    }
    guard let end = UInt32(exactly: total) else {
      throw EvaluationError(.invalidArgument, "the rows of one batch exceed 4 GiB")
    }
    offsets[count] = end
    var bytes = [UInt8](repeating: 0, count: Int(total))
    var cursors = offsets
    for column in columns { write(column, into: &bytes, cursors: &cursors) }
    var result = ByteColumn()
    result.offsets = offsets
    result.bytes = bytes
    return result
  }

  @inline(__always)
  private func source(_ row: Int) -> Int { selection.map { Int($0[row]) } ?? row }

  /// Adds the encoded length of each row's value to its entry.
  private func measure(_ column: ColumnVector, into lengths: inout [UInt32]) {
    let width: UInt32
    switch column.storage {
    case .int64, .float64: width = 9
    case .int128: width = 17
    case .bytes(let values): return measure(values, column.validity, into: &lengths)
    }
    guard let validity = column.validity else {
      for row in 0..<count { lengths[row] &+= width }
      return
    }
    for row in 0..<count { lengths[row] &+= validity[source(row)] ? width : 1 }
  }

  private func measure(_ values: ByteColumn, _ validity: ValidityBitmap?, into lengths: inout [UInt32]) {
    let content = values.bytes.span
    let mayHoldZero = ByteKernels.firstZero(content, 0..<content.count) < content.count
    for row in 0..<count {
      let from = source(row)
      if let validity, !validity[from] {
        lengths[row] &+= 1
        continue
      }
      let range = values.range(from)
      var zeros = 0
      if mayHoldZero {
        var position = ByteKernels.firstZero(content, range)
        while position < range.upperBound {
          zeros &+= 1
          position = ByteKernels.firstZero(content, position + 1..<range.upperBound)
        }
      }
      lengths[row] &+= UInt32(truncatingIfNeeded: range.count &+ zeros &+ 3)
    }
  }

  private func write(_ column: ColumnVector, into bytes: inout [UInt8], cursors: inout [UInt32]) {
    var target = bytes.mutableSpan
    let validity = column.validity
    switch column.storage {
    case .int64(let values):
      writeWords(validity, into: &target, cursors: &cursors) { RowCodec.orderedBits(values[$0]) }
    case .float64(let values):
      writeWords(validity, into: &target, cursors: &cursors) { RowCodec.orderedBits(values[$0]) }
    case .int128(let values):
      for row in 0..<count {
        let from = source(row)
        let at = Int(cursors[row])
        guard Self.tag(validity, from, into: &target, at: at) else {
          cursors[row] &+= 1
          continue
        }
        let bits = RowCodec.orderedBits(values[from])
        ByteKernels.store(bits.high.byteSwapped, into: &target, at: at + 1)
        ByteKernels.store(bits.low.byteSwapped, into: &target, at: at + 9)
        cursors[row] &+= 17
      }
    case .bytes(let values):
      writeBytes(values, validity, into: &target, cursors: &cursors)
    }
  }

  @inline(__always)
  private static func tag(
    _ validity: ValidityBitmap?, _ row: Int, into target: inout MutableSpan<UInt8>, at offset: Int
  ) -> Bool {
    let valid = validity.map { $0[row] } ?? true
    target[offset] = valid ? RowCodec.present : RowCodec.null
    return valid
  }

  @inline(__always)
  private func writeWords(
    _ validity: ValidityBitmap?, into target: inout MutableSpan<UInt8>, cursors: inout [UInt32],
    bits: (Int) -> UInt64
  ) {
    for row in 0..<count {
      let from = source(row)
      let at = Int(cursors[row])
      guard Self.tag(validity, from, into: &target, at: at) else {
        cursors[row] &+= 1
        continue
      }
      ByteKernels.store(bits(from).byteSwapped, into: &target, at: at + 1)
      cursors[row] &+= 9
    }
  }

  private func writeBytes(
    _ values: ByteColumn, _ validity: ValidityBitmap?, into target: inout MutableSpan<UInt8>,
    cursors: inout [UInt32]
  ) {
    let content = values.bytes.span
    for row in 0..<count {
      let from = source(row)
      var at = Int(cursors[row])
      let valid = Self.tag(validity, from, into: &target, at: at)
      at += 1
      if valid {
        let range = values.range(from)
        var start = range.lowerBound
        while true {
          let zero = ByteKernels.firstZero(content, start..<range.upperBound)
          ByteKernels.copy(content, start..<zero, into: &target, at: at)
          at += zero - start
          guard zero < range.upperBound else { break }
          target[at] = 0
          target[at + 1] = 0xFF
          at += 2
          start = zero + 1
        }
        target[at] = 0
        target[at + 1] = 0
        at += 2
      }
      cursors[row] = UInt32(truncatingIfNeeded: at)
    }
  }
}
