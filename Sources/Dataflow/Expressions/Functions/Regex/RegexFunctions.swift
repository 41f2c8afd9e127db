import DataModel

/// RLIKE, REGEXP_REPLACE and their kin.
enum RegexFunctions {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction, _ arguments: [ScalarExpression]) -> Kernel? {
    switch function {
    case .regexLike:
      let known = RegexCache(arguments[1])
      return { operands throws(EvaluationError) in .int64(try tests(operands, known)) }
    case .similar: return { operands throws(EvaluationError) in .int64(try similar(operands)) }
    case .regexReplace:
      let known = RegexCache(arguments[1])
      return { operands throws(EvaluationError) in try replaced(operands, known) }
    case .regexPosition: return { operands throws(EvaluationError) in .int64(try positions(operands)) }
    case .regexCount: return { operands throws(EvaluationError) in .int64(try counts(operands)) }
    default: return nil
    }
  }

  private static func tests(_ operands: Operands, _ known: RegexCache) throws(EvaluationError) -> [Int64] {
    let text = operands.bytes(0)
    let pattern = operands.bytes(1)
    var cache = known
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      let range = text.range(row)
      return try cache.find(pattern, row, in: text.bytes, range, from: range.lowerBound) ? 1 : 0
    }
  }

  /// Runs the body on each match that does not overlap an earlier one, until it gives false. As in RE2 and Rust
  /// an empty match right behind another match is none.
  private static func matches(
    _ cache: inout RegexCache, _ pattern: ByteLane, _ row: Int, _ text: ByteLane, from first: Int,
    _ body: (RegexCache, Range<Int>) -> Bool
  ) throws(EvaluationError) {
    let range = text.range(row)
    var start = first
    var lastEnd = -1
    while start <= range.upperBound, try cache.find(pattern, row, in: text.bytes, range, from: start),
      let found = cache.group(0)
    {
      start = found.upperBound
      if found.isEmpty { start = RegexMatcher.next(text.bytes.span, found.upperBound, range.upperBound) }
      if found.isEmpty, found.lowerBound == lastEnd { continue }
      guard body(cache, found) else { return }
      lastEnd = found.upperBound
    }
  }

  // MARK: Replacement

  private static func replaced(
    _ operands: Operands, _ known: RegexCache
  ) throws(EvaluationError) -> ColumnVector.Storage {
    let text = operands.bytes(0)
    let pattern = operands.bytes(1)
    let replacement = operands.vectors.count > 2 ? operands.bytes(2) : nil
    var cache = known
    return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
      let range = text.range(row)
      let template = replacement?.value(row) ?? []
      var written = range.lowerBound
      let start = bytes.count
      try matches(&cache, pattern, row, text, from: range.lowerBound) { cache, found in
        ByteKernels.append(text.bytes.span, written..<found.lowerBound, to: &bytes)
        expand(template, cache, text.bytes, to: &bytes)
        written = found.upperBound
        return bytes.count - start <= TextLimits.bytesMax
      }
      try TextLimits.check("REGEXP_REPLACE", bytes.count - start)
      ByteKernels.append(text.bytes.span, written..<range.upperBound, to: &bytes)
    }
  }

  /// `$1`, `${name}` are groups, `$$` is a dollar; the longest name counts; unknown groups are empty.
  private static func expand(
    _ template: [UInt8], _ cache: RegexCache, _ text: [UInt8], to bytes: inout [UInt8]
  ) {
    var at = 0
    while at < template.count {
      guard template[at] == 0x24, at + 1 < template.count else {
        bytes.append(template[at])
        at += 1
        continue
      }
      at += 1
      if template[at] == 0x24 {
        bytes.append(0x24)
        at += 1
        continue
      }
      let braced = template[at] == 0x7B
      var end = braced ? at + 1 : at
      let start = end
      while end < template.count, isNameByte(template[end]) { end += 1 }
      guard end > start, !braced || (end < template.count && template[end] == 0x7D) else {
        bytes.append(0x24)
        continue
      }
      let name = String(decoding: template[start..<end], as: UTF8.self)
      if let index = Int(name) ?? cache.group(named: name), let range = cache.group(index) {
        ByteKernels.append(text.span, range, to: &bytes)
      }
      at = braced ? end + 1 : end
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    TextScan.isDigit(byte) || byte == 0x5F || (0x61...0x7A).contains(byte | 0x20)
  }

  // MARK: Search

  /// REGEXP_EXTRACT(text, pattern [, group]): NULL without a match.
  static func extract(_ known: RegexCache) -> SliceKernel {
    return { operands throws(EvaluationError) in
      let text = operands.bytes(0)
      let pattern = operands.bytes(1)
      let groups = operands.vectors.count > 2 ? operands.int64(2) : nil
      var cache = known
      return try Lanes.rows(operands, zero: StringKernels.nullPiece) { row throws(EvaluationError) in
        let range = text.range(row)
        guard try cache.find(pattern, row, in: text.bytes, range, from: range.lowerBound) else {
          return StringKernels.nullPiece
        }
        let group = groups?[row] ?? 0
        guard (0...Int64(cache.groupCount)).contains(group) else {
          throw EvaluationError(.invalidArgument, "the regular expression has no group \(group)")
        }
        guard let found = cache.group(Int(group)) else { return StringKernels.nullPiece }
        return StringKernels.piece(found.lowerBound, found.upperBound)
      }
    }
  }

  /// The wanted match, from the wanted position in characters; both count from 1.
  private static func occurrence(
    _ operands: Operands, _ row: Int, _ cache: inout RegexCache
  ) throws(EvaluationError) -> Range<Int>? {
    let text = operands.bytes(0)
    let from = operands.vectors.count > 2 ? operands.int64(2)[row] : 1
    let wanted = operands.vectors.count > 3 ? operands.int64(3)[row] : 1
    guard from > 0, wanted > 0 else {
      throw EvaluationError(.invalidArgument, "position and occurrence must be positive: \(from), \(wanted)")
    }
    let range = text.range(row)
    guard from <= 1 + Int64(Scalars.count(text.bytes, range)) else { return nil }
    let start = Scalars.offset(of: Int(from - 1), in: text.bytes, range)
    var left = wanted
    var result: Range<Int>?
    try matches(&cache, operands.bytes(1), row, text, from: start) { _, found in
      left -= 1
      if left == 0 { result = found }
      return left > 0
    }
    return result
  }

  /// REGEXP_SUBSTR(text, pattern [, position [, occurrence]]): NULL without such a match.
  static let substring: BuilderKernel = { operands, builder throws(EvaluationError) in
    let text = operands.bytes(0)
    var cache = RegexCache()
    try operands.build(&builder) { row, builder throws(EvaluationError) in
      guard let found = try occurrence(operands, row, &cache) else { return builder.appendNull() }
      builder.extend(text.bytes.span, found)
      builder.closeBytes()
    }
  }

  private static func positions(_ operands: Operands) throws(EvaluationError) -> [Int64] {
    let text = operands.bytes(0)
    var cache = RegexCache()
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      guard let found = try occurrence(operands, row, &cache) else { return 0 }
      return Int64(Scalars.count(text.bytes, text.range(row).lowerBound..<found.lowerBound)) + 1
    }
  }

  private static func counts(_ operands: Operands) throws(EvaluationError) -> [Int64] {
    let text = operands.bytes(0)
    var cache = RegexCache()
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      var count: Int64 = 0
      try matches(&cache, operands.bytes(1), row, text, from: text.range(row).lowerBound) { _, _ in
        count += 1
        return true
      }
      return count
    }
  }

  /// REGEXP_EXTRACT_ALL and REGEXP_SPLIT as an array of VARCHAR.
  static func all(splitting: Bool) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let text = operands.bytes(0)
      let pattern = operands.bytes(1)
      var cache = RegexCache()
      try operands.build(&builder) { row, builder throws(EvaluationError) in
        var bytes: [UInt8] = []
        var start = text.range(row).lowerBound
        try matches(&cache, pattern, row, text, from: start) { cache, found in
          let part = splitting ? start..<found.lowerBound : cache.group(min(cache.groupCount, 1)) ?? found
          if !splitting || !found.isEmpty {
            NestedCodec.append(text.bytes.span, part, to: &bytes)
            start = found.upperBound
          }
          return true
        }
        if splitting { NestedCodec.append(text.bytes.span, start..<text.range(row).upperBound, to: &bytes) }
        bytes.append(NestedCodec.end)
        builder.append(bytes: bytes)
      }
    }
  }

  // MARK: SIMILAR TO

  private static func similar(_ operands: Operands) throws(EvaluationError) -> [Int64] {
    let text = operands.bytes(0)
    let source = operands.bytes(1)
    let escape = operands.vectors.count > 2 ? operands.bytes(2) : nil
    var known: (pattern: [UInt8], lane: ByteLane)?
    var cache = RegexCache()
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      let pattern = source.value(row)
      let lane: ByteLane
      if let known, known.pattern == pattern, escape?.isConstant != false {
        lane = known.lane
      } else {
        var column = ByteColumn()
        column.append(translated(pattern, escape?.value(row).first ?? 0x5C))
        // A pattern of its own for the row: the cache must not take it for the batch's.
        cache = RegexCache()
        lane = ByteLane(column: column, isConstant: true)
        known = (pattern, lane)
      }
      let range = text.range(row)
      return try cache.find(lane, row, in: text.bytes, range, from: range.lowerBound) ? 1 : 0
    }
  }

  /// The SQL pattern as a regular expression over the whole text.
  private static func translated(_ pattern: [UInt8], _ escape: UInt8) -> [UInt8] {
    var result = Array("(?s)\\A(?:".utf8)
    var inBracket = false
    var at = 0
    while at < pattern.count {
      let byte = pattern[at]
      at += 1
      if byte == escape, at < pattern.count {
        if pattern[at] < 0x80, !(0x61...0x7A).contains(pattern[at] | 0x20), !TextScan.isDigit(pattern[at]) {
          result.append(0x5C)
        }
        result.append(pattern[at])
        at += 1
      } else if inBracket {
        if byte == 0x5D { inBracket = false }
        result.append(byte)
      } else {
        switch byte {
        case 0x25: result += Array(".*".utf8)
        case 0x5F: result.append(0x2E)
        case 0x2E, 0x5E, 0x24, 0x5C: result += [0x5C, byte]
        case 0x5B:
          inBracket = true
          result.append(byte)
        default: result.append(byte)
        }
      }
    }
    return result + Array(")\\z".utf8)
  }
}
