import DataModel

/// String functions; characters are Unicode scalars, positions count from 1.
enum Strings {
  static func kernel(_ function: ScalarFunction) -> Kernel {
    switch function {
    case .characterLength:
      return { operands in
        .int64(StringKernels.lengths(operands.bytes(0), operands.count))
      }
    case .position:
      return { operands in
        guard operands.vectors[0].isConstant else {
          return .int64((0..<operands.count).map { position(operands, $0) })
        }
        let text = operands.bytes(1)
        let search = ByteSearch(operands.bytes(0).value(0))
        return .int64(
          (0..<operands.count).map { row in
            let range = text.range(row)
            guard let found = search.find(in: text.bytes, range) else { return 0 }
            return Int64(Scalars.count(text.bytes, range.lowerBound..<found)) + 1
          })
      }
    case .concatenate: return { operands throws(EvaluationError) in try concatenate(operands) }
    case .lower, .upper:
      let isUpper = function == .upper
      return { operands throws(EvaluationError) in try changeCase(operands, isUpper: isUpper) }
    case .substring, .left, .right:
      return { operands throws(EvaluationError) in try part(function, operands) }
    case .replace: return { operands throws(EvaluationError) in try replace(operands) }
    default:
      let leading = function != .trimTrailing
      let trailing = function != .trimLeading
      return { operands throws(EvaluationError) in try trim(operands, leading: leading, trailing: trailing) }
    }
  }

  private static func concatenate(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let lanes = operands.vectors.indices.map(operands.bytes)
    return .bytes(try StringKernels.concatenate(lanes, operands.count, operands.validity))
  }

  /// Characters of REPLACE(text, constant, constant).
  static func replacedLengths(_ operands: Operands) -> [Int64] {
    let replacement = operands.bytes(2).value(0)
    return StringKernels.replacedLengths(
      operands.bytes(0), ByteSearch(operands.bytes(1).value(0)),
      characters: Scalars.count(replacement, 0..<replacement.count), operands.count)
  }

  static func lowered(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    try changeCase(operands, isUpper: false)
  }

  /// Unicode case mapping; ASCII without a String.
  private static func changeCase(_ operands: Operands, isUpper: Bool) throws(EvaluationError)
    -> ColumnVector.Storage
  {
    let lane = operands.bytes(0)
    let first: UInt8 = isUpper ? 0x61 : 0x41
    if StringKernels.isASCII(lane.bytes), lane.column.count == operands.count {
      var column = lane.column
      column.bytes = StringKernels.otherCase(lane.bytes, from: first)
      return .bytes(column)
    }
    return try Lanes.strings(operands) { row, bytes in
      let range = lane.range(row)
      let source = lane.bytes.span
      let start = bytes.count
      for position in range {
        let byte = source[position]
        guard byte < 0x80 else {
          bytes.removeLast(bytes.count - start)
          let text = lane.text(row)
          bytes.append(contentsOf: (isUpper ? text.uppercased() : text.lowercased()).utf8)
          return
        }
        bytes.append(byte &- first < 26 ? byte ^ 0x20 : byte)
      }
    }
  }

  // MARK: Parts

  /// SUBSTRING(s, start [, length]), LEFT(s, n), RIGHT(s, n). A start before the string uses up length.
  private static func part(
    _ function: ScalarFunction, _ operands: Operands
  ) throws(EvaluationError) -> ColumnVector.Storage {
    let lane = operands.bytes(0)
    let first = operands.int64(1)
    let length = operands.vectors.count > 2 ? operands.int64(2) : nil
    let isASCII = StringKernels.isASCII(lane.bytes)
    return try operands.slices(lane) { row throws(EvaluationError) in
      let range = lane.range(row)
      let total = isASCII ? Int64(range.count) : Int64(Scalars.count(lane.bytes, range))
      var low: Int64 = 0
      var high = total
      switch function {
      case .left: high = min(max(first[row], 0), total)
      case .right: low = total - min(max(first[row], 0), total)
      default:
        low = first[row] > 0 ? first[row] - 1 : max(first[row], -(1 << 62)) - 1
        if let count = length?[row] {
          guard count >= 0 else {
            throw EvaluationError(.invalidArgument, "negative substring length not allowed: \(count)")
          }
          let (end, overflow) = low.addingReportingOverflow(count)
          high = overflow ? total : min(end, total)
        }
        low = max(low, 0)
      }
      guard low < high else { return range.lowerBound..<range.lowerBound }
      if isASCII { return range.lowerBound + Int(low)..<range.lowerBound + Int(high) }
      let start = Scalars.offset(of: Int(low), in: lane.bytes, range)
      let end = Scalars.offset(of: Int(high - low), in: lane.bytes, start..<range.upperBound)
      return start..<end
    }
  }

