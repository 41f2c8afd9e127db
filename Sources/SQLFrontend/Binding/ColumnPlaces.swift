import DataModel

/// Numbers that stand for what a clause computes beside the columns of its scope, until it is known where
/// they are: far behind all columns, each kind in its own range.
enum PlaceholderColumn {
  static let windows = 1 << 40
  static let subqueries = 2 << 40
  static let groupings = 3 << 40
  static let choices = 4 << 40
  static let collects = 5 << 40
  /// Subqueries inside the arguments of aggregates.
  static let inputs = 6 << 40
  /// Parameters of lambdas while their bodies are bound.
  static let parameters = 7 << 40
}

/// Where the columns of a scope, its groups, and what was computed beside them are in the plan built so far.
struct ColumnPlaces {
  private var positions: [Int: Int] = [:]
  private let groups: [ScalarExpression: Int]?
  private let nullableGroups: Set<Int>
  private let scopeWidth: Int
  /// Where the numbers of the subqueries begin that stand in the expressions.
  var subqueryBase = PlaceholderColumn.subqueries

  /// Without groups every scope column stays where it is.
  init(scopeWidth: Int, groups: [ScalarExpression]? = nil, nullableGroups: Set<Int> = []) {
    self.scopeWidth = scopeWidth
    self.nullableGroups = nullableGroups
    self.groups = groups.map { groups in
      var result: [ScalarExpression: Int] = [:]
      for (index, group) in groups.enumerated() where result[group] == nil { result[group] = index }
      return result
    }
  }

  mutating func place(_ column: Int, at position: Int) { positions[column] = position }

  /// The expression over the plan; throws the position of a column that is not grouped.
  func placed(_ expression: ScalarExpression) throws(UngroupedColumn) -> ScalarExpression {
    if let position = groups?[expression] {
      return ScalarExpression(
        .column(position), type: expression.type,
        nullable: expression.nullable || nullableGroups.contains(position))
    }
    switch expression.node {
    case .literal: return expression
    case .column(let index):
      if let position = positions[index] {
        return ScalarExpression(.column(position), type: expression.type, nullable: expression.nullable)
      }
      guard groups == nil, index < scopeWidth else { throw UngroupedColumn(index: index) }
      return expression
    case .call(let function, let arguments):
      var changed: [ScalarExpression] = []
      for argument in arguments { changed.append(try placed(argument)) }
      return ScalarExpression(.call(function, changed), type: expression.type, nullable: expression.nullable)
    case .conditional(let branches, let otherwise):
      var changed: [ConditionalBranch] = []
      for branch in branches {
        changed.append(
          ConditionalBranch(condition: try placed(branch.condition), result: try placed(branch.result)))
      }
      var rest: ScalarExpression?
      if let otherwise { rest = try placed(otherwise) }
      return ScalarExpression(
        .conditional(changed, otherwise: rest), type: expression.type, nullable: expression.nullable)
    }
  }
}

struct UngroupedColumn: Error {
  let index: Int
}

/// What the expressions of one clause compute beside aggregates, each once.
struct Attachments {
  struct Window: Hashable {
    let partition: [ScalarExpression]
    let order: [OrderKey]
    let call: WindowCall
  }

  /// ARG_MIN and ARG_MAX: the value of the row where another one is least or greatest.
  struct Choice: Hashable {
    let value: ScalarExpression
    let measure: ScalarExpression
    let greatest: Bool
  }

  /// An aggregate over all values of a group, in an order of its rows.
  struct Collect: Hashable {
    let order: [OrderKey]
    let call: CollectCall
  }

  private(set) var windows: [Window] = []
  private(set) var choices: [Choice] = []
  private(set) var collects: [Collect] = []
  private(set) var subqueries: [BoundSubquery] = []
  private(set) var inputSubqueries: [BoundSubquery] = []
  private(set) var groupings: [[ScalarExpression]] = []
  /// Whether window functions and GROUPING may stand here.
  let allowsWindows: Bool

  init(allowsWindows: Bool) { self.allowsWindows = allowsWindows }

  mutating func column(of window: Window) -> ScalarExpression {
    let index = windows.firstIndex(of: window) ?? windows.count
    if index == windows.count { windows.append(window) }
    return ScalarExpression(
      .column(PlaceholderColumn.windows + index), type: window.call.type, nullable: window.call.nullable)
  }

  mutating func column(of choice: Choice) -> ScalarExpression {
    let index = choices.firstIndex(of: choice) ?? choices.count
    if index == choices.count { choices.append(choice) }
    return ScalarExpression(
      .column(PlaceholderColumn.choices + index), type: choice.value.type, nullable: true)
  }

  mutating func column(of collect: Collect) -> ScalarExpression {
    let index = collects.firstIndex(of: collect) ?? collects.count
    if index == collects.count { collects.append(collect) }
    return ScalarExpression(
      .column(PlaceholderColumn.collects + index), type: collect.call.type, nullable: collect.call.nullable)
  }

  mutating func column(of subquery: BoundSubquery) -> ScalarExpression {
    subqueries.append(subquery)
    return ScalarExpression(
      .column(PlaceholderColumn.subqueries + subqueries.count - 1), type: subquery.type,
      nullable: subquery.nullable)
  }

  /// Of a subquery whose value an aggregate reads.
  mutating func inputColumn(of subquery: BoundSubquery) -> ScalarExpression {
    inputSubqueries.append(subquery)
    return ScalarExpression(
      .column(PlaceholderColumn.inputs + inputSubqueries.count - 1), type: subquery.type,
      nullable: subquery.nullable)
  }

  mutating func column(ofGrouping arguments: [ScalarExpression]) -> ScalarExpression {
    groupings.append(arguments)
    return ScalarExpression(
      .column(PlaceholderColumn.groupings + groupings.count - 1), type: .bigint, nullable: false)
  }
}
