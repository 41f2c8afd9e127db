import Platform
import WireTypes

extension ScriptEvaluator {
  /// All arguments as values; functions are refused.
  mutating func values(_ arguments: [ScriptArgument], at position: Int) throws(ExpressionFault)
    -> [ScriptValue]
  {
    var out: [ScriptValue] = []
    for argument in arguments {
      guard case .value(let element) = argument else {
        throw ExpressionFault("a function is only allowed as an argument of a list's method", at: position)
      }
      out += try spread(element, at: position)
    }
    return out
  }

  mutating func callFunction(
    _ name: String, _ arguments: [ScriptArgument], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    let values = try self.values(arguments, at: position)
    guard let result = try convert(name, values, at: position) else {
      throw ExpressionFault("\(name) is not a function", at: position)
    }
    return result
  }

  /// The functions without a namespace; nil for an unknown name. They also serve as arguments:
  /// `filter(Boolean)`.
  mutating func convert(
    _ name: String, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    let first = values.first ?? .undefined
    switch name {
    case "Number": return values.isEmpty ? .number(0) : asNumber(first)
    case "String": return .string(values.isEmpty ? "" : try text(first, at: position))
    case "Boolean": return .bool(first.isTrue)
    case "parseFloat": return .number(ScriptNumber.readPrefix(try text(first, at: position)))
    case "parseInt": return .number(try integerPrefix(values, at: position))
    case "isNaN": return .bool(first.numeric.isNaN)
    case "isFinite": return .bool(first.numeric.isFinite)
    case "encodeURIComponent": return try percentEncoded(try text(first, at: position), at: position)
    default: return nil
    }
  }

  private func asNumber(_ value: ScriptValue) -> ScriptValue {
    switch value {
    case .digits: value
    case .string(let text): ScriptValue(number: ScriptNumber.read(text), written: text)
    default: .number(value.numeric)
    }
  }

  private mutating func integerPrefix(_ values: [ScriptValue], at position: Int) throws(ExpressionFault)
    -> Double
  {
    let text = try self.text(values.first ?? .undefined, at: position)
    let radix = values.count > 1 ? ScriptNumber.place(values[1].numeric) : 10
    guard (2...36).contains(radix) || radix == 0 else { return .nan }
    var rest = text.drop { $0.isWhitespace }
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    var value = 0.0
    var count = 0
    for character in rest {
      guard let digit = character.hexDigitValue ?? Self.letterValue(character),
        digit < (radix == 0 ? 10 : radix)
      else { break }
      value = value * Double(radix == 0 ? 10 : radix) + Double(digit)
      count += 1
    }
    try charge(count / 16, at: position)
    return count == 0 ? .nan : isNegative ? -value : value
  }

  private static func letterValue(_ character: Character) -> Int? {
    guard let ascii = character.asciiValue, (0x61...0x7A).contains(ascii | 0x20) else { return nil }
    return Int(ascii | 0x20) - 0x61 + 10
  }

