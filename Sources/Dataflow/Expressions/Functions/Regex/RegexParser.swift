import DataModel

/// A regular expression as a tree.
indirect enum RegexNode {
  case empty
  case set(ScalarSet)
  case any(dotAll: Bool)
  case assertion(RegexProgram.Assertion)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  case repeated(RegexNode, min: Int, max: Int?, greedy: Bool)
  case group(RegexNode, Int)
}

/// Why a pattern is none.
struct RegexFault: Error {
  let reason: String
}

/// Reads the syntax of RE2 and Rust's `regex`: what can be matched in linear time, so neither back-references
/// nor lookaround.
struct RegexParser {
  private let pattern: [UnicodeScalar]
  private var at = 0
  private var depth = 0
  private(set) var groupCount = 0
  private(set) var names: [String: Int] = [:]
  private var ignoreCase = false
  private var dotAll = false
  private var multiline = false

  init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

  mutating func parse() throws(RegexFault) -> RegexNode {
    let node = try alternatives()
    guard at == pattern.count else { throw RegexFault(reason: "unopened group") }
    return node
  }

  private func peek(_ ahead: Int = 0) -> UnicodeScalar? {
    at + ahead < pattern.count ? pattern[at + ahead] : nil
  }

  private mutating func accept(_ scalar: UnicodeScalar) -> Bool {
    guard peek() == scalar else { return false }
    at += 1
    return true
  }

  private mutating func alternatives() throws(RegexFault) -> RegexNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 100 else { throw RegexFault(reason: "nested too deeply") }
    var branches = [try sequence()]
    while accept("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(RegexFault) -> RegexNode {
    var items: [RegexNode] = []
    while let next = peek(), next != "|", next != ")" {
      guard let atom = try atom() else { continue }
      items.append(try quantified(atom))
    }
    return items.count == 1 ? items[0] : items.isEmpty ? .empty : .sequence(items)
  }

  private mutating func quantified(_ atom: RegexNode) throws(RegexFault) -> RegexNode {
    var node = atom
    while let next = peek() {
      var bounds: (min: Int, max: Int?)
      switch next {
      case "*": bounds = (0, nil)
      case "+": bounds = (1, nil)
      case "?": bounds = (0, 1)
      case "{":
        guard let counted = try counted() else { return node }
        bounds = counted
        at -= 1
      default: return node
      }
      at += 1
      let greedy = !accept("?")
      node = .repeated(node, min: bounds.min, max: bounds.max, greedy: greedy)
    }
    return node
  }

  /// `{m}`, `{m,}`, `{m,n}`; nil when the brace is a plain character.
  private mutating func counted() throws(RegexFault) -> (min: Int, max: Int?)? {
    let start = at
    at += 1
    guard let low = number() else {
      at = start
      return nil
    }
    var high: Int? = low
    if accept(",") { high = number() }
    guard accept("}") else {
      at = start
      return nil
    }
    guard low <= 1000, high.map({ $0 >= low && $0 <= 1000 }) ?? true else {
      throw RegexFault(reason: "invalid repetition count")
    }
    return (low, high)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = peek(), ("0"..."9").contains(scalar) {
      value = min((value ?? 0) * 10 + Int(scalar.value - 48), 1_000_000)
      at += 1
    }
    return value
  }

  /// Nil for what only sets flags.
  private mutating func atom() throws(RegexFault) -> RegexNode? {
    guard let next = peek() else { return .empty }
    at += 1
    switch next {
    case "(": return try group()
    case "[": return .set(try bracket())
    case ".": return .any(dotAll: dotAll)
    case "^": return .assertion(multiline ? .lineStart : .textStart)
    case "$": return .assertion(multiline ? .lineEnd : .textEnd)
    case "\\": return try escape()
    case "*", "+", "?": throw RegexFault(reason: "repetition operator missing expression")
    case "{":
      at -= 1
      if try counted() != nil { throw RegexFault(reason: "repetition operator missing expression") }
      at += 1
      return literal(next)
    default: return literal(next)
    }
  }

  private func literal(_ scalar: UnicodeScalar) -> RegexNode {
    var set = ScalarSet()
    set.insert(scalar.value...scalar.value)
    if ignoreCase { set.foldCase() }
    return .set(set)
  }

