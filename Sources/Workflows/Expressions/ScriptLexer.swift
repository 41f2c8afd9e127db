enum ScriptToken: Sendable, Equatable {
  case mark(ScriptMark)
  case name(String)
  case number(Double, text: String)
  case string(String)
  case end
}

/// Cuts an expression into tokens one at a time, so that an expression may end inside a longer text.
struct ScriptLexer: Sendable {
  let units: [UInt16]
  var position: Int

  init(units: [UInt16], position: Int = 0) {
    self.units = units
    self.position = position
  }

  var unit: UInt16? { position < units.count ? units[position] : nil }

  func text(_ range: Range<Int>) -> String { String(decoding: units[range], as: UTF16.self) }

  mutating func skipBlanks() {
    while let unit, ScriptText.isBlank(unit) { position += 1 }
  }

  /// The next token and where it begins.
  mutating func next() throws(ExpressionFault) -> (token: ScriptToken, position: Int) {
    skipBlanks()
    let start = position
    guard let unit else { return (.end, start) }
    if ScriptText.isNameStart(unit) {
      while let unit = self.unit, ScriptText.isNamePart(unit) { position += 1 }
      return (.name(text(start..<position)), start)
    }
    let following = position + 1 < units.count ? units[position + 1] : 0
    if ScriptText.isDigit(unit) || (unit == UInt16(ascii: ".") && ScriptText.isDigit(following)) {
      return (try number(), start)
    }
    if unit == UInt16(ascii: "'") || unit == UInt16(ascii: "\"") {
      position += 1
      return (.string(try quoted(until: unit)), start)
    }
    for (mark, marked) in ScriptMark.byLength where units[start...].starts(with: marked) {
      // `a?.5:1` is a conditional.
      if mark == .optionalDot, start + 2 < units.count, ScriptText.isDigit(units[start + 2]) { continue }
      position += marked.count
      return (.mark(mark), start)
    }
    throw ExpressionFault("unexpected character '\(text(start..<start + 1))'", at: start)
  }

  private mutating func number() throws(ExpressionFault) -> ScriptToken {
    let start = position
    func digits(_ lexer: inout ScriptLexer) {
      while let unit = lexer.unit, ScriptText.isDigit(unit) || unit == UInt16(ascii: "_") {
        lexer.position += 1
      }
    }
    digits(&self)
    if unit == UInt16(ascii: ".") {
      position += 1
      digits(&self)
    }
    if let unit, unit | 0x20 == UInt16(ascii: "e") {
      position += 1
      if let sign = self.unit, sign == UInt16(ascii: "+") || sign == UInt16(ascii: "-") { position += 1 }
      digits(&self)
    }
    let written = text(start..<position).filter { $0 != "_" }
    let follows = unit.map(ScriptText.isNamePart) ?? false
    guard !follows, let value = Double(written) else { throw ExpressionFault("not a number", at: start) }
    return .number(value, text: written)
  }

  private mutating func quoted(until quote: UInt16) throws(ExpressionFault) -> String {
    let start = position - 1
    var out: [UInt16] = []
    while let unit {
      position += 1
      if unit == quote { return String(decoding: out, as: UTF16.self) }
      if unit == UInt16(ascii: "\n") { break }
      if unit == UInt16(ascii: "\\") { try escape(into: &out) } else { out.append(unit) }
    }
    throw ExpressionFault("text without end", at: start)
  }

  /// The rest of an escape after its backslash.
  mutating func escape(into out: inout [UInt16]) throws(ExpressionFault) {
    guard let unit else { throw ExpressionFault("text without end", at: position) }
    let start = position - 1
    position += 1
    switch unit {
    case UInt16(ascii: "n"): out.append(0x0A)
    case UInt16(ascii: "r"): out.append(0x0D)
    case UInt16(ascii: "t"): out.append(0x09)
    case UInt16(ascii: "b"): out.append(0x08)
    case UInt16(ascii: "f"): out.append(0x0C)
    case UInt16(ascii: "v"): out.append(0x0B)
    case UInt16(ascii: "0"): out.append(0)
    case 0x0A: break
    case UInt16(ascii: "x"): out.append(try hexadecimal(2, from: start))
    case UInt16(ascii: "u"): out.append(try hexadecimal(4, from: start))
    default: out.append(unit)
    }
  }

  private mutating func hexadecimal(_ count: Int, from start: Int) throws(ExpressionFault) -> UInt16 {
    guard units.count - position >= count,
      let value = UInt16(text(position..<position + count), radix: 16),
      units[position] != UInt16(ascii: "+")
    else { throw ExpressionFault("not an escape of \(count) hexadecimal digits", at: start) }
    position += count
    return value
  }
}

/// Classes of UTF-16 code units, and texts as JavaScript sees them.
enum ScriptText {
  static func isDigit(_ unit: UInt16) -> Bool { (0x30...0x39).contains(unit) }

  static func isNameStart(_ unit: UInt16) -> Bool {
    (0x41...0x5A).contains(unit) || (0x61...0x7A).contains(unit) || unit == 0x5F || unit == 0x24
      || (unit > 0xBF && unit != 0xD7 && unit != 0xF7 && !isBlank(unit))
  }

  static func isNamePart(_ unit: UInt16) -> Bool { isNameStart(unit) || isDigit(unit) }

  static func isBlank(_ unit: UInt16) -> Bool {
    switch unit {
    case 0x09...0x0D, 0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
      true
    default: false
    }
  }

  /// Equal code unit by code unit; Swift's `==` would join composed and decomposed letters.
  static func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf16.lexicographicallyPrecedes(right.utf16)
  }
}

extension UInt16 {
  init(ascii scalar: Unicode.Scalar) { self = UInt16(truncatingIfNeeded: scalar.value) }
}
