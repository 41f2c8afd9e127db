import WireTypes

/// A value of an expression. Parts of the context stay JSON until they are touched.
indirect enum ScriptValue: Sendable {
  case undefined
  case null
  case bool(Bool)
  case number(Double)
  /// An integer that a Double cannot hold, as written; passes through unchanged, counts as a Double.
  case digits(String)
  case string(String)
  /// `depth` counts the lists and objects that expressions have put around each other.
  case array([ScriptValue], depth: Int)
  case object([ScriptMember], depth: Int)
  case jsonArray([JSONValue])
  case jsonObject([JSONMember])

  static let words: [String: ScriptValue] = [
    "true": .bool(true), "false": .bool(false), "null": .null, "undefined": .undefined, "NaN": .number(.nan),
    "Infinity": .number(.infinity),
  ]
}

struct ScriptMember: Sendable {
  let name: String
  var value: ScriptValue
}

extension ScriptValue {
  init(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .number(let text): self.init(number: Double(text) ?? .nan, written: text)
    case .string(let text): self = .string(text)
    case .array(let elements): self = .jsonArray(elements)
    case .object(let members): self = .jsonObject(members)
    }
  }

  init(number: Double, written text: String) {
    let isWhole = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
    self = isWhole && abs(number) >= ScriptNumber.exactMax ? .digits(text) : .number(number)
  }

  /// `undefined`, NaN and the infinities become null; members without a value are left out.
  var json: JSONValue {
    switch self {
    case .undefined, .null: .null
    case .bool(let flag): .bool(flag)
    case .number(let number): number.isFinite ? .number(ScriptNumber.text(number)) : .null
    case .digits(let text): .number(text)
    case .string(let text): .string(text)
    case .array(let elements, _): .array(elements.map(\.json))
    case .object(let members, _):
      .object(members.compactMap { $0.value.isUndefined ? nil : JSONMember($0.name, $0.value.json) })
    case .jsonArray(let elements): .array(elements)
    case .jsonObject(let members): .object(members)
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { return true }
    return false
  }

  var isNullish: Bool {
    switch self {
    case .undefined, .null: true
    default: false
    }
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .null: false
    case .bool(let flag): flag
    case .number(let number): !(number == 0 || number.isNaN)
    case .string(let text): !text.isEmpty
    case .digits, .array, .object, .jsonArray, .jsonObject: true
    }
  }

  var typeName: String {
    switch self {
    case .undefined: "undefined"
    case .bool: "boolean"
    case .number, .digits: "number"
    case .string: "string"
    case .null, .array, .object, .jsonArray, .jsonObject: "object"
    }
  }

  /// What the value is, for messages.
  var kind: String {
    switch self {
    case .undefined: "undefined"
    case .null: "null"
    case .bool: "a boolean"
    case .number, .digits: "a number"
    case .string: "a text"
    case .array, .jsonArray: "a list"
    case .object, .jsonObject: "an object"
    }
  }

  /// Lists and objects made by expressions around the innermost value.
  var depth: Int {
    switch self {
    case .array(_, let depth), .object(_, let depth): depth
    default: 0
    }
  }

  var isList: Bool { count != nil }

  /// Elements of a list; nil for all else.
  var count: Int? {
    switch self {
    case .array(let elements, _): elements.count
    case .jsonArray(let elements): elements.count
    default: nil
    }
  }

  /// The element of a list; `undefined` beyond its ends.
  func element(_ place: Int) -> ScriptValue {
    switch self {
    case .array(let elements, _): elements.indices.contains(place) ? elements[place] : .undefined
    case .jsonArray(let elements):
      elements.indices.contains(place) ? ScriptValue(elements[place]) : .undefined
    default: .undefined
    }
  }

  /// Members of an object; nil for all else.
  var members: [ScriptMember]? {
    switch self {
    case .object(let members, _): members
    case .jsonObject(let members): members.map { ScriptMember(name: $0.name, value: ScriptValue($0.value)) }
    default: nil
    }
  }

  /// `Number(value)`; NaN where that has none.
  var numeric: Double {
    switch self {
    case .undefined: .nan
    case .null: 0
    case .bool(let flag): flag ? 1 : 0
    case .number(let number): number
    case .digits(let text): Double(text) ?? .nan
    case .string(let text): ScriptNumber.read(text)
    case .array, .jsonArray: count == 0 ? 0 : count == 1 ? element(0).numericAsText : .nan
    case .object, .jsonObject: .nan
    }
  }

  /// `Number(String([value]))`: lists count as their text, in which booleans are words and null is nothing.
  private var numericAsText: Double {
    switch self {
    case .undefined, .null: 0
    case .bool: .nan
    default: numeric
    }
  }

  /// `a === b`. Lists and objects are never the same: they are values here, without identity.
  func isIdentical(to other: ScriptValue) -> Bool {
    switch (self, other) {
    case (.undefined, .undefined), (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.digits(let left), .digits(let right)): left == right
    case (.number, .number), (.number, .digits), (.digits, .number): numeric == other.numeric
    case (.string(let left), .string(let right)): ScriptText.same(left, right)
    default: false
    }
  }

  /// `a == b` of values that are not lists or objects.
  func isLooselyEqual(to other: ScriptValue) -> Bool {
    if isNullish || other.isNullish { return isNullish && other.isNullish }
    switch (self, other) {
    case (.string, .string): return isIdentical(to: other)
    case (.array, _), (.object, _), (.jsonArray, _), (.jsonObject, _): return false
    case (_, .array), (_, .object), (_, .jsonArray), (_, .jsonObject): return false
    case (.digits(let left), .digits(let right)): return left == right
    default: return numeric == other.numeric
    }
  }
}
