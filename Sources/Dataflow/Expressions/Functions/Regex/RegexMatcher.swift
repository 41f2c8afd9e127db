import DataModel

/// Runs a program over UTF-8: backtracking in order of preference, where no choice is tried twice at one position,
/// so time and memory grow with the length of the text only in proportion.
struct RegexMatcher {
  private struct Job {
    /// A state, or below 0 a slot to set back.
    var state: Int32
    var position: Int
  }

  /// Bits of `visited`: 128 MiB.
  private static let bitsMax = 1 << 30

  let program: RegexProgram
  /// Start and end of the match, then of each group; -1 where a group took no part.
  private(set) var slots: [Int]
  private var visited: [UInt64] = []
  private var jobs: [Job] = []

  init(_ program: RegexProgram) {
    self.program = program
    slots = [Int](repeating: -1, count: 2 * (program.groupCount + 1))
  }

  /// The range of a group of the last match.
  func group(_ index: Int) -> Range<Int>? {
    guard index >= 0, 2 * index + 1 < slots.count, slots[2 * index] >= 0, slots[2 * index + 1] >= 0 else {
      return nil
    }
    return slots[2 * index]..<slots[2 * index + 1]
  }

  /// The first match in `text[range]` that begins at `start` or behind it.
  mutating func find(_ text: [UInt8], _ range: Range<Int>, from start: Int) throws(EvaluationError) -> Bool {
    let program = program
    var position = start
    if let required = program.required {
      guard let place = required.find(in: text, start..<range.upperBound) else { return false }
      if let reach = program.requiredReach {
        position = max(start, place - reach)
        while position > start, text[position] & 0xC0 == 0x80 { position -= 1 }
      }
    }
    let width = range.upperBound - start + 1
    let (bits, overflow) = width.multipliedReportingOverflow(by: program.splitCount)
    guard !overflow, bits <= Self.bitsMax else {
      throw EvaluationError(.invalidArgument, "the text is too long for the regular expression")
    }
    let words = (bits + 63) / 64
    if visited.count < words {
      visited = [UInt64](repeating: 0, count: words)
    } else {
      var marks = visited.mutableSpan
      for index in 0..<words { marks[index] = 0 }
    }
    let source = text.span
    while position <= range.upperBound {
      if let first = program.firstBytes, position > range.lowerBound {
        let table = first.span
        while position < range.upperBound, !table[Int(source[position])] { position &+= 1 }
        if position == range.upperBound { return false }
      }
      if run(program, source, range, base: start, at: position) { return true }
      position = Self.next(source, position, range.upperBound)
    }
    return false
  }

  /// Behind the character at `position`; one beyond the end at the end.
  @inline(__always)
  static func next(_ text: Span<UInt8>, _ position: Int, _ end: Int) -> Int {
    var next = position + 1
    while next < end, text[next] & 0xC0 == 0x80 { next += 1 }
    return next
  }

  private mutating func run(
    _ program: RegexProgram, _ text: Span<UInt8>, _ range: Range<Int>, base: Int, at start: Int
  ) -> Bool {
    for slot in slots.indices { slots[slot] = -1 }
    jobs.removeAll(keepingCapacity: true)
    jobs.append(Job(state: 0, position: start))
    let width = range.upperBound - base + 1
    while let job = jobs.popLast() {
      if job.state < 0 {
        slots[Int(-1 - job.state)] = job.position
        continue
      }
      if follow(program, text, range, (base, width), job) { return true }
    }
    return false
  }

  /// Follows one state until it fails or the whole matches; other choices are put on `jobs`.
  private mutating func follow(
    _ program: RegexProgram, _ text: Span<UInt8>, _ range: Range<Int>, _ places: (base: Int, count: Int),
    _ job: Job
  ) -> Bool {
    var state = Int(job.state)
    var position = job.position
    let instructionList = program.instructions
    let maskList = program.masks
    let instructions = instructionList.span
    let masks = maskList.span
    while true {
      let instruction = instructions[state]
      state &+= 1
      switch instruction.operation {
      case .take:
        guard position < range.upperBound,
          Self.takes(program, instruction.x, masks, text, &position, range.upperBound)
        else { return false }
      case .literal:
        guard Self.holds(program, instruction, text, &position, range.upperBound) else { return false }
      case .span:
        let start = position
        while position < range.upperBound {
          var next = position
          guard Self.takes(program, instruction.x, masks, text, &next, range.upperBound) else { break }
          position = next
        }
        guard instruction.y == 0 || position > start else { return false }
      case .any:
        guard position < range.upperBound else { return false }
        let code = Self.scalar(text, &position, range.upperBound)
        guard instruction.x == 1 || code != 10 else { return false }
      case .split:
        // A loop passes through a split, and paths that meet part there: each is tried once at a position.
        let bit = Int(instruction.z) &* places.count &+ position &- places.base
        let mask: UInt64 = 1 &<< UInt64(truncatingIfNeeded: bit & 63)
        if visited[bit &>> 6] & mask != 0 { return false }
        visited[bit &>> 6] |= mask
        jobs.append(Job(state: instruction.y, position: position))
        state = Int(instruction.x)
      case .jump: state = Int(instruction.x)
      case .save:
        // Without another choice to go back to nothing has to be set back.
        if !jobs.isEmpty {
          jobs.append(Job(state: -1 - instruction.x, position: slots[Int(instruction.x)]))
        }
        slots[Int(instruction.x)] = position
      case .assert: guard Self.holds(instruction.x, text, range, position) else { return false }
      case .match: return true
      }
    }
  }

