import DataModel

/// Tree to program.
struct RegexCompiler {
  private var instructions: [RegexProgram.Instruction] = []
  private var sets: [ScalarSet] = []

  static func compile(_ pattern: [UInt8]) throws(EvaluationError) -> RegexProgram {
    let text = String(decoding: pattern, as: UTF8.self)
    do throws(RegexFault) {
      var parser = RegexParser(text)
      let node = try parser.parse()
      var compiler = RegexCompiler()
      compiler.emit(.save, 0)
      try compiler.emit(node)
      compiler.emit(.save, 1)
      compiler.emit(.match)
      return RegexProgram(
        instructions: compiler.instructions, sets: compiler.sets, groupCount: parser.groupCount,
        names: parser.names, firstBytes: compiler.firstBytes())
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
    return instructions.count - 1
  }

  private var next: Int32 { Int32(truncatingIfNeeded: instructions.count) }

  private mutating func emit(_ node: RegexNode) throws(RegexFault) {
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
    case .sequence(let items): for item in items { try emit(item) }
    case .group(let body, let index):
      emit(.save, 2 * index)
      try emit(body)
      emit(.save, 2 * index + 1)
    case .alternatives(let branches): try emit(branches)
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
  private func firstBytes() -> [Bool]? {
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
      case .take:
        let set = sets[Int(instruction.x)]
        for code in 0..<128 where set.contains(UInt32(code)) { result[code] = true }
        for byte in 128..<256 { result[byte] = true }
      }
    }
    return result
  }
}
