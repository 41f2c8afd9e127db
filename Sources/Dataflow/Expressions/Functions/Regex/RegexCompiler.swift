import DataModel

/// Tree to program.
struct RegexCompiler {
  private(set) var instructions: [RegexProgram.Instruction] = []
  private(set) var sets: [ScalarSet] = []
  private(set) var literals: [UInt8] = []
  private(set) var splitCount = 0

  static func compile(_ pattern: [UInt8]) throws(EvaluationError) -> RegexProgram {
    let text = String(decoding: pattern, as: UTF8.self)
    do throws(RegexFault) {
      var parser = RegexParser(text)
      let node = try parser.parse()
      var compiler = RegexCompiler()
      compiler.emit(.save, 0)
      try compiler.emit(node, isLast: true)
      compiler.emit(.save, 1)
      compiler.emit(.match)
      return RegexProgram(compiler, parser, node)
    } catch {
      throw EvaluationError(
        .invalidArgument, "invalid regular expression '\(text.prefix(100))': \(error.reason)")
    }
  }

  @discardableResult
  private mutating func emit(_ operation: RegexProgram.Operation, _ x: Int = 0, _ y: Int = 0) -> Int {
    instructions.append(
      RegexProgram.Instruction(
        operation: operation, x: Int32(truncatingIfNeeded: x), y: Int32(truncatingIfNeeded: y)))
    if operation == .split {
      instructions[instructions.count - 1].z = Int32(truncatingIfNeeded: splitCount)
      splitCount += 1
    }
    return instructions.count - 1
  }

  private var next: Int32 { Int32(truncatingIfNeeded: instructions.count) }

  /// `isLast`: only the end of the match follows.
  private mutating func emit(_ node: RegexNode, isLast: Bool = false) throws(RegexFault) {
    guard instructions.count <= RegexProgram.lengthMax else {
      throw RegexFault(reason: "compiled expression is too large")
    }
    switch node {
    case .empty: break
    case .set(let set):
      sets.append(set)
      emit(.take, sets.count - 1)
    case .any(let dotAll): emit(.any, dotAll ? 1 : 0)
    case .assertion(let kind): emit(.assert, Int(kind.rawValue))
    case .sequence(let items): try emit(sequence: items, isLast: isLast)
    case .group(let body, let index):
      emit(.save, 2 * index)
      try emit(body, isLast: isLast)
      emit(.save, 2 * index + 1)
    case .alternatives(let branches): try emit(branches)
    case .repeated(.set(let set), let min, nil, true) where isLast && min < 2:
      sets.append(set)
      emit(.span, sets.count - 1, min)
    case .repeated(let body, let min, let max, let greedy):
      if let max {
        for _ in 0..<min { try emit(body) }
        var splits: [Int] = []
        for _ in min..<max {
          splits.append(emit(.split))
          try emit(body)
        }
        for split in splits.reversed() { setTargets(split, Int32(split) + 1, next, greedy) }
      } else {
        try loop(body, min: min, greedy: greedy)
      }
    }
  }

  /// Single characters behind each other are one literal.
  private mutating func emit(sequence items: [RegexNode], isLast: Bool) throws(RegexFault) {
    var index = 0
    while index < items.count {
      let literal = RegexLiterals.prefix(items[index...])
      if literal.count > 1 {
        emit(.literal, literals.count, literals.count + literal.bytes.count)
        literals += literal.bytes
        index += literal.count
      } else {
        try emit(items[index], isLast: isLast && index == items.count - 1)
        index += 1
      }
    }
  }

  /// `x*` is `(x+)?`, so that a body that takes nothing ends the loop as it does in RE2.
  private mutating func loop(_ body: RegexNode, min: Int, greedy: Bool) throws(RegexFault) {
    let outer = min == 0 ? emit(.split) : nil
    for _ in 1..<max(min, 1) { try emit(body) }
    let start = next
    try emit(body)
    let split = emit(.split)
    setTargets(split, start, next, greedy)
    if let outer { setTargets(outer, Int32(outer) + 1, next, greedy) }
  }

