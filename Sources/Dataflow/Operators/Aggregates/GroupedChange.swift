import DataModel

/// A step's delta of an arrangement, by group.
struct GroupedChange {
  private let arrangement: Arrangement
  private let grouping: Grouping
  private let change: ArrangedChange
  /// The record of each group of the grouping.
  let records: [Int32]

  init(
    _ arrangement: Arrangement, _ state: inout OperatorState, _ groupColumns: [ColumnVector],
    _ column: ColumnVector, _ feed: RecordFeed
  ) throws(EvaluationError) {
    self.arrangement = arrangement
    let grouping =
      groupColumns.isEmpty
      ? Grouping(oneGroupOf: feed.records.count) : try Grouping(groupColumns, count: feed.records.count)
    self.grouping = grouping
    records = (0..<grouping.count).map { feed.records[Int(grouping.rows[grouping.starts[$0]])] }
    change = try arrangement.advance(&state, groups: groupColumns, column, feed.weights, grouping)
  }

  /// The extreme of each group after the step; `prior` holds the old ones, `index` the row that each group has there.
  func extremes(
    _ state: OperatorState, prior: ColumnVector, index: [Int32], greatest: Bool
  ) throws(EvaluationError) -> ColumnVector {
    try arrangement.extremes(state, grouping, change, prior: prior, index: index, greatest: greatest)
  }
}