  @inline(__always)
  private static func takes(
    _ program: RegexProgram, _ set: Int32, _ masks: Span<UInt64>, _ text: Span<UInt8>, _ position: inout Int,
    _ end: Int
  ) -> Bool {
    let byte = text[position]
    if byte < 0x80 {
      position &+= 1
      let mask = masks[2 &* Int(set) &+ Int(byte &>> 6)]
      return mask &>> UInt64(byte & 63) & 1 == 1
    }
    return program.sets[Int(set)].contains(scalar(text, &position, end))
  }

  @inline(__always)
  private static func holds(
    _ program: RegexProgram, _ literal: RegexProgram.Instruction, _ text: Span<UInt8>, _ position: inout Int,
    _ end: Int
  ) -> Bool {
    let literals = program.literals
    let start = Int(literal.x)
    let count = Int(literal.y) &- start
    guard end &- position >= count else { return false }
    for index in 0..<count where literals[start &+ index] != text[position &+ index] { return false }
    position &+= count
    return true
  }

  @inline(__always)
  private static func scalar(_ text: Span<UInt8>, _ position: inout Int, _ end: Int) -> UInt32 {
    let first = text[position]
    position += 1
    if first < 0x80 { return UInt32(first) }
    var code = UInt32(first) & (first < 0xE0 ? 0x1F : first < 0xF0 ? 0x0F : 0x07)
    while position < end, text[position] & 0xC0 == 0x80 {
      code = code << 6 | UInt32(text[position] & 0x3F)
      position += 1
    }
    return code
  }

  private static func holds(_ kind: Int32, _ text: Span<UInt8>, _ range: Range<Int>, _ position: Int) -> Bool
  {
    switch RegexProgram.Assertion(rawValue: kind) {
    case .textStart?: return position == range.lowerBound
    case .textEnd?: return position == range.upperBound
    case .lineStart?: return position == range.lowerBound || text[position - 1] == 10
    case .lineEnd?: return position == range.upperBound || text[position] == 10
    case .wordBoundary?: return isBoundary(text, range, position)
    case .noWordBoundary?: return !isBoundary(text, range, position)
    case .none: return false
    }
  }

  private static func isBoundary(_ text: Span<UInt8>, _ range: Range<Int>, _ position: Int) -> Bool {
    var before = false
    if position > range.lowerBound {
      var start = position - 1
      while start > range.lowerBound, text[start] & 0xC0 == 0x80 { start -= 1 }
      before = RegexClasses.word.contains(scalar(text, &start, range.upperBound))
    }
    var after = false
    if position < range.upperBound {
      var start = position
      after = RegexClasses.word.contains(scalar(text, &start, range.upperBound))
    }
    return before != after
  }
}

/// The matcher of the last pattern met: one for a batch whose pattern is constant.
struct RegexCache {
  private var pattern: [UInt8] = []
  private var matcher: RegexMatcher?

  init() {}

  /// Compiled at once when the pattern is a literal; one that is no pattern fails at its first row.
  init(_ argument: ScalarExpression) {
    guard case .literal(.bytes(let text)) = argument.node, let program = try? RegexCompiler.compile(text)
    else { return }
    pattern = text
    matcher = RegexMatcher(program)
  }

  /// The first match in `text[range]` at `start` or behind it; its groups can be asked for until the next
  /// call.
  mutating func find(
    _ lane: ByteLane, _ row: Int, in text: [UInt8], _ range: Range<Int>, from start: Int
  ) throws(EvaluationError) -> Bool {
    if matcher == nil || !lane.isConstant {
      let wanted = lane.value(row)
      if matcher == nil || wanted != pattern {
        matcher = RegexMatcher(try RegexCompiler.compile(wanted))
        pattern = wanted
      }
    }
    return try matcher?.find(text, range, from: start) ?? false
  }

  func group(_ index: Int) -> Range<Int>? { matcher?.group(index) }
  var groupCount: Int { matcher?.program.groupCount ?? 0 }
  func group(named name: String) -> Int? { matcher?.program.names[name] }
}
