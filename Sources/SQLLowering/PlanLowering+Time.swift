import DataModel
import Dataflow
import SQLFrontend

/// NOW() in views.
extension PlanLowering {
  mutating func temporalFilter(
    _ input: NodeID, _ clock: NodeID, _ columns: [PlanColumn], _ predicate: ScalarExpression,
    _ place: StateLayout
  ) -> NodeID {
    guard let bounds = TemporalBound.all(predicate) else {
      preconditionFailure("filters of a view read NOW() only in temporal bounds")
    }
    let conditions = bounds.map {
      TemporalCondition(value: $0.value, Self.comparison($0.comparison), moment: $0.moment)
    }
    return builder.temporalFilter(
      input, clock: clock, conditions, types: columns.map(\.type), stateID: place.id)
  }

  private static func comparison(_ comparison: TemporalBound.Comparison) -> TemporalCondition.Comparison {
    switch comparison {
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .equal: .equal
    case .greaterOrEqual: .greaterOrEqual
    case .greater: .greater
    }
  }
}

extension Plan {
  /// Whether its rows change as time goes on.
  var readsClock: Bool {
    switch self {
    case .scan(Plan.clockRelation, _): true
    case .filter(let input, let predicate): predicate.readsNow || input.readsClock
    default: inputs.contains(where: \.readsClock)
    }
  }
}
