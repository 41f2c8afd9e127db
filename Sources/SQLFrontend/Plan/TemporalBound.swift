package import DataModel

/// A conjunct that shows a row during one interval of NOW(): a value of the row compared with an expression
/// of NOW() alone that never falls as time goes on.
package struct TemporalBound: Hashable, Sendable {
  package enum Comparison: Hashable, Sendable { case less, lessOrEqual, equal, greaterOrEqual, greater }

  /// Over the row.
  package let value: ScalarExpression
  /// How the value stands to the moment.
  package let comparison: Comparison
  /// Over one column: NOW(). Ascending, of the value's type; both are stored as an int64.
  package let moment: ScalarExpression

  /// Nil for a conjunct of another shape.
  package init?(_ conjunct: ScalarExpression) {
    guard case .call(let function, let sides) = conjunct.node, sides.count == 2,
      var comparison = TemporalBound.comparison(function)
    else { return nil }
    var (value, moment) = (sides[0], sides[1])
    if value.readsNow {
      (value, moment) = (moment, value)
      comparison = comparison.mirrored
    }
    guard !value.readsNow, moment.readsNow, moment.ascendsWithNow, value.type.physical == .int64,
      moment.type.physical == .int64, !value.columns.isEmpty
    else { return nil }
    self.value = value
    self.comparison = comparison
    self.moment = moment.replacingNow(with: 0)
  }

  private static func comparison(_ function: ScalarFunction) -> Comparison? {
    switch function {
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .equal: .equal
    case .greaterOrEqual: .greaterOrEqual
    case .greater: .greater
    default: nil
    }
  }

  /// Those of a predicate that is nothing but such conjuncts; nil for any other.
  package static func all(_ predicate: ScalarExpression) -> [TemporalBound]? {
    var bounds: [TemporalBound] = []
    for conjunct in predicate.conjuncts {
      guard let bound = TemporalBound(conjunct) else { return nil }
      bounds.append(bound)
    }
    return bounds.isEmpty ? nil : bounds
  }
}

extension TemporalBound.Comparison {
  fileprivate var mirrored: Self {
    switch self {
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .equal: .equal
    case .greaterOrEqual: .lessOrEqual
    case .greater: .less
    }
  }
}

extension ScalarExpression {
  package var readsNow: Bool {
    if case .call(.now, _) = node { return true }
    return children.contains(where: \.readsNow)
  }

  /// The expression with NOW() read from a column.
  func replacingNow(with column: Int) -> ScalarExpression {
    if case .call(.now, _) = node { return ScalarExpression(.column(column), type: type, nullable: false) }
    return mapChildren { $0.replacingNow(with: column) }
  }

  /// Whether it reads no column and never falls as NOW() rises.
  fileprivate var ascendsWithNow: Bool {
    if case .call(.now, _) = node { return true }
    guard let inner = ascendingOperand else { return false }
    return inner.ascendsWithNow
  }

  /// The one operand that is not constant, of a function that rises (or stays) with it; nil for any other.
  var ascendingOperand: ScalarExpression? {
    guard case .call(let function, let arguments) = node else { return nil }
    switch (function, arguments.count) {
    case (.addInterval, 2), (.subtractInterval, 2):
      // Moments of TIME wrap around at midnight.
      return arguments[1].isConstant && arguments[0].type != .time ? arguments[0] : nil
    case (.add, 2):
      if arguments[1].isConstant { return arguments[0] }
      return arguments[0].isConstant ? arguments[1] : nil
    case (.subtract, 2):
      if let time = timeOfWindowStart { return time }
      return arguments[1].isConstant ? arguments[0] : nil
    case (.truncateTime, 2), (.ceilingTime, 2): return arguments[1].type == .time ? nil : arguments[1]
    case (.addUnits, 3): return arguments[1].isConstant && arguments[2].type != .time ? arguments[2] : nil
    case (.extract, 2):
      guard case .literal(.bytes(let unit)) = arguments[0].node, Self.risingUnits.contains(unit),
        arguments[1].type != .time
      else { return nil }
      return arguments[1]
    case (.cast, 1): return type.ascends(from: arguments[0].type) ? arguments[0] : nil
    default: return nil
    }
  }

  private static let risingUnits: Set<[UInt8]> = [Array("YEAR".utf8), Array("EPOCH".utf8)]

  /// Without columns and NOW(): the same in every row and step.
  var isConstant: Bool { columns.isEmpty && !readsNow }
}

extension ColumnType {
  /// Whether a cast from the other type keeps the order.
  fileprivate func ascends(from other: ColumnType) -> Bool {
    switch (other, self) {
    case (.timestamp, .date), (.date, .timestamp): true
    default: self == other || (isInteger && other.isInteger)
    }
  }
}

extension Plan {
  /// The relation of one row and one column that holds NOW(); no SQL name can mean it.
  package static let clockRelation = SQLIdentifier("now()\u{0}", caseSensitive: true)

  static let clock = Plan.scan(
    relation: clockRelation,
    output: [PlanColumn(name: SQLIdentifier("now()"), type: .timestamp, nullable: false)])
}