  private mutating func group() throws(RegexFault) -> RegexNode? {
    let saved = (ignoreCase, dotAll, multiline)
    var index: Int?
    if accept("?") {
      if accept(":") {
        index = nil
      } else if peek() == "<" || (peek() == "P" && peek(1) == "<") {
        at += peek() == "P" ? 2 : 1
        guard peek() != "=", peek() != "!" else { throw RegexFault(reason: "lookaround is not supported") }
        groupCount += 1
        index = groupCount
        names[try name()] = groupCount
      } else {
        guard try flags() else { return nil }
      }
    } else {
      groupCount += 1
      index = groupCount
    }
    let body = try alternatives()
    guard accept(")") else { throw RegexFault(reason: "unclosed group") }
    (ignoreCase, dotAll, multiline) = saved
    return index.map { .group(body, $0) } ?? body
  }

  private mutating func name() throws(RegexFault) -> String {
    var name = ""
    while let scalar = peek(), scalar != ">" {
      guard scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" else { break }
      name.unicodeScalars.append(scalar)
      at += 1
    }
    guard accept(">"), !name.isEmpty, names[name] == nil else {
      throw RegexFault(reason: "invalid group name")
    }
    return name
  }

  /// Whether a group follows: `(?i:`, not `(?i)`.
  private mutating func flags() throws(RegexFault) -> Bool {
    var value = true
    while let scalar = peek() {
      at += 1
      switch scalar {
      case "-": value = false
      case "i": ignoreCase = value
      case "s": dotAll = value
      case "m": multiline = value
      case ")": return false
      case ":": return true
      case "=", "!": throw RegexFault(reason: "lookaround is not supported")
      default: throw RegexFault(reason: "unrecognized flag")
      }
    }
    throw RegexFault(reason: "unclosed group")
  }

  // MARK: Escapes and sets

  private mutating func escape() throws(RegexFault) -> RegexNode {
    guard let next = peek() else { throw RegexFault(reason: "incomplete escape sequence") }
    switch next {
    case "b", "B", "A", "z", "Z":
      at += 1
      let kind: RegexProgram.Assertion =
        next == "b" ? .wordBoundary : next == "B" ? .noWordBoundary : next == "A" ? .textStart : .textEnd
      return .assertion(kind)
    case "1"..."9": throw RegexFault(reason: "backreferences are not supported")
    default:
      var set = try escapedSet()
      if ignoreCase { set.foldCase() }
      return .set(set)
    }
  }

  /// What an escape stands for, behind the backslash.
  private mutating func escapedSet() throws(RegexFault) -> ScalarSet {
    guard let next = peek() else { throw RegexFault(reason: "incomplete escape sequence") }
    at += 1
    if let shorthand = RegexClasses.shorthand(next) { return shorthand }
    let code: UInt32
    switch next {
    case "n": code = 10
    case "t": code = 9
    case "r": code = 13
    case "f": code = 12
    case "v": code = 11
    case "a": code = 7
    case "e": code = 27
    case "0": code = 0
    case "x": code = try hexadecimal(2)
    case "u": code = try hexadecimal(4)
    default:
      guard !next.properties.isAlphabetic, !("0"..."9").contains(next) else {
        throw RegexFault(reason: "unrecognized escape sequence '\\\(next)'")
      }
      code = next.value
    }
    var set = ScalarSet()
    set.insert(code...code)
    return set
  }

  private mutating func hexadecimal(_ digits: Int) throws(RegexFault) -> UInt32 {
    let braced = accept("{")
    var text = ""
    while let scalar = peek(), braced ? scalar != "}" : text.count < digits, text.count < 8 {
      text.unicodeScalars.append(scalar)
      at += 1
    }
    guard !braced || accept("}"), let code = UInt32(text, radix: 16), UnicodeScalar(code) != nil else {
      throw RegexFault(reason: "invalid hexadecimal escape")
    }
    return code
  }

