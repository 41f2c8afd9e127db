package import DataModel

/// What a window operator computes; the engine's form of the plan's window, whose docs say what each means.
package struct WindowDefinition: Sendable {
  package struct Key: Sendable {
    let expression: ScalarExpression
    let descending: Bool
    let nullsFirst: Bool
    package init(_ expression: ScalarExpression, descending: Bool, nullsFirst: Bool) {
      self.expression = expression
      self.descending = descending
      self.nullsFirst = nullsFirst
    }
  }

  package enum Bound: Sendable {
    case unboundedPreceding, unboundedFollowing
    case offset(Int64)
    case months(Int64, of: ColumnType)
    case real(Double)
  }

  package struct Frame: Sendable {
    let isRange: Bool
    let start: Bound
    let end: Bound
    package init(isRange: Bool, start: Bound, end: Bound) {
      self.isRange = isRange
      self.start = start
      self.end = end
    }
  }

  package enum Function: Sendable {
    case rowNumber, rank, denseRank, ntile
    case percentRank, cumulativeDistribution
    case shifted(by: Int)
    case firstValue, lastValue
    case nthValue(Int)
    case countAll, count, sum, average, minimum, maximum
    case sessionStart(gap: Int64), sessionEnd(gap: Int64)
  }

  package struct Call: Sendable {
    let function: Function
    let arguments: [ScalarExpression]
    let frame: Frame
    let type: ColumnType
    let ignoresNulls: Bool
    package init(
      _ function: Function, arguments: [ScalarExpression], frame: Frame, type: ColumnType,
      ignoresNulls: Bool = false
    ) {
      self.ignoresNulls = ignoresNulls
      self.function = function
      self.arguments = arguments
      self.frame = frame
      self.type = type
    }
  }

  package enum Ranking: Sendable { case rowNumber, rank, denseRank }

  package struct Cut: Sendable {
    let ranking: Ranking
    let skip: Int64
    /// The greatest rank kept.
    let last: Int64
    package init(_ ranking: Ranking, skip: Int, count: Int?) {
      self.ranking = ranking
      self.skip = Int64(skip)
      last =
        self.skip.addingReportingOverflow(Int64(count ?? .max)).overflow
        ? .max : count.map { Int64(skip) + Int64($0) } ?? .max
    }
  }

  package let partition: [ScalarExpression]
  package let order: [Key]
  package let calls: [Call]
  package let cut: Cut?

  package init(partition: [ScalarExpression], order: [Key], calls: [Call], cut: Cut?) {
    precondition(calls.isEmpty || cut?.skip ?? 0 == 0, "ranks count from the first row")
    self.partition = partition
    self.order = order
    self.calls = calls
    self.cut = cut
  }

  /// Whether equal rows differ in what is computed, so that each counts by itself.
  var distinguishesCopies: Bool {
    guard !calls.isEmpty else { return false }
    return cut?.ranking == .rowNumber
      || calls.contains { call in
        switch call.function {
        case .rank, .denseRank, .sessionStart, .sessionEnd: false
        default: true
        }
      }
  }
}
