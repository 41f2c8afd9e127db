import DataModel

/// CONCAT_WS, SPLIT_PART, SPLIT_INDEX, URL coding, SOUNDEX.
enum TextParts {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction) -> Kernel? {
    switch function {
    case .splitPart: return { operands throws(EvaluationError) in try splitPart(operands) }
    case .soundex:
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes in bytes += Soundex.code(lane.value(row)) }
      }
    case .urlEncode: return { operands throws(EvaluationError) in try urlEncoded(operands) }
    default: return nil
    }
  }

  /// SPLIT_PART(text, separator, n): n from 1, negative from the end; empty outside.
  private static func splitPart(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let separator = operands.bytes(1)
    let numbers = operands.int64(2)
    let search = separator.isConstant ? ByteSearch(separator.value(0)) : nil
    if let search, numbers.isConstant, let index = Int32(exactly: numbers[0]), index > 0, !text.isConstant {
      var pieces = StringKernels.parts(text, search, Int(index) - 1, operands.count)
      for row in pieces.indices where pieces[row] == StringKernels.nullPiece { pieces[row] = 0 }
      return StringKernels.slices(of: text.column, pieces).storage
    }
    return try operands.slices(text) { row in
      var wanted = numbers[row]
      if wanted < 0 {
        let parts = TextSplitting.count(text, separator, row)
        wanted = max(wanted, -parts - 1) + parts + 1
      }
      return TextSplitting.part(text, separator, row, wanted) ?? 0..<0
    }
  }

  /// SPLIT_INDEX(text, separator, n): n from 0; NULL outside.
  static let splitIndex: SliceKernel = { operands throws(EvaluationError) in
    let text = operands.bytes(0)
    let separator = operands.bytes(1)
    let numbers = operands.int64(2)
    if separator.isConstant, numbers.isConstant, let index = Int32(exactly: numbers[0]), index >= 0 {
      return StringKernels.parts(text, ByteSearch(separator.value(0)), Int(index), operands.count)
    }
    return try Lanes.rows(operands, zero: StringKernels.nullPiece) { row in
      guard numbers[row] >= 0, numbers[row] < Int64.max,
        let part = TextSplitting.part(text, separator, row, numbers[row] + 1)
      else { return StringKernels.nullPiece }
      return StringKernels.piece(part.lowerBound, part.upperBound)
    }
  }

  /// CONCAT_WS: NULL without a separator; other NULLs are left out.
  static let concatenateWith: BuilderKernel = { operands, builder throws(EvaluationError) in
    let lanes = operands.vectors.indices.map(operands.bytes)
    for row in 0..<operands.count {
      guard operands.isPresent(0, row) else {
        builder.appendNull()
        continue
      }
      var isFirst = true
      for index in lanes.indices.dropFirst() where operands.isPresent(index, row) {
        if !isFirst { builder.extend(lanes[0].bytes.span, lanes[0].range(row)) }
        isFirst = false
        builder.extend(lanes[index].bytes.span, lanes[index].range(row))
      }
      builder.closeBytes()
    }
  }

  // MARK: URLs

  private static func urlEncoded(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let lane = operands.bytes(0)
    let digits = Array("0123456789ABCDEF".utf8)
    return try Lanes.strings(operands) { row, bytes in
      for position in lane.range(row) {
        let byte = lane.bytes[position]
        let lower = byte | 0x20
        if TextScan.isDigit(byte) || (0x61...0x7A).contains(lower) || [0x2D, 0x5F, 0x2E, 0x2A].contains(byte)
        {
          bytes.append(byte)
        } else if byte == 0x20 {
          bytes.append(0x2B)
        } else {
          bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
      }
    }
  }

  /// NULL for what is no encoded text.
  static let urlDecode: BuilderKernel = { operands, builder throws(EvaluationError) in
    let lane = operands.bytes(0)
    operands.buildTotal(&builder) { row, builder in
      guard let decoded = urlDecoded(lane.value(row)) else { return builder.appendNull() }
      builder.append(bytes: decoded)
    }
  }

  private static func urlDecoded(_ text: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    var at = 0
    while at < text.count {
      switch text[at] {
      case 0x2B: result.append(0x20)
      case 0x25:
        guard at + 2 < text.count, let high = TextScan.hexValue(text[at + 1]),
          let low = TextScan.hexValue(text[at + 2])
        else { return nil }
        result.append(high << 4 | low)
        at += 2
      case let byte: result.append(byte)
      }
      at += 1
    }
    return UTF8Check.firstInvalid(result.span, 0..<result.count) == nil ? result : nil
  }
}

/// Parts of a text between separators; an empty separator leaves one part.
enum TextSplitting {
  /// The part of the number, from 1.
  static func part(_ text: ByteLane, _ separator: ByteLane, _ row: Int, _ number: Int64) -> Range<Int>? {
    guard number > 0 else { return nil }
    var left = number
    var result: Range<Int>?
    each(text, separator, row) { part in
      left -= 1
      if left == 0 { result = part }
      return left > 0
    }
    return result
  }

  static func count(_ text: ByteLane, _ separator: ByteLane, _ row: Int) -> Int64 {
    var count: Int64 = 0
    each(text, separator, row) { _ in
      count += 1
      return true
    }
    return count
  }

  /// Runs the body on each part until it gives false.
  static func each(_ text: ByteLane, _ separator: ByteLane, _ row: Int, _ body: (Range<Int>) -> Bool) {
    let range = text.range(row)
    let needle = separator.range(row)
    var start = range.lowerBound
    while !needle.isEmpty,
      let found = Strings.find(separator.bytes, needle, in: text.bytes, start..<range.upperBound)
    {
      guard body(start..<found) else { return }
      start = found + needle.count
    }
    _ = body(start..<range.upperBound)
  }
}
