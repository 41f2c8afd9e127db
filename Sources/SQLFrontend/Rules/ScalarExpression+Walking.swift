import DataModel

/// Walks over bound expressions. Their height is bounded by the parser, so these recurse.
extension ScalarExpression {
  /// Direct operands, in order of evaluation.
  var children: [ScalarExpression] {
    switch node {
    case .column, .literal: []
    case .call(_, let arguments): arguments
    case .conditional(let branches, let otherwise):
      branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
    }
  }

  var nodeCount: Int { children.reduce(1) { $0 + $1.nodeCount } }

  /// The same node over changed operands.
  func mapChildren(_ change: (ScalarExpression) -> ScalarExpression) -> ScalarExpression {
    switch node {
    case .column, .literal: self
    case .call(let function, let arguments):
      ScalarExpression(.call(function, arguments.map(change)), type: type, nullable: nullable)
    case .conditional(let branches, let otherwise):
      ScalarExpression(
        .conditional(
          branches.map { ConditionalBranch(condition: change($0.condition), result: change($0.result)) },
          otherwise: otherwise.map(change)), type: type, nullable: nullable)
    }
  }

  /// The expression with each column replaced.
  func mapColumns(_ change: (Int, ScalarExpression) -> ScalarExpression) -> ScalarExpression {
    if case .column(let index) = node { return change(index, self) }
    return mapChildren { $0.mapColumns(change) }
  }

  /// The expression with its columns moved: column i becomes column `position(i)`.
  func moved(_ position: (Int) -> Int) -> ScalarExpression {
    mapColumns { index, column in
      ScalarExpression(.column(position(index)), type: column.type, nullable: column.nullable)
    }
  }

  func insertColumns(into columns: inout Set<Int>) {
    if case .column(let index) = node { columns.insert(index) }
    for child in children { child.insertColumns(into: &columns) }
  }

  var columns: Set<Int> {
    var result: Set<Int> = []
    insertColumns(into: &result)
    return result
  }

  /// Operands of a chain of ANDs in order of evaluation; without TRUE.
  var conjuncts: [ScalarExpression] {
    if case .call(.and, let arguments) = node { return arguments.flatMap(\.conjuncts) }
    return isTrueLiteral ? [] : [self]
  }

  var isTrueLiteral: Bool {
    if case .literal(.int64(1)) = node, type == .boolean { return true }
    return false
  }

  /// A balanced AND of the conjuncts in order; nil for none.
  static func conjunction(_ conjuncts: some Collection<ScalarExpression>) -> ScalarExpression? {
    balanced(.and, Array(conjuncts)[...])
  }

  /// A balanced tree of one associative function over operands in order; nil for none.
  static func balanced(_ function: ScalarFunction, _ operands: ArraySlice<ScalarExpression>)
    -> ScalarExpression?
  {
    guard let first = operands.first else { return nil }
    guard operands.count > 1 else { return first }
    let middle = operands.startIndex + operands.count / 2
    guard let left = balanced(function, operands[..<middle]),
      let right = balanced(function, operands[middle...])
    else { return nil }
    return ScalarExpression(
      .call(function, [left, right]), type: left.type, nullable: left.nullable || right.nullable)
  }

  /// Whether evaluation can end in an error for some row.
  var mayFail: Bool {
    if case .call(.cast, let arguments) = node {
      return arguments.contains { $0.mayFail || !$0.type.always(castsTo: type) }
    }
    if case .call(let function, _) = node, function.mayFail { return true }
    return children.contains { $0.mayFail }
  }
}

extension ScalarFunction {
  fileprivate var mayFail: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .notDistinct, .and, .or, .not,
      .isNull, .isNotNull, .isTrue, .isFalse, .isNotTrue, .isNotFalse, .coalesce, .nullIf, .lower, .upper,
      .characterLength, .now, .greatest, .least, .concatenate, .trimBoth, .trimLeading, .trimTrailing,
      .replace:
      false
    default: true
    }
  }
}

extension ColumnType {
  /// Whether every value of the type has one of the other.
  fileprivate func always(castsTo other: ColumnType) -> Bool {
    if let from = integerBounds, let to = other.integerBounds {
      return to.contains(from.upperBound) && to.contains(from.lowerBound)
    }
    if isNumeric, other == .double || (other == .real && isInteger) { return true }
    if let from = DecimalTypes.digits(self), case .decimal(let precision, let scale) = other {
      return scale >= from.scale && precision - scale >= from.precision - from.scale
    }
    return self == .null || other == .varchar(length: nil) || (self == .date && other == .timestamp)
  }
}
