import DataModel
import Dataflow
import SQLFrontend

extension WindowDefinition {
  init(_ spec: WindowSpec) {
    let type = spec.order.first?.expression.type ?? .null
    self.init(
      partition: spec.partition,
      order: spec.order.map { Key($0.expression, descending: $0.descending, nullsFirst: $0.nullsFirst) },
      calls: spec.calls.map {
        Call(
          Self.function($0.function), arguments: $0.arguments,
          frame: Frame(
            isRange: $0.frame.unit == .range, start: Self.bound($0.frame.start, type),
            end: Self.bound($0.frame.end, type)), type: $0.type, ignoresNulls: $0.ignoresNulls)
      }, cut: spec.cut.map { Cut(Self.ranking($0.ranking), skip: $0.skip, count: $0.count) })
  }

  private static func ranking(_ ranking: WindowSpec.Cut.Ranking) -> Ranking {
    switch ranking {
    case .rowNumber: .rowNumber
    case .rank: .rank
    case .denseRank: .denseRank
    }
  }

  private static func bound(_ bound: WindowFrame.Bound, _ type: ColumnType) -> Bound {
    switch bound {
    case .unboundedPreceding: .unboundedPreceding
    case .unboundedFollowing: .unboundedFollowing
    case .offset(let distance): .offset(distance)
    case .months(let distance): .months(distance, of: type)
    case .real(let distance): .real(distance)
    }
  }

  private static func function(_ function: WindowCall.Function) -> Function {
    switch function {
    case .rowNumber: .rowNumber
    case .rank: .rank
    case .denseRank: .denseRank
    case .ntile: .ntile
    case .percentRank: .percentRank
    case .cumulativeDistribution: .cumulativeDistribution
    case .shifted(let distance): .shifted(by: distance)
    case .firstValue: .firstValue
    case .lastValue: .lastValue
    case .nthValue(let number): .nthValue(number)
    case .countAll: .countAll
    case .count: .count
    case .sum: .sum
    case .average: .average
    case .minimum: .minimum
    case .maximum: .maximum
    case .sessionStart(let gap): .sessionStart(gap: gap)
    case .sessionEnd(let gap): .sessionEnd(gap: gap)
    }
  }
}

extension OuterJoinRule {
  init(_ kind: OuterJoinKind) {
    self =
      switch kind {
      case .left: .left
      case .full: .full
      case .semi: .semi
      case .anti: .anti
      }
  }
}

extension RowSetRule {
  init(_ operation: RowSetOperation) {
    switch operation {
    case .intersect: self = .intersect
    case .intersectAll: self = .intersectAll
    case .except: self = .except
    case .exceptAll: self = .exceptAll
    }
  }
}
