import DataModel

/// Computes the calls of a window over ordered partitions.
struct WindowEvaluator {
  private let calls: [(call: WindowDefinition.Call, arguments: [CompiledExpression])]
  /// The one ordering value, for sessions and for distances of RANGE frames.
  private let orderValue: CompiledExpression?
  private let descending: Bool

  init(_ definition: WindowDefinition) {
    calls = definition.calls.map { ($0, $0.arguments.map { CompiledExpression($0) }) }
    orderValue = definition.order.first.map { CompiledExpression($0.expression) }
    descending = definition.order.first?.descending ?? false
    readsColumns = definition.calls.contains { call in
      switch call.function {
      case .rowNumber, .rank, .denseRank: false
      default: true
      }
    }
  }

  var hasCalls: Bool { !calls.isEmpty }

  /// Whether ranks alone are not all that is asked for.
  let readsColumns: Bool

  var usesNow: Bool { calls.contains { $0.arguments.contains { $0.usesNow } } }

  func evaluate(
    _ columns: [ColumnVector], _ rows: PartitionRows, _ now: Int64
  ) throws(EvaluationError) -> [ColumnVector] {
    guard !calls.isEmpty else { return [] }
    let ordering = !readsColumns ? nil : try orderValue?.evaluate(columns, count: rows.count, now: now)
    let place = WindowPlace(rows, ordering: ordering, descending: descending)
    var result: [ColumnVector] = []
    for (call, compiled) in calls {
      var arguments: [ColumnVector] = []
      for argument in compiled {
        arguments.append(
          ColumnGather.canonical(try argument.evaluate(columns, count: rows.count, now: now)))
      }
      result.append(try column(call, arguments, place))
    }
    return result
  }

  private func column(
    _ call: WindowDefinition.Call, _ arguments: [ColumnVector], _ place: WindowPlace
  ) throws(EvaluationError) -> ColumnVector {
    switch call.function {
    case .rowNumber, .rank, .denseRank, .ntile:
      return ColumnVector(.int64(try place.numbers(call.function, arguments.first)))
    case .percentRank, .cumulativeDistribution:
      return ColumnVector(.float64(place.shares(call.function)))
    case .sessionStart(let gap): return try place.sessions(gap, start: true)
    case .sessionEnd(let gap): return try place.sessions(gap, start: false)
    case .shifted, .firstValue, .lastValue, .nthValue:
      if call.ignoresNulls { return try PresentValues(arguments[0]).column(call, arguments, place) }
      return try values(call, arguments, place)
    default:
      return try FrameAggregate(call, arguments.first).run(try place.frames(call.frame))
    }
  }

  private func values(
    _ call: WindowDefinition.Call, _ arguments: [ColumnVector], _ place: WindowPlace
  ) throws(EvaluationError) -> ColumnVector {
    switch call.function {
    case .shifted(let distance):
      var sources: [Int] = []
      for row in 0..<place.count {
        let (start, end) = place.partition(of: row)
        let (source, overflow) = row.subtractingReportingOverflow(distance)
        sources.append(!overflow && source >= start && source < end ? source : -1)
      }
      return try ColumnGather.picked(arguments[0], sources, else: arguments.count > 1 ? arguments[1] : nil)
    default:
      let frames = try place.frames(call.frame)
      let sources = frames.map { low, high in
        switch call.function {
        case .lastValue: high > low ? high - 1 : -1
        case .nthValue(let number): high > low && number <= high - low ? low + number - 1 : -1
        default: high > low ? low : -1
        }
      }
      return try ColumnGather.picked(arguments[0], sources)
    }
  }
}
