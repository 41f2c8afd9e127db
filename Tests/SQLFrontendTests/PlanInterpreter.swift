import DataModel
import SQLFrontend

/// Runs plans over small tables of integers by the plainest means: nested loops, no rewriting, no shared code
/// with the engine.
///
/// Knows what the random queries of `RewriteTests` use; anything else is an error. A row has weight 1 per
/// occurrence.
struct PlanInterpreter {
  typealias Row = [Int64?]
  struct Unknown: Error {}

  let tables: [String: [Row]]

  func run(_ plan: Plan) throws -> [Row] {
    switch plan {
    case .scan(let relation, _): return tables[relation.canonical] ?? []
    case .values(let rows, _): return try rows.map { row in try row.map { try evaluate($0, []) } }
    case .filter(let input, let predicate): return try run(input).filter { try evaluate(predicate, $0) == 1 }
    case .project(let input, let expressions, _):
      return try run(input).map { row in try expressions.map { try evaluate($0, row) } }
    case .join(let left, let right, let keys, let residual): return try join(left, right, keys, residual)
    case .aggregate(let input, let groups, let calls, _): return try aggregate(run(input), groups, calls)
    case .distinct(let input): return Array(Set(try run(input)))
    case .unionAll(let inputs, _): return try inputs.flatMap { try run($0) }
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return try outerJoin(kind, left, right, keys, residual)
    case .setOperation(let operation, let left, let right):
      return try setOperation(operation, run(left), run(right))
    case .window, .expand, .unnest, .collect: throw Unknown()
    }
  }

  private func join(
    _ left: Plan, _ right: Plan, _ keys: [JoinKey], _ residual: ScalarExpression?
  ) throws -> [Row] {
    var result: [Row] = []
    let others = try run(right)
    for a in try run(left) {
      for b in others {
        let matches = try keys.allSatisfy { key in
          guard let x = try evaluate(key.left, a), let y = try evaluate(key.right, b) else { return false }
          return x == y
        }
        guard matches else { continue }
        if let residual, try evaluate(residual, a + b) != 1 { continue }
        result.append(a + b)
      }
    }
    return result
  }

  private func outerJoin(
    _ kind: OuterJoinKind, _ left: Plan, _ right: Plan, _ keys: [JoinKey], _ residual: ScalarExpression?
  ) throws -> [Row] {
    let others = try run(right)
    var isUsed = others.map { _ in false }
    var result: [Row] = []
    for a in try run(left) {
      var found = false
      for (index, b) in others.enumerated() {
        let isEqual = try keys.allSatisfy { key in
          guard let x = try evaluate(key.left, a), let y = try evaluate(key.right, b) else { return false }
          return x == y
        }
        guard isEqual, try residual.map({ try evaluate($0, a + b) == 1 }) ?? true else { continue }
        found = true
        isUsed[index] = true
        if kind == .left || kind == .full { result.append(a + b) }
      }
      switch kind {
      case .semi: if found { result.append(a) }
      case .anti: if !found { result.append(a) }
      case .left, .full: if !found { result.append(a + right.output.map { _ in nil }) }
      }
    }
    guard kind == .full else { return result }
    for (index, b) in others.enumerated() where !isUsed[index] {
      result.append(left.output.map { _ in nil } + b)
    }
    return result
  }

  private func setOperation(_ operation: RowSetOperation, _ left: [Row], _ right: [Row]) -> [Row] {
    var counts = Dictionary(right.map { ($0, 1) }, uniquingKeysWith: +)
    let isAll = operation == .intersectAll || operation == .exceptAll
    let isIntersection = operation == .intersect || operation == .intersectAll
    let chosen = left.filter { row in
      let found = counts[row, default: 0] > 0
      if found, isAll { counts[row, default: 0] -= 1 }
      return found == isIntersection
    }
    return isAll ? chosen : Array(Set(chosen))
  }

  private func aggregate(_ rows: [Row], _ groups: [ScalarExpression], _ calls: [AggregateCall]) throws
    -> [Row]
  {
    var members: [Row: [Row]] = groups.isEmpty ? [[]: []] : [:]
    for row in rows { members[try groups.map { try evaluate($0, row) }, default: []].append(row) }
    return try members.map { key, rows in try key + calls.map { try aggregate($0, rows) } }
  }

  private func aggregate(_ call: AggregateCall, _ rows: [Row]) throws -> Int64? {
    guard let argument = call.argument else { return Int64(rows.count) }
    var values = try rows.compactMap { try evaluate(argument, $0) }
    if call.distinct { values = Array(Set(values)) }
    switch call.function {
    case .countAll, .count: return Int64(values.count)
    case .sum: return values.isEmpty ? nil : values.reduce(0, +)
    case .minimum: return values.min()
    case .maximum: return values.max()
    case .average: throw Unknown()
    }
  }

  // MARK: Scalars

  func evaluate(_ expression: ScalarExpression, _ row: Row) throws -> Int64? {
    switch expression.node {
    case .column(let index): return row[index]
    case .literal(.null): return nil
    case .literal(.int64(let value)): return value
    case .literal: throw Unknown()
    case .conditional(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition, row) == 1 {
        return try evaluate(branch.result, row)
      }
      return try otherwise.flatMap { try evaluate($0, row) }
    case .call(let function, let arguments):
      return try call(function, arguments.map { try evaluate($0, row) })
    }
  }

  private func call(_ function: ScalarFunction, _ values: [Int64?]) throws -> Int64? {
    switch function {
    case .isNull: return values[0] == nil ? 1 : 0
    case .isNotNull: return values[0] == nil ? 0 : 1
    case .coalesce: return values.compactMap { $0 }.first
    case .and: return values.contains(0) ? 0 : values.contains(nil) ? nil : 1
    case .or: return values.contains(1) ? 1 : values.contains(nil) ? nil : 0
    case .cast: return values[0]
    default: break
    }
    let known = values.compactMap { $0 }
    guard known.count == values.count else { return nil }
    switch function {
    case .not: return 1 - known[0]
    case .add: return known[0] + known[1]
    case .multiply: return known[0] * known[1]
    case .equal: return known[0] == known[1] ? 1 : 0
    case .notEqual: return known[0] != known[1] ? 1 : 0
    case .less: return known[0] < known[1] ? 1 : 0
    case .greaterOrEqual: return known[0] >= known[1] ? 1 : 0
    case .lessOrEqual: return known[0] <= known[1] ? 1 : 0
    case .greater: return known[0] > known[1] ? 1 : 0
    default: throw Unknown()
    }
  }
}
