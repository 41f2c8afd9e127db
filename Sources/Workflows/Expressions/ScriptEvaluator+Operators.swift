import Platform
import WireTypes

extension ScriptEvaluator {
  func unary(_ mark: ScriptMark, _ operand: ScriptValue) throws(ExpressionFault) -> ScriptValue {
    switch mark {
    case .not: return .bool(!operand.isTrue)
    case .minus:
      if case .digits(let text) = operand {
        return .digits(text.hasPrefix("-") ? String(text.dropFirst()) : "-" + text)
      }
      return .number(-operand.numeric)
    default: return .number(operand.numeric)
    }
  }

  mutating func binary(
    _ mark: ScriptMark, _ left: ScriptValue, _ right: ScriptValue, at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    switch mark {
    case .plus: return try sum(left, right, at: position)
    case .minus: return .number(left.numeric - right.numeric)
    case .times: return .number(left.numeric * right.numeric)
    case .divide: return .number(left.numeric / right.numeric)
    case .remainder: return .number(left.numeric.truncatingRemainder(dividingBy: right.numeric))
    case .power:
      let (base, exponent) = (left.numeric, right.numeric)
      // JavaScript has no number for 1 to an infinite or unknown power; the C library says 1.
      return .number(abs(base) == 1 && !exponent.isFinite ? .nan : RealFunctions.power(base, exponent))
    case .identical: return .bool(try isSame(left, right, at: position))
    case .notIdentical: return .bool(!(try isSame(left, right, at: position)))
    case .equal: return .bool(left.isLooselyEqual(to: right))
    case .notEqual: return .bool(!left.isLooselyEqual(to: right))
    default: return .bool(try compare(mark, left, right, at: position))
    }
  }

  private mutating func isSame(
    _ left: ScriptValue, _ right: ScriptValue, at position: Int
  ) throws(ExpressionFault) -> Bool {
    if case .string(let text) = left { try charge(text.utf8.count / 64, at: position) }
    return left.isIdentical(to: right)
  }

  private mutating func compare(
    _ mark: ScriptMark, _ left: ScriptValue, _ right: ScriptValue, at position: Int
  ) throws(ExpressionFault) -> Bool {
    if case .string(let first) = left, case .string(let second) = right {
      try charge(min(first.utf8.count, second.utf8.count) / 64, at: position)
      switch mark {
      case .less: return ScriptText.precedes(first, second)
      case .greater: return ScriptText.precedes(second, first)
      case .lessOrEqual: return !ScriptText.precedes(second, first)
      default: return !ScriptText.precedes(first, second)
      }
    }
    let (first, second) = (left.numeric, right.numeric)
    switch mark {
    case .less: return first < second
    case .greater: return first > second
    case .lessOrEqual: return first <= second
    default: return first >= second
    }
  }

  private mutating func sum(
    _ left: ScriptValue, _ right: ScriptValue, at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    switch (left, right) {
    case (.string, _), (_, .string), (.array, _), (_, .array), (.jsonArray, _), (_, .jsonArray), (.object, _),
      (_, .object), (.jsonObject, _), (_, .jsonObject):
      return try made(try text(left, at: position) + text(right, at: position), at: position)
    default: return .number(left.numeric + right.numeric)
    }
  }

  // MARK: Texts

  /// `String(value)`; objects are written as JSON, where JavaScript would say `[object Object]`.
  mutating func text(_ value: ScriptValue, at position: Int) throws(ExpressionFault) -> String {
    switch value {
    case .string(let text): return text
    case .undefined: return "undefined"
    case .null: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .number(let number): return ScriptNumber.text(number)
    case .digits(let text): return text
    case .array, .jsonArray: return try joined(value, separator: ",", at: position)
    case .object, .jsonObject: return try encoded(value, at: position)
    }
  }

  mutating func encoded(_ value: ScriptValue, at position: Int) throws(ExpressionFault) -> String {
    let text = value.json.encoded
    _ = try made(text, at: position)
    return text
  }

  /// Elements with a separator between; nothing for null and undefined.
  mutating func joined(
    _ list: ScriptValue, separator: String, at position: Int
  ) throws(ExpressionFault) -> String {
    var out = ""
    for place in 0..<(list.count ?? 0) {
      let element = list.element(place)
      if place > 0 { out += separator }
      if !element.isNullish { out += try text(element, at: position) }
      try charge(1 + separator.utf8.count / 16, at: position)
      guard out.utf8.count <= Limits.expressionResultMax else {
        throw ExpressionFault("the text is too long", at: position)
      }
    }
    _ = try made(out, at: position)
    return out
  }

  // MARK: Members

  mutating func member(
    _ name: String, of target: ScriptValue, at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    switch target {
    case .undefined, .null: throw ExpressionFault("cannot read '\(name)' of \(target.kind)", at: position)
    case .string(let text): return name == "length" ? .number(Double(text.utf16.count)) : .undefined
    case .array, .jsonArray: return name == "length" ? .number(Double(target.count ?? 0)) : .undefined
    case .jsonObject(let members):
      try charge(members.count / 16, at: position)
      return members.last { ScriptText.same($0.name, name) }.map { ScriptValue($0.value) } ?? .undefined
    case .object(let members, _):
      try charge(members.count / 16, at: position)
      return members.last { ScriptText.same($0.name, name) }?.value ?? .undefined
    case .bool, .number, .digits: return .undefined
    }
  }

  mutating func element(
    _ place: ScriptValue, of target: ScriptValue, at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    if case .number(let number) = place, number == number.rounded(), number >= 0 {
      if target.isList { return target.element(ScriptNumber.place(number)) }
      if case .string(let text) = target {
        return try character(ScriptNumber.place(number), of: text, at: position)
      }
    }
    return try member(try text(place, at: position), of: target, at: position)
  }

  mutating func character(
    _ place: Int, of text: String, at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    try charge(text.utf8.count / 64, at: position)
    let units = text.utf16
    guard place >= 0, let start = units.index(units.startIndex, offsetBy: place, limitedBy: units.endIndex),
      start < units.endIndex
    else { return .undefined }
    return .string(String(decoding: [units[start]], as: UTF16.self))
  }
}