  /// Of blanks, or of all characters of the second argument.
  private static func trim(
    _ operands: Operands, leading: Bool, trailing: Bool
  ) throws(EvaluationError) -> ColumnVector.Storage {
    let lane = operands.bytes(0)
    guard operands.vectors.count > 1 else {
      return try operands.slices(lane) { row in
        let range = lane.range(row)
        var low = range.lowerBound
        var high = range.upperBound
        if leading { while low < high, lane.bytes[low] == 0x20 { low += 1 } }
        if trailing { while high > low, lane.bytes[high - 1] == 0x20 { high -= 1 } }
        return low..<high
      }
    }
    let characters = operands.bytes(1)
    return try Lanes.strings(operands) { row, bytes in
      let set = Set(characters.text(row).unicodeScalars)
      var text = Substring(lane.text(row)).unicodeScalars
      if leading { while let scalar = text.first, set.contains(scalar) { text.removeFirst() } }
      if trailing { while let scalar = text.last, set.contains(scalar) { text.removeLast() } }
      bytes.append(contentsOf: Substring(text).utf8)
    }
  }

  // MARK: Search

  /// POSITION(needle IN text); 0 when absent, 1 for an empty needle.
  private static func position(_ operands: Operands, _ row: Int) -> Int64 {
    let needle = operands.bytes(0)
    let text = operands.bytes(1)
    let range = text.range(row)
    guard let found = find(needle.bytes, needle.range(row), in: text.bytes, range) else { return 0 }
    return Int64(Scalars.count(text.bytes, range.lowerBound..<found)) + 1
  }

  /// Offset of the first occurrence; valid UTF-8 is found only at character boundaries.
  static func find(_ needle: [UInt8], _ own: Range<Int>, in text: [UInt8], _ range: Range<Int>)
    -> Int?
  {
    if own.isEmpty { return range.lowerBound }
    let last = range.upperBound - own.count
    guard last >= range.lowerBound else { return nil }
    let first = needle[own.lowerBound]
    for start in range.lowerBound...last where text[start] == first {
      if text[start..<start + own.count].elementsEqual(needle[own]) { return start }
    }
    return nil
  }

  /// REPLACE(text, search, replacement); an empty search changes nothing.
  private static func replace(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let search = operands.bytes(1)
    let replacement = operands.bytes(2)
    if search.isConstant, replacement.isConstant { return try replaceConstant(operands) }
    return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
      let range = text.range(row)
      let start = bytes.count
      var position = range.lowerBound
      let needle = search.range(row)
      while !needle.isEmpty,
        let found = find(search.bytes, needle, in: text.bytes, position..<range.upperBound)
      {
        ByteKernels.append(text.bytes.span, position..<found, to: &bytes)
        ByteKernels.append(replacement.bytes.span, replacement.range(row), to: &bytes)
        position = found + needle.count
        try TextLimits.check("REPLACE", bytes.count - start)
      }
      ByteKernels.append(text.bytes.span, position..<range.upperBound, to: &bytes)
    }
  }

  private static func replaceConstant(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let search = ByteSearch(operands.bytes(1).value(0))
    let replacement = operands.bytes(2).value(0)
    var sink = StringSink(rows: operands.count, bytes: text.bytes.count)
    for row in 0..<operands.count {
      if operands.isValid(row) {
        let range = text.range(row)
        let start = sink.byteCount
        var position = range.lowerBound
        while !search.needle.isEmpty, let found = search.find(in: text.bytes, position..<range.upperBound) {
          sink.append(text.bytes, position, found)
          sink.append(replacement, 0, replacement.count)
          position = found + search.needle.count
          try TextLimits.check("REPLACE", sink.byteCount - start)
        }
        sink.append(text.bytes, position, range.upperBound)
      }
      sink.close()
    }
    return try sink.finish()
  }
}

/// Unicode scalars of UTF-8.
enum Scalars {
  static func count(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
    let source = bytes.span
    var count = 0
    for position in range where source[position] & 0xC0 != 0x80 { count &+= 1 }
    return count
  }

  /// Offset behind the first `scalars` characters of the range; its end when it has fewer.
  static func offset(of scalars: Int, in bytes: [UInt8], _ range: Range<Int>) -> Int {
    var left = scalars
    for position in range where bytes[position] & 0xC0 != 0x80 {
      if left <= 0 { return position }
      left -= 1
    }
    return range.upperBound
  }
}
