import DataModel

/// What filters above a window tell of it.
extension WindowSpec {
  /// Input columns that are the same in all rows of a partition.
  var partitionColumns: Set<Int> {
    Set(
      partition.compactMap {
        if case .column(let index) = $0.node { index } else { nil }
      })
  }

  /// With the cut that a conjunct over the window's output implies (`row_number <= 3`); the conjunct stays.
  func cutting(by conjunct: ScalarExpression, inputWidth: Int) -> WindowSpec? {
    guard cut == nil, case .call(let function, let sides) = conjunct.node, sides.count == 2,
      calls.allSatisfy(\.looksOnlyBack)
    else { return nil }
    for swapped in [false, true] {
      guard case .column(let index) = sides[swapped ? 1 : 0].node, index >= inputWidth,
        case .literal(.int64(let bound)) = sides[swapped ? 0 : 1].node,
        let ranking = calls[index - inputWidth].ranking
      else { continue }
      let limit: Int64
      switch (function, swapped) {
      case (.equal, _), (.lessOrEqual, false), (.greaterOrEqual, true): limit = bound
      case (.less, false), (.greater, true): limit = bound == .min ? bound : bound - 1
      default: continue
      }
      var result = self
      result.cut = Cut(ranking, skip: 0, count: Int(max(0, limit)))
      return result
    }
    return nil
  }
}

extension WindowCall {
  var ranking: WindowSpec.Cut.Ranking? {
    switch function {
    case .rowNumber: .rowNumber
    case .rank: .rank
    case .denseRank: .denseRank
    default: nil
    }
  }

  /// Whether rows behind the current one, and their number, do not matter.
  fileprivate var looksOnlyBack: Bool {
    if case .shifted(let distance) = function { return distance >= 0 }
    return ranking != nil
  }
}
