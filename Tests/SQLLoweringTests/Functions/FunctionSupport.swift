import DataModel
import Dataflow
import SQLFrontend
import Testing

// What the function tests share: one SQL expression evaluated in three ways that must agree: folded as a literal, over
// columns of the literals it holds, and over the same columns with rows of NULLs around.

/// An expression and the text of its value, `NULL`, or `error: …` with the beginning of the message.
typealias FunctionCase = (sql: String, expected: String)

func check(_ cases: [FunctionCase], sourceLocation: SourceLocation = #_sourceLocation) {
  for (sql, expected) in cases {
    for (way, found) in outcomes(sql) {
      let matches = expected.hasPrefix("error:") ? found.hasPrefix(expected) : found == expected
      #expect(matches, "\(sql) \(way): \(found), expected \(expected)", sourceLocation: sourceLocation)
    }
  }
}

func outcomes(_ sql: String) -> [(String, String)] {
  let expression: ScalarExpression
  switch bound("SELECT \(sql)") {
  case .success(let bound): expression = bound
  case .failure(let error): return [("bound", "error: \(error.diagnostics.first?.message ?? "")")]
  }
  var literals: [(Value, ColumnType)] = []
  let overColumns = withColumns(expression, &literals)
  let row = literals.map(\.0)
  let types = literals.map(\.1.physical)
  let nulls = literals.map { _ in Value.null }
  var ways = [
    ("folded", run(expression, [[]], [], 0)), ("over columns", run(overColumns, [row, row], types, 1)),
  ]
  if !refusesNulls(expression), literals.count > 0 {
    ways.append(("among NULLs", run(overColumns, [nulls, row, nulls, row], types, 3)))
  }
  return ways
}

private func bound(_ sql: String) -> Result<ScalarExpression, SQLErrors> {
  SQLCompiler.query(sql, catalog: []).map { statement in
    guard case .select(let query) = statement else {
      return ScalarExpression(.literal(.null), type: .null, nullable: true)
    }
    switch query.plan {
    case .project(_, let expressions, _): return expressions[0]
    case .values(let rows, _): return rows[0][0]
    default: return ScalarExpression(.literal(.null), type: .null, nullable: true)
    }
  }
}

/// Literals become columns, but those that a kernel takes when it is made.
private func withColumns(
  _ expression: ScalarExpression, _ literals: inout [(Value, ColumnType)]
) -> ScalarExpression {
  switch expression.node {
  case .column: return expression
  case .literal(let value):
    if expression.type == .null { return expression }
    literals.append((value, expression.type))
    return ScalarExpression(.column(literals.count - 1), type: expression.type, nullable: true)
  case .call(let function, let arguments):
    var changed: [ScalarExpression] = []
    // The body of a lambda reads only what it captures.
    let body = function == .transform || function == .arrayExists ? arguments.count - 1 : -1
    for (index, argument) in arguments.enumerated() {
      let stays = index == body || (index == 0 && function.takesLiteral)
      changed.append(stays ? argument : withColumns(argument, &literals))
    }
    return ScalarExpression(.call(function, changed), type: expression.type, nullable: true)
  case .conditional(let branches, let otherwise):
    var changed: [ConditionalBranch] = []
    for branch in branches {
      let condition = withColumns(branch.condition, &literals)
      changed.append(ConditionalBranch(condition: condition, result: withColumns(branch.result, &literals)))
    }
    let rest = otherwise.map { withColumns($0, &literals) }
    return ScalarExpression(.conditional(changed, otherwise: rest), type: expression.type, nullable: true)
  }
}

/// NULL is no key of a map.
private func refusesNulls(_ expression: ScalarExpression) -> Bool {
  switch expression.node {
  case .call(let function, let arguments):
    function == .makeMap || function == .mapFromArrays || arguments.contains(where: refusesNulls)
  default: false
  }
}

private func run(
  _ expression: ScalarExpression, _ rows: [[Value]], _ types: [PhysicalType], _ position: Int
) -> String {
  do throws(EvaluationError) {
    let found = try CompiledExpression(expression).evaluate(
      columns(rows, types), count: rows.count, now: 0)
    return ValueText.render(found.value(at: position), as: expression.type)
  } catch {
    return "error: \(error.message)"
  }
}
