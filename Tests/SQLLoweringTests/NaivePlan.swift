import DataModel
import Dataflow
import SQLFrontend

/// The meaning of plans by the plainest means: Z-sets in dictionaries, nested loops, nothing incremental.
/// Scalars go through `CompiledExpression`, one row at a time; they have tests of their own.
struct NaivePlan {
  let relations: [SQLIdentifier: ZSet]

  func run(_ plan: Plan) throws -> ZSet {
    var result: ZSet = [:]
    switch plan {
    case .scan(let relation, _): return relations[relation] ?? [:]
    case .values(let rows, _): for row in rows { result.add(try row.map { try value($0, []) }, 1) }
    case .filter(let input, let predicate):
      for (row, weight) in try run(input) where try value(predicate, row) == .boolean(true) {
        result.add(row, weight)
      }
    case .project(let input, let expressions, _):
      for (row, weight) in try run(input) { result.add(try expressions.map { try value($0, row) }, weight) }
    case .join(let left, let right, let keys, let residual):
      let others = try run(right)
      for (a, weight) in try run(left) {
        for (b, other) in others where try matches(a, b, keys, residual) { result.add(a + b, weight * other) }
      }
    case .aggregate(let input, let groups, let calls, _): return try aggregate(run(input), groups, calls)
    case .distinct(let input): for (row, weight) in try run(input) where weight > 0 { result.add(row, 1) }
    case .unionAll(let inputs, _):
      for input in inputs { for (row, weight) in try run(input) { result.add(row, weight) } }
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return try outerJoin(kind, left, right) { a, b in try matches(a, b, keys, residual) }
    case .setOperation(let operation, let left, let right):
      let (a, b) = (try run(left), try run(right))
      for (row, weight) in a { result.add(row, NaivePlan.combine(operation, weight, b[row] ?? 0)) }
    case .window(let input, let spec, _): return try window(run(input), spec)
    case .unnest(let input, let spec, _): return try unnest(run(input), spec)
    case .collect(let input, let groups, let spec, _): return try collect(run(input), groups, spec)
    case .expand(let input, let alternatives, _):
      for (row, weight) in try run(input) {
        for alternative in alternatives { result.add(try alternative.map { try value($0, row) }, weight) }
      }
    }
    return result
  }

  private static func combine(_ operation: RowSetOperation, _ left: Int64, _ right: Int64) -> Int64 {
    let (a, b) = (max(0, left), max(0, right))
    switch operation {
    case .intersect: return min(1, min(a, b))
    case .intersectAll: return min(a, b)
    case .except: return b == 0 ? min(1, a) : 0
    case .exceptAll: return max(0, a - b)
    }
  }

  private func outerJoin(
    _ kind: OuterJoinKind, _ left: Plan, _ right: Plan, _ matches: (Row, Row) throws -> Bool
  ) throws -> ZSet {
    var result: ZSet = [:]
    let (mine, others) = (try run(left), try run(right))
    let nulls = { (plan: Plan) in [Value](repeating: .null, count: plan.output.count) }
    var seen: Set<Row> = []
    for (a, weight) in mine {
      let partners = try others.filter { try matches(a, $0.key) }
      seen.formUnion(partners.keys)
      switch kind {
      case .semi: if !partners.isEmpty { result.add(a, weight) }
      case .anti: if partners.isEmpty { result.add(a, weight) }
      case .left, .full:
        for (b, other) in partners { result.add(a + b, weight * other) }
        if partners.isEmpty { result.add(a + nulls(right), weight) }
      }
    }
    guard kind == .full else { return result }
    for (b, weight) in others where !seen.contains(b) { result.add(nulls(left) + b, weight) }
    return result
  }

  func value(_ expression: ScalarExpression, _ row: Row) throws -> Value {
    let columns = row.map { value in
      // The layout of a NULL does not matter: an absent row is absent in each.
      let physical: PhysicalType =
        switch value {
        case .null, .int64: .int64
        case .float64: .float64
        case .int128: .int128
        case .bytes: .bytes
        }
      return ColumnVector(repeating: value, physical: physical, count: 1)
    }
    let typed = NaivePlan.retyped(columns, row, expression)
    return try CompiledExpression(expression).evaluate(typed, count: 1, now: 0).value(at: 0)
  }

  /// NULLs in the layout that the expression reads them in.
  private static func retyped(_ columns: [ColumnVector], _ row: Row, _ expression: ScalarExpression)
    -> [ColumnVector]
  {
    var result = columns
    func visit(_ expression: ScalarExpression) {
      switch expression.node {
      case .column(let index) where row[index].isNull:
        result[index] = ColumnVector(repeating: .null, physical: expression.type.physical, count: 1)
      case .column, .literal: break
      case .call(_, let arguments): arguments.forEach(visit)
      case .conditional(let branches, let otherwise):
        for branch in branches { [branch.condition, branch.result].forEach(visit) }
        if let otherwise { visit(otherwise) }
      }
    }
    visit(expression)
    return result
  }

  private func matches(_ left: Row, _ right: Row, _ keys: [JoinKey], _ residual: ScalarExpression?) throws
    -> Bool
  {
    for key in keys {
      let a = try value(key.left, left)
      guard !a.isNull, a == (try value(key.right, right)) else { return false }
    }
    return try residual.map { try value($0, left + right) == .boolean(true) } ?? true
  }

  private func aggregate(_ input: ZSet, _ groups: [ScalarExpression], _ calls: [AggregateCall]) throws -> ZSet
  {
    var members: [Row: [Row]] = groups.isEmpty ? [[]: []] : [:]
    for row in input.rows { members[try groups.map { try value($0, row) }, default: []].append(row) }
    var result: ZSet = [:]
    for (key, rows) in members { result.add(try key + calls.map { try aggregate($0, rows) }, 1) }
    return result
  }

  private func aggregate(_ call: AggregateCall, _ rows: [Row]) throws -> Value {
    guard let argument = call.argument else { return .int64(Int64(rows.count)) }
    var values = try rows.map { try value(argument, $0) }.filter { !$0.isNull }
    if call.distinct { values = Array(Set(values)) }
    if call.function == .count { return .int64(Int64(values.count)) }
    guard let first = values.first else { return .null }
    switch call.function {
    case .minimum: return values.dropFirst().reduce(first) { isLess($1, $0) ? $1 : $0 }
    case .maximum: return values.dropFirst().reduce(first) { isLess($0, $1) ? $1 : $0 }
    default: return total(values, average: call.function == .average)
    }
  }

  func total(_ values: [Value], average: Bool) -> Value {
    var whole: Int128 = 0
    var fraction = 0.0
    var result = Value.null
    for value in values {
      switch value {
      case .int64(let number):
        whole += Int128(number)
        result = .int64(Int64(average ? whole / Int128(values.count) : whole))
      case .int128(let number):
        whole += number
        let divisor = average ? Int128(values.count) : 1
        let magnitude = (2 * abs(whole) + divisor) / (2 * divisor)
        result = .int128(whole < 0 ? -magnitude : magnitude)
      case .float64(let number):
        fraction += number
        result = .float64(average ? fraction / Double(values.count) : fraction)
      case .null, .bytes: break
      }
    }
    return result
  }

  func isLess(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.int64(let a), .int64(let b)): a < b
    case (.int128(let a), .int128(let b)): a < b
    case (.float64(let a), .float64(let b)): a < b
    case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
    default: false
    }
  }
}
