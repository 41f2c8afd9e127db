/// A parsed expression: nodes refer to each other by place, so neither its size nor its release nests.
struct ScriptProgram: Sendable {
  var nodes: [ScriptNode] = []
  /// UTF-16 offset of each node's own token.
  var positions: [Int] = []
  var root = 0
}

typealias ScriptIndex = Int

enum ScriptNode: Sendable {
  case literal(ScriptValue)
  case name(String)
  case member(object: ScriptIndex, name: String, isOptional: Bool)
  case index(object: ScriptIndex, index: ScriptIndex, isOptional: Bool)
  /// A function of the language, `String(x)`.
  case functionCall(name: String, arguments: [ScriptArgument])
  /// `object.name(…)`; also `Math.max(…)`.
  case methodCall(object: ScriptIndex, name: String, arguments: [ScriptArgument], isOptional: Bool)
  /// Where an optional chain ends: `a?.b.c` as a whole.
  case chain(ScriptIndex)
  case unary(ScriptMark, ScriptIndex)
  case typeName(ScriptIndex)
  case binary(ScriptMark, ScriptIndex, ScriptIndex)
  case logical(ScriptMark, ScriptIndex, ScriptIndex)
  case conditional(ScriptIndex, then: ScriptIndex, otherwise: ScriptIndex)
  case array([ScriptElement])
  case object([ScriptProperty])
  /// One more text than holes.
  case template(texts: [String], holes: [ScriptIndex])
}

struct ScriptElement: Sendable {
  let value: ScriptIndex
  let isSpread: Bool
}

enum ScriptProperty: Sendable {
  case named(String, ScriptIndex)
  case computed(ScriptIndex, ScriptIndex)
  case spread(ScriptIndex)
}

/// Functions are arguments only, never values, so no expression can recurse.
enum ScriptArgument: Sendable {
  case value(ScriptElement)
  case arrow(parameters: [String], body: ScriptIndex)
}

/// Operators and punctuation.
enum ScriptMark: String, Sendable, CaseIterable {
  case leftParenthesis = "("
  case rightParenthesis = ")"
  case leftBracket = "["
  case rightBracket = "]"
  case leftBrace = "{"
  case rightBrace = "}"
  case comma = ","
  case colon = ":"
  case dot = "."
  case optionalDot = "?."
  case spread = "..."
  case question = "?"
  case arrow = "=>"
  case coalesce = "??"
  case or = "||"
  case and = "&&"
  case not = "!"
  case equal = "=="
  case notEqual = "!="
  case identical = "==="
  case notIdentical = "!=="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case plus = "+"
  case minus = "-"
  case times = "*"
  case power = "**"
  case divide = "/"
  case remainder = "%"
  case assign = "="
  case backtick = "`"

  /// Longest first, so that the first match is the right one.
  static let byLength = allCases.map { (mark: $0, units: Array($0.rawValue.utf16)) }
    .sorted { $0.units.count > $1.units.count }

  /// How tight a binary operator binds; nil for all else.
  var precedence: Int? {
    switch self {
    case .coalesce: 1
    case .or: 2
    case .and: 3
    case .equal, .notEqual, .identical, .notIdentical: 4
    case .less, .lessOrEqual, .greater, .greaterOrEqual: 5
    case .plus, .minus: 6
    case .times, .divide, .remainder: 7
    case .power: 8
    default: nil
    }
  }
}
