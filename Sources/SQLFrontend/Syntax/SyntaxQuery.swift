/// A query expression: body, what is named before it, and the order and cut behind it.
struct SyntaxQuery: Hashable, Sendable {
  var with: [SyntaxCommonTable] = []
  var recursive: TextRange?
  var body: SyntaxQueryBody
  var order: [SyntaxOrderItem] = []
  var orderRange: TextRange?
  var limit: SyntaxExpression?
  var offset: SyntaxExpression?
  var range: TextRange
}

struct SyntaxCommonTable: Hashable, Sendable {
  let name: Name
  let columns: [Name]
  let query: SyntaxQuery
}

enum SetOperator: String, Hashable, Sendable {
  case union = "UNION"
  case intersect = "INTERSECT"
  case except = "EXCEPT"
}

indirect enum SyntaxQueryBody: Hashable, Sendable {
  case select(SyntaxSelect)
  case values([[SyntaxExpression]], TextRange)
  case table([Name])
  case nested(SyntaxQuery)
  /// Two or more operands of a chain of one operator, associated to the left.
  case setOperation(SetOperator, all: Bool, [SyntaxQueryBody], TextRange)
}

struct SyntaxNamedWindow: Hashable, Sendable {
  let name: Name
  let window: SyntaxWindow
}

struct SyntaxSelect: Hashable, Sendable {
  var distinct = false
  var items: [SyntaxSelectItem] = []
  var from: SyntaxTable?
  var filter: SyntaxExpression?
  var group: [SyntaxGroupItem]?
  var groupRange: TextRange?
  /// GROUP BY DISTINCT: equal grouping sets count once.
  var groupDistinct = false
  var having: SyntaxExpression?
  /// The WINDOW clause in order.
  var windows: [SyntaxNamedWindow] = []
  var qualify: SyntaxExpression?
  var range: TextRange
}

enum SyntaxSelectItem: Hashable, Sendable {
  case star(TextRange, SyntaxStarChanges)
  case qualifiedStar(Name, TextRange, SyntaxStarChanges)
  case expression(SyntaxExpression, alias: Name?)
}

enum SyntaxGroupItem: Hashable, Sendable {
  case expression(SyntaxExpression)
  /// `()`
  case empty
  case rollup([[SyntaxExpression]], TextRange)
  case cube([[SyntaxExpression]], TextRange)
  indirect case sets([SyntaxGroupItem], TextRange)
}

enum JoinKind: String, Hashable, Sendable {
  case inner = "INNER JOIN"
  case left = "LEFT JOIN"
  case right = "RIGHT JOIN"
  case full = "FULL JOIN"
  case cross = "CROSS JOIN"
  case leftAsof = "LEFT ASOF JOIN"
}

enum JoinCondition: Hashable, Sendable {
  case none
  case on(SyntaxExpression)
  case using([Name])
  case natural(TextRange)
  case asof(match: SyntaxExpression, on: SyntaxExpression)
}

struct SyntaxAlias: Hashable, Sendable {
  let name: Name
  let columns: [Name]
}

/// An item of FROM.
indirect enum SyntaxTable: Hashable, Sendable {
  case named([Name], alias: SyntaxAlias?)
  case query(SyntaxQuery, alias: SyntaxAlias?, lateral: Bool)
  case join(JoinKind, SyntaxTable, SyntaxTable, JoinCondition, TextRange)
  case unnest([SyntaxExpression], ordinality: Bool, alias: SyntaxAlias?, TextRange)
  /// `TABLE(TUMBLE(…))` and other table functions.
  case function(SyntaxCall, alias: SyntaxAlias?, TextRange)
  case pivot(SyntaxTable, SyntaxPivot, alias: SyntaxAlias?, TextRange)

  var range: TextRange {
    switch self {
    case .named(let parts, _): parts.dropFirst().reduce(parts[0].range) { $0.joined($1.range) }
    case .query(let query, _, _): query.range
    case .join(_, _, _, _, let range), .unnest(_, _, _, let range), .function(_, _, let range),
      .pivot(_, _, _, let range):
      range
    }
  }
}