  private mutating func percentEncoded(_ text: String, at position: Int) throws(ExpressionFault)
    -> ScriptValue
  {
    let hex = Array("0123456789ABCDEF".utf8)
    let kept = Array("-_.!~*'()".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      let isLetter = (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
      if isLetter || kept.contains(byte) {
        out.append(byte)
      } else {
        out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return try made(String(decoding: out, as: UTF8.self), at: position)
  }

  // MARK: Namespaces

  /// `Math.max(…)` and its like; nil when the object is no namespace.
  mutating func callNamespace(
    _ object: ScriptIndex, _ name: String, _ arguments: [ScriptArgument], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    guard case .name(let space) = program.nodes[object],
      !variables.contains(where: { ScriptText.same($0.name, space) })
    else { return nil }
    let result: ScriptValue?
    switch space {
    case "Math": result = mathematics(name, try values(arguments, at: position))
    case "JSON": result = try json(name, try values(arguments, at: position), at: position)
    case "Object": result = try objects(name, try values(arguments, at: position), at: position)
    case "Number", "String": result = try numbers(name, try values(arguments, at: position), at: position)
    case "Array":
      guard name == "isArray" else { throw ExpressionFault("Array.\(name) is not available", at: position) }
      result = .bool(try values(arguments, at: position).first?.isList ?? false)
    case "Date": throw ExpressionFault("Date is not available: runs are replayed", at: position)
    default: return nil
    }
    guard let result else { throw ExpressionFault("\(space).\(name) is not available", at: position) }
    return result
  }

  private func mathematics(_ name: String, _ values: [ScriptValue]) -> ScriptValue? {
    let first = values.first?.numeric ?? .nan
    let second = values.count > 1 ? values[1].numeric : .nan
    let result: Double
    switch name {
    case "abs": result = abs(first)
    case "ceil": result = first.rounded(.up)
    case "floor": result = first.rounded(.down)
    case "round": result = first.magnitude < ScriptNumber.exactMax ? (first + 0.5).rounded(.down) : first
    case "trunc": result = first.rounded(.towardZero)
    case "sign": result = first > 0 ? 1 : first < 0 ? -1 : first
    case "sqrt": result = first.squareRoot()
    case "cbrt": result = RealFunctions.cubeRoot(first)
    case "exp": result = RealFunctions.exponential(first)
    case "log": result = RealFunctions.naturalLogarithm(first)
    case "log2": result = RealFunctions.logarithm2(first)
    case "log10": result = RealFunctions.logarithm10(first)
    case "pow": result = RealFunctions.power(first, second)
    case "min": result = Self.extreme(values, start: .infinity) { $0 < $1 }
    case "max": result = Self.extreme(values, start: -.infinity) { $0 > $1 }
    default: return nil
    }
    return .number(result)
  }

  private static func extreme(
    _ values: [ScriptValue], start: Double, isBetter: (Double, Double) -> Bool
  ) -> Double {
    var best = start
    for value in values {
      let number = value.numeric
      if number.isNaN { return .nan }
      if isBetter(number, best) { best = number }
    }
    return best
  }

  private mutating func json(
    _ name: String, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    let first = values.first ?? .undefined
    switch name {
    case "stringify":
      if first.isUndefined { return .undefined }
      guard values.count > 2, values[2].isTrue else { return .string(try encoded(first, at: position)) }
      var printer = IndentedJSON(indent: max(0, min(10, ScriptNumber.place(values[2].numeric))))
      _ = try encoded(first, at: position)
      printer.write(first.json, depth: 0)
      return try made(printer.text, at: position)
    case "parse":
      let text = try self.text(first, at: position)
      try charge(text.utf8.count / 16, at: position)
      do { return ScriptValue(try JSONValue(parsing: text)) } catch {
        throw ExpressionFault("JSON.parse: \(error.message)", at: position)
      }
    default: return nil
    }
  }

  private mutating func objects(
    _ name: String, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    guard name == "keys" || name == "values" || name == "entries" else { return nil }
    let first = values.first ?? .undefined
    guard !first.isNullish else { throw ExpressionFault("\(first.kind) has no members", at: position) }
    var members = first.members ?? []
    for place in 0..<(first.count ?? 0) {
      members.append(ScriptMember(name: String(place), value: first.element(place)))
    }
    try charge(members.count, at: position)
    switch name {
    case "keys": return try list(members.map { .string($0.name) }, at: position)
    case "values": return try list(members.map(\.value), at: position)
    default:
      var entries: [ScriptValue] = []
      for member in members { entries.append(try list([.string(member.name), member.value], at: position)) }
      return try list(entries, at: position)
    }
  }

  private mutating func numbers(
    _ name: String, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    let first = values.first ?? .undefined
    guard case .number(let number) = first else {
      switch name {
      case "isInteger":
        if case .digits = first { return .bool(true) }
        return .bool(false)
      case "isFinite", "isNaN", "isSafeInteger": return .bool(false)
      default: return try convert(name, values, at: position)
      }
    }
    switch name {
    case "isInteger": return .bool(number.isFinite && number == number.rounded())
    case "isSafeInteger": return .bool(number == number.rounded() && abs(number) < ScriptNumber.exactMax)
    case "isFinite": return .bool(number.isFinite)
    case "isNaN": return .bool(number.isNaN)
    default: return try convert(name, values, at: position)
    }
  }
}

/// JSON text on several lines, as `JSON.stringify(value, null, indent)` writes it.
private struct IndentedJSON {
  let indent: Int
  private(set) var text = ""

  init(indent: Int) { self.indent = indent }

  private func line(_ depth: Int) -> String { "\n" + String(repeating: " ", count: depth * indent) }

  mutating func write(_ value: JSONValue, depth: Int) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      text += "["
      for (index, element) in elements.enumerated() {
        text += (index > 0 ? "," : "") + line(depth + 1)
        write(element, depth: depth + 1)
      }
      text += line(depth) + "]"
    case .object(let members) where !members.isEmpty:
      text += "{"
      for (index, member) in members.enumerated() {
        text += (index > 0 ? "," : "") + line(depth + 1) + JSONValue.string(member.name).encoded + ": "
        write(member.value, depth: depth + 1)
      }
      text += line(depth) + "}"
    default: text += value.encoded
    }
  }
}
