package import DataModel

/// One item of ORDER BY over the input of a window.
package struct OrderKey: Hashable, Sendable {
  package let expression: ScalarExpression
  package let descending: Bool
  package let nullsFirst: Bool

  package init(_ expression: ScalarExpression, descending: Bool, nullsFirst: Bool) {
    self.expression = expression
    self.descending = descending
    self.nullsFirst = nullsFirst
  }
}

/// One function over the ordered rows of a partition.
package struct WindowCall: Hashable, Sendable {
  package enum Function: Hashable, Sendable {
    case rowNumber, rank, denseRank
    /// (rank - 1) / (rows - 1), and the share of rows up to the last peer.
    case percentRank, cumulativeDistribution
    /// Buckets of nearly equal size; the number of them is the literal argument.
    case ntile
    /// Value of the row that many rows before (negative: behind); the default beyond the partition.
    case shifted(by: Int)
    /// First, last or n-th value of the frame.
    case firstValue, lastValue
    case nthValue(Int)
    /// Rows of the frame.
    case countAll
    /// Over the values of the frame that are not NULL.
    case count, sum, average, minimum, maximum
    /// Start and end of the session that the row is in: rows belong together when each ordering value lies
    /// less than the gap behind one before it.
    case sessionStart(gap: Int64), sessionEnd(gap: Int64)
  }

  package let function: Function
  /// The argument, then the default of LAG and LEAD.
  package let arguments: [ScalarExpression]
  package let frame: WindowFrame
  package let type: ColumnType
  package let nullable: Bool
  /// IGNORE NULLS of LAG, LEAD and values of the frame: rows whose argument is NULL are passed over.
  package let ignoresNulls: Bool

  package init(
    _ function: Function, arguments: [ScalarExpression], frame: WindowFrame, type: ColumnType, nullable: Bool,
    ignoresNulls: Bool = false
  ) {
    self.ignoresNulls = ignoresNulls
    self.function = function
    self.arguments = arguments
    self.frame = frame
    self.type = type
    self.nullable = nullable
  }
}

/// Which rows around the current one a window function sees.
package struct WindowFrame: Hashable, Sendable {
  package enum Unit: String, Hashable, Sendable {
    /// Positions.
    case rows = "ROWS"
    /// Distances of the one ordering value; peers come together.
    case range = "RANGE"
  }

  package enum Bound: Hashable, Sendable {
    case unboundedPreceding
    case unboundedFollowing
    /// 0 is the current row (with its peers in a RANGE); positive lies behind it.
    case offset(Int64)
    /// Of a RANGE over dates and timestamps.
    case months(Int64)
    /// Of a RANGE over doubles.
    case real(Double)
  }

  package let unit: Unit
  package let start: Bound
  package let end: Bound

  package init(_ unit: Unit, from start: Bound, to end: Bound) {
    self.unit = unit
    self.start = start
    self.end = end
  }

  package static let whole = WindowFrame(.rows, from: .unboundedPreceding, to: .unboundedFollowing)
}

/// How rows are partitioned and ordered, what is computed over them, and which of them are kept.
package struct WindowSpec: Hashable, Sendable {
  /// The first rows of each partition in their order: those whose rank lies in skip+1 ... skip+count.
  package struct Cut: Hashable, Sendable {
    package enum Ranking: String, Hashable, Sendable { case rowNumber, rank, denseRank }
    package let ranking: Ranking
    package let skip: Int
    /// Nil: all behind those skipped.
    package let count: Int?
    package init(_ ranking: Ranking, skip: Int, count: Int?) {
      self.ranking = ranking
      self.skip = skip
      self.count = count
    }
  }

  package var partition: [ScalarExpression]
  package var order: [OrderKey]
  package var calls: [WindowCall]
  package var cut: Cut?

  package init(partition: [ScalarExpression], order: [OrderKey], calls: [WindowCall], cut: Cut?) {
    self.partition = partition
    self.order = order
    self.calls = calls
    self.cut = cut
  }

  /// All expressions over the input.
  package var expressions: [ScalarExpression] {
    partition + order.map(\.expression) + calls.flatMap(\.arguments)
  }

  func mapExpressions(_ change: (ScalarExpression) -> ScalarExpression) -> WindowSpec {
    WindowSpec(
      partition: partition.map(change),
      order: order.map {
        OrderKey(change($0.expression), descending: $0.descending, nullsFirst: $0.nullsFirst)
      },
      calls: calls.map {
        WindowCall(
          $0.function, arguments: $0.arguments.map(change), frame: $0.frame, type: $0.type,
          nullable: $0.nullable, ignoresNulls: $0.ignoresNulls)
      }, cut: cut)
  }
}
