import DataModel

/// String functions whose result is a number or a truth value.
enum TextTests {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction) -> Kernel? {
    switch function {
    case .ascii:
      return { operands in
        let lane = operands.bytes(0)
        return .int64((0..<operands.count).map { Int64(first(lane, $0)?.value ?? 0) })
      }
    case .startsWith: return { operands in .int64(tests(operands) { $0.starts(with: $1) }) }
    case .endsWith:
      return { operands in .int64(tests(operands) { $0.reversed().starts(with: $1.reversed()) }) }
    case .containsText:
      return { operands in
        let text = operands.bytes(0)
        let needle = operands.bytes(1)
        if needle.isConstant {
          return .int64(StringKernels.contains(text, ByteSearch(needle.value(0)), operands.count))
        }
        return .int64(
          (0..<operands.count).map { row in
            let found = Strings.find(needle.bytes, needle.range(row), in: text.bytes, text.range(row))
            return found == nil ? 0 : 1
          })
      }
    case .compareText:
      return { operands in
        let a = operands.bytes(0)
        let b = operands.bytes(1)
        return .int64((0..<operands.count).map { Int64(Comparison.order(a, b, $0).signum()) })
      }
    case .positionFrom: return { operands in .int64((0..<operands.count).map { position(operands, $0) }) }
    case .levenshtein:
      return { operands throws(EvaluationError) in
        let a = operands.bytes(0)
        let b = operands.bytes(1)
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            try distance(Array(a.text(row).unicodeScalars), Array(b.text(row).unicodeScalars))
          })
      }
    case .difference:
      return { operands in
        let a = operands.bytes(0)
        let b = operands.bytes(1)
        return .int64(
          (0..<operands.count).map { row in
            zip(Soundex.code(a.value(row)), Soundex.code(b.value(row))).reduce(0) {
              $0 + ($1.0 == $1.1 ? 1 : 0)
            }
          })
      }
    default: return nil
    }
  }

  private static func first(_ lane: ByteLane, _ row: Int) -> UnicodeScalar? {
    let range = lane.range(row)
    let head = lane.bytes[range.lowerBound..<min(range.upperBound, range.lowerBound + 4)]
    return String(decoding: head, as: UTF8.self).unicodeScalars.first
  }

  private static func tests(
    _ operands: Operands, _ test: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Bool
  ) -> [Int64] {
    let text = operands.bytes(0)
    let part = operands.bytes(1)
    return (0..<operands.count).map { row in
      test(text.bytes[text.range(row)], part.bytes[part.range(row)]) ? 1 : 0
    }
  }

  /// INSTR(text, needle, start [, occurrence]); a negative start searches backwards from the end.
  private static func position(_ operands: Operands, _ row: Int) -> Int64 {
    let text = operands.bytes(0)
    let needle = operands.bytes(1)
    let start = operands.vectors.count > 2 ? operands.int64(2)[row] : 1
    let wanted = operands.vectors.count > 3 ? operands.int64(3)[row] : 1
    let range = text.range(row)
    guard start != 0, wanted > 0 else { return 0 }
    var found: [Int] = []
    var from = range.lowerBound
    while let at = Strings.find(needle.bytes, needle.range(row), in: text.bytes, from..<range.upperBound) {
      found.append(Scalars.count(text.bytes, range.lowerBound..<at) + 1)
      guard at < range.upperBound else { break }
      from = Scalars.offset(of: 1, in: text.bytes, at..<range.upperBound)
    }
    if start > 0 {
      let kept = found.filter { Int64($0) >= start }
      return wanted <= Int64(kept.count) ? Int64(kept[Int(wanted) - 1]) : 0
    }
    let total = Int64(Scalars.count(text.bytes, range))
    let kept = found.filter { Int64($0) <= total + 1 + max(start, -total - 1) }
    return wanted <= Int64(kept.count) ? Int64(kept[kept.count - Int(wanted)]) : 0
  }

  private static func distance(
    _ a: [UnicodeScalar], _ b: [UnicodeScalar]
  ) throws(EvaluationError) -> Int64 {
    guard a.count.multipliedReportingOverflow(by: max(b.count, 1)).partialValue <= TextLimits.cellsMax else {
      throw EvaluationError(.overflow, "the arguments of LEVENSHTEIN are too long")
    }
    var previous = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var current = [i + 1]
      current.reserveCapacity(b.count + 1)
      for (j, y) in b.enumerated() {
        current.append(min(previous[j + 1] + 1, current[j] + 1, previous[j] + (x == y ? 0 : 1)))
      }
      previous = current
    }
    return Int64(previous[b.count])
  }
}

/// The four-character phonetic code of English names.
enum Soundex {
  private static let codes = Array("01230120022455012623010202".utf8)

  /// Empty without a letter.
  static func code(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var last: UInt8 = 0x30
    for byte in text {
      let upper = byte & 0xDF
      guard (0x41...0x5A).contains(upper) else { continue }
      let code = codes[Int(upper - 0x41)]
      if result.isEmpty {
        result.append(upper)
      } else if code != 0x30, code != last {
        result.append(code)
      }
      // H and W do not separate letters of one code.
      if upper != 0x48, upper != 0x57 { last = code }
      if result.count == 4 { break }
    }
    while !result.isEmpty, result.count < 4 { result.append(0x30) }
    return result
  }
}
