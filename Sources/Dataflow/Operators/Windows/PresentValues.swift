import DataModel

/// IGNORE NULLS: LAG, LEAD and values of the frame over the rows whose value is present.
struct PresentValues {
  private let values: ColumnVector
  /// Rows with a value, ascending.
  private var present: [Int] = []
  /// How many of them lie before each row, and before the end.
  private var before: [Int] = [0]

  init(_ values: ColumnVector) {
    self.values = values
    for row in 0..<values.count {
      if values.isValid(row) { present.append(row) }
      before.append(present.count)
    }
  }

  func column(
    _ call: WindowDefinition.Call, _ arguments: [ColumnVector], _ place: WindowPlace
  ) throws(EvaluationError) -> ColumnVector {
    var sources: [Int] = []
    if case .shifted(let distance) = call.function {
      for row in 0..<place.count {
        let (start, end) = place.partition(of: row)
        let source = distance == 0 ? row : shifted(row, distance) ?? -1
        sources.append(source >= start && source < end ? source : -1)
      }
      return try ColumnGather.picked(values, sources, else: arguments.count > 1 ? arguments[1] : nil)
    }
    for (low, high) in try place.frames(call.frame) {
      guard low < high else {
        sources.append(-1)
        continue
      }
      let index =
        switch call.function {
        case .lastValue: before[high] - 1
        case .nthValue(let number): number <= present.count ? before[low] + number - 1 : -1
        default: before[low]
        }
      let source = present.indices.contains(index) ? present[index] : -1
      sources.append(source >= low && source < high ? source : -1)
    }
    return try ColumnGather.picked(values, sources)
  }

  /// The row with a value that many of them before the row; nil beyond the first and last.
  private func shifted(_ row: Int, _ distance: Int) -> Int? {
    let base = distance > 0 ? before[row] : before[row + 1] - 1
    let (index, overflow) = base.subtractingReportingOverflow(distance)
    guard !overflow, present.indices.contains(index) else { return nil }
    return present[index]
  }
}
