import DataModel

/// CAST from and to strings, in the text forms of `ValueText`; strings are cut to the length of their type.
extension Casts {
  static func fromText(_ to: ColumnType) -> Kernel {
    switch to {
    case .char, .varchar: return { operands throws(EvaluationError) in try cut(operands, to) }
    // The bytes of the text, as UTF-8.
    case .varbinary, .binary: return fromBytes(.varbinary(length: nil), to)
    case _ where to.physical == .bytes:
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
          if case .bytes(let value) = try ValueText.parse(lane.value(row), as: to) { bytes += value }
        }
      }
    default:
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        switch to.physical {
        case .float64:
          return .float64(
            try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
              if case .float64(let number) = try parsed(lane, row, to) { number } else { 0 }
            })
        case .int128:
          return .int128(
            try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
              if case .int128(let number) = try parsed(lane, row, to) { number } else { 0 }
            })
        case .int64, .bytes:
          return .int64(
            try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
              if case .int64(let number) = try parsed(lane, row, to) { number } else { 0 }
            })
        }
      }
    }
  }

  /// Parses without a copy; the copy is made for the message of a failure.
  private static func parsed(_ lane: ByteLane, _ row: Int, _ to: ColumnType) throws(EvaluationError) -> Value
  {
    do throws(TextFailure) {
      return try ValueText.parse(lane.bytes.span, lane.range(row), as: to)
    } catch {
      return try ValueText.parse(lane.value(row), as: to)
    }
  }

  static func toText(
    _ operands: Operands, _ from: ColumnType, _ to: ColumnType
  ) throws(EvaluationError) -> ColumnVector.Storage {
    switch from.physical {
    case .int64 where from.isInteger && to == .varchar(length: nil):
      let lane = operands.int64(0)
      var sink = StringSink(rows: operands.count, bytes: 8 * operands.count)
      for row in 0..<operands.count {
        if operands.isValid(row) { sink.append(lane[row]) }
        sink.close()
      }
      return try sink.finish()
    case .int64:
      let lane = operands.int64(0)
      return try texts(operands, to) { row, bytes in ValueText.append(lane[row], as: from, to: &bytes) }
    case .float64:
      let lane = operands.float64(0)
      return try texts(operands, to) { row, bytes in ValueText.append(lane[row], as: from, to: &bytes) }
    case .int128:
      let lane = operands.int128(0)
      return try texts(operands, to) { row, bytes in ValueText.append(lane[row], as: from, to: &bytes) }
    case .bytes:
      let lane = operands.bytes(0)
      return try texts(operands, to) { row, bytes in
        ValueText.append(lane.bytes.span, lane.range(row), as: from, to: &bytes)
      }
    }
  }

  @inline(__always)
  private static func texts(
    _ operands: Operands, _ to: ColumnType, _ append: (Int, inout [UInt8]) -> Void
  ) throws(EvaluationError) -> ColumnVector.Storage {
    try Lanes.strings(operands) { row, bytes in
      let start = bytes.count
      append(row, &bytes)
      fit(&bytes, from: start, to)
    }
  }

  private static func cut(_ operands: Operands, _ to: ColumnType) throws(EvaluationError)
    -> ColumnVector.Storage
  {
    if to == .varchar(length: nil) { return operands.vectors[0].column.storage }
    let lane = operands.bytes(0)
    return try Lanes.strings(operands) { row, bytes in
      let start = bytes.count
      let range = lane.range(row)
      ByteKernels.append(lane.bytes.span, range, to: &bytes)
      fit(&bytes, from: start, to)
    }
  }

  /// Cuts the string that begins at `start` to the characters of its type; CHAR is stored without trailing
  /// blanks.
  private static func fit(_ bytes: inout [UInt8], from start: Int, _ type: ColumnType) {
    switch type {
    case .char(let length):
      truncate(&bytes, from: start, characters: length)
      while bytes.count > start, bytes.last == 0x20 { bytes.removeLast() }
    case .varchar(.some(let length)): truncate(&bytes, from: start, characters: length)
    default: break
    }
  }

  private static func truncate(_ bytes: inout [UInt8], from start: Int, characters: Int) {
    guard bytes.count - start > characters else { return }
    let end = Scalars.offset(of: characters, in: bytes, start..<bytes.count)
    bytes.removeLast(bytes.count - end)
  }

  // MARK: Binary strings

  static func fromBytes(_ from: ColumnType, _ to: ColumnType) -> Kernel {
    switch (from, to) {
    case (_, .binary(let length)):
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes in
          bytes += ValueText.fixed(lane.value(row), max(0, length))
        }
      }
    case (_, .varbinary(let length)):
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes in
          let range = lane.range(row)
          let kept = min(range.count, max(0, length ?? range.count))
          ByteKernels.append(lane.bytes.span, range.lowerBound..<range.lowerBound + kept, to: &bytes)
        }
      }
    case (.varbinary, .uuid), (.binary, .uuid):
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
          let range = lane.range(row)
          guard range.count == 16 else {
            throw EvaluationError(.invalidCast, "cannot convert \(range.count) bytes to UUID")
          }
          ByteKernels.append(lane.bytes.span, range, to: &bytes)
        }
      }
    default: return refused(from, to)
    }
  }
}