  private mutating func emit(_ branches: [RegexNode]) throws(RegexFault) {
    var jumps: [Int] = []
    for (index, branch) in branches.enumerated() {
      guard index + 1 < branches.count else {
        try emit(branch)
        break
      }
      let split = emit(.split)
      try emit(branch)
      jumps.append(emit(.jump))
      setTargets(split, Int32(split) + 1, next, true)
    }
    for jump in jumps { instructions[jump].x = next }
  }

  private mutating func setTargets(_ split: Int, _ body: Int32, _ after: Int32, _ greedy: Bool) {
    instructions[split].x = greedy ? body : after
    instructions[split].y = greedy ? after : body
  }

  /// Bytes with which a match behind the start of the text can begin; nil when that says nothing.
  func firstBytes() -> [Bool]? {
    var result = [Bool](repeating: false, count: 256)
    var seen = [Bool](repeating: false, count: instructions.count)
    var open = [0]
    while let at = open.popLast() {
      guard at < instructions.count, !seen[at] else { continue }
      seen[at] = true
      let instruction = instructions[at]
      switch instruction.operation {
      case .assert where instruction.x == RegexProgram.Assertion.textStart.rawValue: break
      case .match, .assert, .any: return nil
      case .save: open.append(at + 1)
      case .jump: open.append(Int(instruction.x))
      case .split: open += [Int(instruction.x), Int(instruction.y)]
      case .literal: result[Int(literals[Int(instruction.x)])] = true
      case .span where instruction.y == 0: return nil
      case .take, .span:
        let set = sets[Int(instruction.x)]
        for code in 0..<128 where set.contains(UInt32(code)) { result[code] = true }
        for byte in 128..<256 { result[byte] = true }
      }
    }
    return result
  }
}

/// Fixed strings inside a regular expression.
enum RegexLiterals {
  private static func scalar(_ node: RegexNode) -> UnicodeScalar? {
    guard case .set(let set) = node, let code = RegexClasses.single(set) else { return nil }
    return UnicodeScalar(code)
  }

  /// The single characters in front, as UTF-8, and how many they are.
  static func prefix(_ items: ArraySlice<RegexNode>) -> (bytes: [UInt8], count: Int) {
    var bytes: [UInt8] = []
    var count = 0
    for item in items {
      guard let scalar = scalar(item) else { break }
      bytes += Array(String(scalar).utf8)
      count += 1
    }
    return (bytes, count)
  }

  /// The longest string that is part of every match, empty when none is found, and the most bytes that a match
  /// can have in front of it.
  static func required(_ node: RegexNode) -> (bytes: [UInt8], reach: Int?) {
    switch node {
    case .empty, .any, .assertion, .alternatives: return ([], nil)
    case .set: return (prefix([node]).bytes, 0)
    case .group(let body, _): return required(body)
    case .repeated(let body, let min, let max, _):
      guard min > 0 else { return ([], nil) }
      let inner = required(body)
      return (inner.bytes, max == 1 ? inner.reach : nil)
    case .sequence(let items):
      var best: (bytes: [UInt8], reach: Int?) = ([], nil)
      var before: Int? = 0
      var index = 0
      while index < items.count {
        let literal = prefix(items[index...])
        let taken = max(literal.count, 1)
        let found = literal.count > 0 ? (literal.bytes, 0) : required(items[index])
        if found.0.count > best.bytes.count { best = (found.0, sum(before, found.1)) }
        for item in items[index..<index + taken] { before = sum(before, width(item)) }
        index += taken
      }
      return best
    }
  }

  private static func sum(_ a: Int?, _ b: Int?) -> Int? {
    guard let a, let b, a + b < 1 << 20 else { return nil }
    return a + b
  }

  /// Most bytes that a match of the node has; nil without a bound.
  private static func width(_ node: RegexNode) -> Int? {
    switch node {
    case .empty, .assertion: return 0
    case .set, .any: return 4
    case .group(let body, _): return width(body)
    case .sequence(let items): return items.reduce(0) { sum($0, width($1)) }
    case .alternatives(let branches):
      var most = 0
      for branch in branches {
        guard let own = width(branch) else { return nil }
        most = max(most, own)
      }
      return most
    case .repeated(let body, _, let max, _):
      guard let max, let one = width(body), one * max < 1 << 20 else { return nil }
      return one * max
    }
  }
}
