import DataModel

/// String functions that make strings of another shape: REPEAT, LPAD, REVERSE, OVERLAY, TRANSLATE and the
/// like.
enum TextShapes {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction) -> Kernel? {
    switch function {
    case .repeatText: return { operands throws(EvaluationError) in try repeated(operands) }
    case .reverse: return { operands throws(EvaluationError) in try reversed(operands) }
    case .overlay: return { operands throws(EvaluationError) in try overlaid(operands) }
    case .padLeft: return { operands throws(EvaluationError) in try padded(operands, left: true) }
    case .padRight: return { operands throws(EvaluationError) in try padded(operands, left: false) }
    case .translate: return { operands throws(EvaluationError) in try translated(operands) }
    case .capitalize: return { operands throws(EvaluationError) in try capitalized(operands, blanks: false) }
    case .capitalizeSpaces:
      return { operands throws(EvaluationError) in try capitalized(operands, blanks: true) }
    case .character:
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        return try Lanes.strings(operands) { row, bytes in
          guard let code = UInt32(exactly: lane[row]), code > 0, let scalar = UnicodeScalar(code) else {
            return
          }
          bytes.append(contentsOf: String(scalar).utf8)
        }
      }
    case .substringFromEnd: return { operands throws(EvaluationError) in try substringFromEnd(operands) }
    default: return nil
    }
  }

  private static func repeated(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let counts = operands.int64(1)
    return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
      let range = text.range(row)
      guard counts[row] > 0, !range.isEmpty else { return }
      try TextLimits.check("REPEAT", range.count, times: counts[row])
      for _ in 0..<counts[row] { ByteKernels.append(text.bytes.span, range, to: &bytes) }
    }
  }

  private static func reversed(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    return try Lanes.strings(operands) { row, bytes in
      let range = text.range(row)
      var end = range.upperBound
      while end > range.lowerBound {
        var start = end - 1
        while start > range.lowerBound, text.bytes[start] & 0xC0 == 0x80 { start -= 1 }
        ByteKernels.append(text.bytes.span, start..<end, to: &bytes)
        end = start
      }
    }
  }

  /// OVERLAY(text PLACING part FROM start [FOR length]); unchanged for a start before the text.
  private static func overlaid(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let part = operands.bytes(1)
    let starts = operands.int64(2)
    let lengths = operands.vectors.count > 3 ? operands.int64(3) : nil
    return try Lanes.strings(operands) { row, bytes in
      let range = text.range(row)
      let placed = part.range(row)
      guard starts[row] > 0 else { return ByteKernels.append(text.bytes.span, range, to: &bytes) }
      let removed = lengths?[row] ?? Int64(Scalars.count(part.bytes, placed))
      let before = Scalars.offset(of: Int(clamping: starts[row] - 1), in: text.bytes, range)
      let after = Scalars.offset(
        of: Int(clamping: max(removed, 0)), in: text.bytes, before..<range.upperBound)
      ByteKernels.append(text.bytes.span, range.lowerBound..<before, to: &bytes)
      ByteKernels.append(part.bytes.span, placed, to: &bytes)
      ByteKernels.append(text.bytes.span, after..<range.upperBound, to: &bytes)
    }
  }

  /// LPAD and RPAD: cut to the length, or filled up with the pattern over and over.
  private static func padded(_ operands: Operands, left: Bool) throws(EvaluationError) -> ColumnVector.Storage
  {
    let text = operands.bytes(0)
    let lengths = operands.int64(1)
    let pattern = operands.vectors.count > 2 ? operands.bytes(2) : nil
    return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
      let range = text.range(row)
      let wanted = lengths[row]
      let fill = pattern?.value(row) ?? [0x20]
      let missing = wanted - Int64(Scalars.count(text.bytes, range))
      guard missing > 0, !fill.isEmpty else {
        let end = Scalars.offset(of: Int(clamping: max(wanted, 0)), in: text.bytes, range)
        return ByteKernels.append(text.bytes.span, range.lowerBound..<end, to: &bytes)
      }
      try TextLimits.check(left ? "LPAD" : "RPAD", 4, times: missing)
      if !left { ByteKernels.append(text.bytes.span, range, to: &bytes) }
      let scalars = Int64(Scalars.count(fill, 0..<fill.count))
      for _ in 0..<missing / scalars { bytes += fill }
      let end = Scalars.offset(of: Int(missing % scalars), in: fill, 0..<fill.count)
      bytes += fill[0..<end]
      if left { ByteKernels.append(text.bytes.span, range, to: &bytes) }
    }
  }

  /// Each character of the second argument becomes the one at its place in the third, or nothing.
  private static func translated(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let from = operands.bytes(1)
    let to = operands.bytes(2)
    var known: [UnicodeScalar: UnicodeScalar?] = [:]
    let isFixed = from.isConstant && to.isConstant
    return try Lanes.strings(operands) { row, bytes in
      if !isFixed || known.isEmpty {
        known.removeAll(keepingCapacity: true)
        let targets = Array(to.text(row).unicodeScalars)
        for (index, scalar) in from.text(row).unicodeScalars.enumerated() where known[scalar] == nil {
          known[scalar] = .some(index < targets.count ? targets[index] : nil)
        }
      }
      for scalar in text.text(row).unicodeScalars {
        if let target = known[scalar] {
          if let target { bytes.append(contentsOf: UTF8.encode(target) ?? UTF8.encodedReplacementCharacter) }
        } else {
          bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
      }
    }
  }

  /// First letter of each word in upper case, the rest in lower case; words end at what is no letter or
  /// digit, or at blanks alone.
  private static func capitalized(_ operands: Operands, blanks: Bool) throws(EvaluationError)
    -> ColumnVector.Storage
  {
    let text = operands.bytes(0)
    return try Lanes.strings(operands) { row, bytes in
      var inside = false
      for scalar in text.text(row).unicodeScalars {
        let properties = scalar.properties
        let isWord =
          blanks ? !properties.isWhitespace : properties.isAlphabetic || properties.numericType != nil
        let mapped = isWord ? (inside ? properties.lowercaseMapping : properties.titlecaseMapping) : nil
        bytes.append(contentsOf: (mapped ?? String(scalar)).utf8)
        inside = isWord
      }
    }
  }

  /// SUBSTR(text, start [, length]): a negative start counts from the end, 0 is as 1.
  private static func substringFromEnd(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let starts = operands.int64(1)
    let lengths = operands.vectors.count > 2 ? operands.int64(2) : nil
    return try Lanes.strings(operands) { row, bytes in
      let range = text.range(row)
      var skipped = max(starts[row], 1) - 1
      if starts[row] < 0 {
        let total = Int64(Scalars.count(text.bytes, range))
        guard starts[row] >= -total else { return }
        skipped = total + starts[row]
      }
      let start = Scalars.offset(of: Int(clamping: skipped), in: text.bytes, range)
      var end = range.upperBound
      if let lengths {
        end = Scalars.offset(of: Int(clamping: max(lengths[row], 0)), in: text.bytes, start..<end)
      }
      ByteKernels.append(text.bytes.span, start..<end, to: &bytes)
    }
  }
}