  /// A bracket expression, behind its `[`.
  private mutating func bracket() throws(RegexFault) -> ScalarSet {
    var set = ScalarSet()
    let negated = accept("^")
    var isFirst = true
    while let next = peek(), next != "]" || isFirst {
      isFirst = false
      if next == "[", peek(1) == ":" {
        set.insert(try posixClass())
        continue
      }
      let low = try member()
      guard peek() == "-", let after = peek(1), after != "]" else {
        set.insert(low)
        continue
      }
      at += 1
      let high = try member()
      guard let first = RegexClasses.single(low), let last = RegexClasses.single(high), first <= last else {
        throw RegexFault(reason: "invalid character class range")
      }
      set.insert(first...last)
    }
    guard accept("]") else { throw RegexFault(reason: "unclosed character class") }
    if ignoreCase { set.foldCase() }
    if negated { set.negate() }
    return set
  }

  private mutating func member() throws(RegexFault) -> ScalarSet {
    guard let next = peek() else { throw RegexFault(reason: "unclosed character class") }
    at += 1
    if next == "\\" {
      if peek() == "b" {
        at += 1
        return RegexClasses.set(8...8)
      }
      return try escapedSet()
    }
    return RegexClasses.set(next.value...next.value)
  }

  private mutating func posixClass() throws(RegexFault) -> ScalarSet {
    at += 2
    let negated = accept("^")
    var name = ""
    while let scalar = peek(), scalar != ":", name.count < 10 {
      name.unicodeScalars.append(scalar)
      at += 1
    }
    guard accept(":"), accept("]"), var set = RegexClasses.posix(name) else {
      throw RegexFault(reason: "unrecognized character class")
    }
    if negated { set.negate() }
    return set
  }
}

/// Named sets of characters, ASCII as in POSIX.
enum RegexClasses {
  static func set(_ ranges: ClosedRange<UInt32>...) -> ScalarSet {
    var set = ScalarSet()
    for range in ranges { set.insert(range) }
    return set
  }

  /// The one character of a set; nil for others.
  static func single(_ set: ScalarSet) -> UInt32? {
    if set.isNegated { return nil }
    if set.ranges.isEmpty, set.low.nonzeroBitCount + set.high.nonzeroBitCount == 1 {
      return UInt32(set.low != 0 ? set.low.trailingZeroBitCount : set.high.trailingZeroBitCount + 64)
    }
    guard set.low == 0, set.high == 0, set.ranges.count == 1, set.ranges[0].count == 1 else { return nil }
    return set.ranges[0].lowerBound
  }

  static func shorthand(_ letter: UnicodeScalar) -> ScalarSet? {
    var result: ScalarSet
    switch letter {
    case "d", "D": result = set(0x30...0x39)
    case "s", "S":
      result = set(0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x2000...0x200A, 0x2028...0x2029)
    case "w", "W": result = word
    default: return nil
    }
    if letter.value < 0x61 { result.negate() }
    return result
  }

  /// ASCII letters, digits and underscore, and the letters of the greater scripts.
  static let word = set(
    0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A, 0xAA...0xAA, 0xB5...0xB5, 0xBA...0xBA, 0xC0...0xD6,
    0xD8...0xF6, 0xF8...0x2FF, 0x300...0x37D, 0x37F...0x1FFF, 0x2C00...0x2FEF, 0x3040...0xD7FF,
    0xF900...0xFDFF, 0xFE70...0xFEFC, 0x10000...0x1F000, 0x20000...0x323AF)

  static func posix(_ name: String) -> ScalarSet? {
    switch name {
    case "alnum": set(0x30...0x39, 0x41...0x5A, 0x61...0x7A)
    case "alpha": set(0x41...0x5A, 0x61...0x7A)
    case "blank": set(0x09...0x09, 0x20...0x20)
    case "cntrl": set(0x00...0x1F, 0x7F...0x7F)
    case "digit": set(0x30...0x39)
    case "graph": set(0x21...0x7E)
    case "lower": set(0x61...0x7A)
    case "print": set(0x20...0x7E)
    case "punct": set(0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E)
    case "space": set(0x09...0x0D, 0x20...0x20)
    case "upper": set(0x41...0x5A)
    case "word": set(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    case "xdigit": set(0x30...0x39, 0x41...0x46, 0x61...0x66)
    default: nil
    }
  }
}
