import DataModel

/// value LIKE pattern [ESCAPE character].
enum Likeness {
  static let kernel: Kernel = { operands throws(EvaluationError) in try matched(operands) }

  /// ILIKE: both sides in lower case.
  static let ignoringCase: Kernel = { operands throws(EvaluationError) in
    let lowered = try operands.vectors.prefix(2).map { vector throws(EvaluationError) in
      let count = vector.column.count
      let own = Operands(vectors: [Vector(vector.column)], count: count, validity: vector.column.validity)
      return Vector(
        ColumnVector(try Strings.lowered(own), validity: vector.column.validity),
        isConstant: vector.isConstant)
    }
    return try matched(
      Operands(
        vectors: lowered + operands.vectors.dropFirst(2), count: operands.count, validity: operands.validity))
  }

  private static func matched(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let value = operands.bytes(0)
    let source = operands.bytes(1)
    let escape = operands.vectors.count > 2 ? operands.bytes(2) : nil
    let isFixed = source.isConstant && escape?.isConstant != false
    var known: LikePattern?
    // A pattern that is none fails at the first row that is not NULL.
    if isFixed, let pattern = try? LikePattern(source.value(0), escape: escape?.value(0)),
      let segments = pattern.segments
    {
      return .int64(segments.matches(value, operands.count))
    }
    return .int64(
      try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
        let pattern: LikePattern
        if isFixed, let known {
          pattern = known
        } else {
          pattern = try LikePattern(source.value(row), escape: escape?.value(row))
          known = pattern
        }
        return pattern.matches(value.bytes, value.range(row)) ? 1 : 0
      })
  }
}

/// A compiled LIKE pattern over UTF-8.
struct LikePattern {
  private static let anyCharacter: UInt16 = 256
  private static let anyRun: UInt16 = 257
  /// Bytes to match as they are, and the two wildcards.
  private var tokens: [UInt16] = []

  init(_ pattern: [UInt8], escape: [UInt8]?) throws(EvaluationError) {
    if let escape, Scalars.count(escape, 0..<escape.count) != 1 {
      throw EvaluationError(
        .invalidArgument, "invalid escape character '\(String(decoding: escape, as: UTF8.self))'")
    }
    var position = 0
    while position < pattern.count {
      if let escape, pattern[position...].starts(with: escape) {
        position += escape.count
        let isSpecial =
          position < pattern.count
          && (pattern[position] == 0x25 || pattern[position] == 0x5F
            || pattern[position...].starts(with: escape))
        guard isSpecial else {
          throw EvaluationError(
            .invalidArgument,
            "invalid escape sequence in pattern '\(String(decoding: pattern, as: UTF8.self))'")
        }
        let length = pattern[position...].starts(with: escape) ? escape.count : 1
        tokens += pattern[position..<position + length].map { UInt16($0) }
        position += length
        continue
      }
      switch pattern[position] {
      case 0x25: if tokens.last != Self.anyRun { tokens.append(Self.anyRun) }
      case 0x5F: tokens.append(Self.anyCharacter)
      default: tokens.append(UInt16(pattern[position]))
      }
      position += 1
    }
  }

  /// Nil when a `_` is among them.
  var segments: LikeSegments? {
    guard !tokens.contains(Self.anyCharacter) else { return nil }
    let parts = tokens.split(separator: Self.anyRun, omittingEmptySubsequences: false)
    return LikeSegments(parts.map { $0.map { UInt8(truncatingIfNeeded: $0) } })
  }

  /// Greedy with one step back to the last `%`: at most length of text times length of pattern.
  func matches(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    let text = bytes.span
    let tokens = tokens.span
    let end = range.upperBound
    var position = range.lowerBound
    var token = 0
    var retry = -1
    var retryToken = 0
    while position < end {
      let wanted = token < tokens.count ? tokens[token] : UInt16.max
      if wanted == UInt16(text[position]) {
        position &+= 1
        token &+= 1
      } else if wanted == Self.anyRun {
        token &+= 1
        retryToken = token
        retry = position
      } else if wanted == Self.anyCharacter {
        position = next(text, position, end)
        token &+= 1
      } else if retry >= 0 {
        retry = next(text, retry, end)
        // A character that is no wildcard is looked for at once.
        let sought = retryToken < tokens.count ? tokens[retryToken] : Self.anyRun
        if sought < Self.anyCharacter {
          while retry < end, UInt16(text[retry]) != sought { retry &+= 1 }
        }
        position = retry
        token = retryToken
      } else {
        return false
      }
    }
    while token < tokens.count, tokens[token] == Self.anyRun { token &+= 1 }
    return token == tokens.count
  }

  /// Start of the next character.
  @inline(__always)
  private func next(_ text: Span<UInt8>, _ position: Int, _ end: Int) -> Int {
    var next = position &+ 1
    while next < end, text[next] & 0xC0 == 0x80 { next &+= 1 }
    return next
  }
}
