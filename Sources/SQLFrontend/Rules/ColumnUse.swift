import DataModel

/// Which columns of each relation something reads: a view that reports rows, an expression, LATENESS, or an
/// operator that compares whole rows.
///
/// A column that is only passed on counts when it is read above. An expression counts wherever it stands, because
/// it may fail.
struct ColumnUse {
  private var used: [SQLIdentifier: Set<Int>] = [:]

  init(_ program: Program) {
    for definition in program.lateness { used[definition.relation, default: []].insert(definition.column) }
    // Readers follow what they read.
    for view in program.views.reversed() {
      if view.kind != .local || view.recursion != nil {
        used[view.name] = Set(view.plan.output.indices)
      }
      if let final = view.final { used[view.name, default: []].insert(final.column) }
      read(view.plan, used[view.name] ?? [])
    }
  }

  subscript(relation: SQLIdentifier) -> Set<Int> { used[relation] ?? [] }

  private mutating func read(_ plan: Plan, _ needed: Set<Int>) {
    switch plan {
    case .scan(let relation, _): used[relation, default: []].formUnion(needed)
    case .values: break
    case .filter(let input, let predicate): read(input, needed.union(predicate.columns))
    case .project(let input, let expressions, _): read(input, Self.columns(expressions, passing: needed))
    case .join(let left, let right, let keys, let residual):
      read((left, right), keys, needed.union(residual?.columns ?? []))
    case .outerJoin(_, let left, let right, let keys, let residual):
      read((left, right), keys, needed.union(residual?.columns ?? []))
    case .aggregate(let input, let groups, let calls, _):
      read(input, Self.columns(groups + calls.compactMap(\.argument)))
    case .collect(let input, let groups, let spec, _): read(input, Self.columns(groups + spec.expressions))
    case .distinct(let input): read(input, Set(input.output.indices))
    case .unionAll(let inputs, _): for input in inputs { read(input, needed) }
    case .setOperation(_, let left, let right):
      read(left, Set(left.output.indices))
      read(right, Set(right.output.indices))
    case .window(let input, let spec, _):
      read(input, needed.intersection(input.output.indices).union(Self.columns(spec.expressions)))
    case .expand(let input, let alternatives, _):
      read(input, alternatives.reduce(into: []) { $0.formUnion(Self.columns($1, passing: needed)) })
    case .unnest(let input, let spec, _):
      let passed = spec.kept.enumerated().filter { needed.contains($0.offset) }.map(\.element)
      read(input, Self.columns(spec.arrays).union(passed))
    }
  }

  /// `needed` are columns of both sides, one behind the other.
  private mutating func read(_ sides: (Plan, Plan), _ keys: [JoinKey], _ needed: Set<Int>) {
    let width = sides.0.output.count
    read(sides.0, needed.filter { $0 < width }.union(Self.columns(keys.map(\.left))))
    read(
      sides.1,
      Set(needed.filter { $0 >= width }.map { $0 - width }).union(Self.columns(keys.map(\.right))))
  }

  private static func columns(_ expressions: [ScalarExpression]) -> Set<Int> {
    expressions.reduce(into: []) { $1.insertColumns(into: &$0) }
  }

  /// Of expressions that are output columns, of which those in `needed` are read.
  private static func columns(_ expressions: [ScalarExpression], passing needed: Set<Int>) -> Set<Int> {
    var result: Set<Int> = []
    for (index, expression) in expressions.enumerated() {
      if expression.columnIndex != nil, !needed.contains(index) { continue }
      expression.insertColumns(into: &result)
    }
    return result
  }
}

extension Program {
  /// With the columns that ingress leaves out noted in the tables that ask for it (`skip_unused_columns`).
  ///
  /// Rows of a table that is materialized or has a key are kept whole.
  func skippingUnusedColumns() -> Program {
    guard tables.contains(where: \.skipsUnusedColumns) else { return self }
    let use = ColumnUse(self)
    var program = self
    for (index, table) in tables.enumerated() {
      guard table.skipsUnusedColumns, !table.materialized, table.schema.primaryKey == nil else { continue }
      let fields = table.schema.fields
      program.tables[index].skippedColumns = Set(
        fields.indices.filter { fields[$0].nullable && !use[table.name].contains($0) })
    }
    return program
  }
}
