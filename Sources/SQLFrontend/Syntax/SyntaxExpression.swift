import DataModel

/// A name where it stands in the text.
struct Name: Hashable, Sendable {
  let identifier: SQLIdentifier
  let range: TextRange
}

/// An expression as written.
struct SyntaxExpression: Hashable, Sendable {
  let kind: SyntaxExpressionKind
  let range: TextRange
  /// Levels of the tree below and including this node; bounded by the parser, so that walks may recurse.
  let height: Int
}

enum UnaryOperator: String, Hashable, Sendable {
  case plus = "+"
  case minus = "-"
  case not = "NOT"
}

enum BinaryOperator: String, Hashable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case concatenate = "||"
  case equal = "="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case bitAnd = "&"
  case bitOr = "|"
  case bitXor = "^"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case regularLike = "RLIKE"
}

/// The closed word of `IS [NOT] …`.
enum TruthTest: String, Hashable, Sendable {
  case null = "NULL"
  case isTrue = "TRUE"
  case isFalse = "FALSE"
  case unknown = "UNKNOWN"
}

indirect enum SyntaxExpressionKind: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(String)
  case decimal(String)
  case approximate(String)
  case string(String)
  case binaryString(String)
  /// DATE, TIME or TIMESTAMP with a string.
  case dateTime(type: String, text: String)
  case interval(SyntaxExpression, units: [String])
  case name([Name])
  /// `*` as the argument of COUNT.
  case star
  case unary(UnaryOperator, SyntaxExpression)
  case binary(BinaryOperator, SyntaxExpression, SyntaxExpression)
  /// Two or more operands of a chain of ANDs.
  case and([SyntaxExpression])
  /// Two or more operands of a chain of ORs.
  case or([SyntaxExpression])
  case test(SyntaxExpression, TruthTest, negated: Bool)
  case distinctFrom(SyntaxExpression, SyntaxExpression, negated: Bool)
  case between(
    SyntaxExpression, low: SyntaxExpression, high: SyntaxExpression, negated: Bool, symmetric: Bool)
  case inList(SyntaxExpression, [SyntaxExpression], negated: Bool)
  case inQuery(SyntaxExpression, SyntaxQuery, negated: Bool)
  case like(SyntaxExpression, pattern: SyntaxExpression, escape: SyntaxExpression?, negated: Bool)
  case exists(SyntaxQuery)
  case scalarQuery(SyntaxQuery)
  case quantified(BinaryOperator, all: Bool, SyntaxExpression, SyntaxQuery)
  case cases(operand: SyntaxExpression?, [SyntaxBranch], otherwise: SyntaxExpression?)
  case cast(SyntaxExpression, SyntaxType, safe: Bool)
  case call(SyntaxCall)
  case row([SyntaxExpression])
  case array([SyntaxExpression])
  /// ARRAY(query) or MAP(query).
  case arrayQuery(SyntaxQuery, isMap: Bool)
  case map([SyntaxExpression])
  case subscripted(SyntaxExpression, SyntaxExpression)
  case field(SyntaxExpression, Name)
  case lambda([Name], SyntaxExpression)
  case parameter
}

struct SyntaxBranch: Hashable, Sendable {
  let condition: SyntaxExpression
  let result: SyntaxExpression
}

/// A call of a function or aggregate; special forms (`EXTRACT(a FROM b)`) come as plain calls with a unit
/// beside.
struct SyntaxCall: Hashable, Sendable {
  let name: Name
  var arguments: [SyntaxExpression]
  /// Unit of EXTRACT, FLOOR … TO, TIMESTAMPADD and the like, in upper case.
  var unit: String?
  var distinct = false
  var order: [SyntaxOrderItem] = []
  var filter: SyntaxExpression?
  var withinGroup: [SyntaxOrderItem]?
  var respectNulls: Bool?
  var window: SyntaxWindow?
}

struct SyntaxOrderItem: Hashable, Sendable {
  let expression: SyntaxExpression
  let descending: Bool
  /// Nil when not written.
  let nullsFirst: Bool?
}

struct SyntaxWindow: Hashable, Sendable {
  struct Bound: Hashable, Sendable {
    let offset: SyntaxExpression?
    /// `CURRENT ROW`, `PRECEDING` or `FOLLOWING`.
    let word: String
  }

  let base: Name?
  let partition: [SyntaxExpression]
  let order: [SyntaxOrderItem]
  /// `ROWS`, `RANGE` or `GROUPS`; nil without a frame.
  let frame: String?
  let bounds: [Bound]
  let range: TextRange
}

/// A type as written.
indirect enum SyntaxTypeKind: Hashable, Sendable {
  /// Words of the name in upper case joined by a blank, and the numbers in parentheses.
  case named(String, [Int])
  case array(SyntaxType)
  case map(SyntaxType, SyntaxType)
  case row([SyntaxColumn])
}

struct SyntaxType: Hashable, Sendable {
  let kind: SyntaxTypeKind
  let range: TextRange
}
