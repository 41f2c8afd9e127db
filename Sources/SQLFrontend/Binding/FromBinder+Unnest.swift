import DataModel

/// UNNEST as written.
struct SyntaxUnnest {
  let arguments: [SyntaxExpression]
  let ordinality: Bool
  let alias: SyntaxAlias?
  let range: TextRange
}

/// UNNEST in FROM: its arguments see the tables before it, and those of the query around a subquery.
extension FromBinder {
  /// Every row of the left side with each of its items; a LEFT JOIN, which has no condition here, keeps rows
  /// without items.
  mutating func unnest(
    _ left: BoundFrom, _ kind: JoinKind, _ table: SyntaxUnnest, _ condition: JoinCondition
  ) throws(SQLFault) -> BoundFrom {
    let width = left.columns.count
    let outer = query.outer
    let scope = Scope(left.columns + (outer?.columns ?? []), outer: outer)
    var binder = ExpressionBinder(scope: scope, context: query.context, clause: "UNNEST")
    var arrays: [ScalarExpression] = []
    for argument in table.arguments { arrays.append(try binder.unnestable(argument)) }
    var input = left
    if let outer, arrays.contains(where: { $0.columns.contains { $0 >= width } }) {
      input = FromBinder.besideOuter(left, outer)
    }
    let keepsEmpty = kind == .left
    let spec = UnnestSpec(
      arrays: arrays, ordinality: table.ordinality, keepsEmpty: keepsEmpty,
      kept: Array(input.plan.output.indices))
    let items = FromBinder.items(spec)
    try query.context.budget.charge(items.count, at: table.range)
    let plan = FromBinder.spread(
      .unnest(input: input.plan, spec: spec, output: input.plan.output + items), input.columns.count)
    let own = try named(Array(plan.output[input.columns.count...]), table)
    let result = BoundFrom(plan: plan, columns: input.columns + own)
    return try conditioned(result, condition, at: table.range)
  }

  /// The table with the columns of the query around behind its own, which no name means.
  private static func besideOuter(_ left: BoundFrom, _ outer: OuterColumns) -> BoundFrom {
    let around = Plan.scan(relation: outer.relation, output: outer.output)
    let copies = outer.columns.enumerated().map { index, column in
      var copy = ScopeColumn.nameless(column.type, nullable: column.nullable)
      copy.outerCopy = index
      return copy
    }
    return BoundFrom(
      plan: .join(left: left.plan, right: around, keys: [], residual: nil), columns: left.columns + copies)
  }

  /// The columns that an unnest adds.
  private static func items(_ spec: UnnestSpec) -> [PlanColumn] {
    var result: [PlanColumn] = []
    for (index, array) in spec.arrays.enumerated() {
      switch array.type {
      case .map(let key, let value):
        result.append(PlanColumn(name: SQLIdentifier("KEY"), type: key, nullable: spec.keepsEmpty))
        result.append(PlanColumn(name: SQLIdentifier("VALUE"), type: value, nullable: true))
      case .array(let element):
        result.append(PlanColumn(name: SQLIdentifier("EXPR$\(index)"), type: element, nullable: true))
      default: break
      }
    }
    if spec.ordinality {
      result.append(
        PlanColumn(name: SQLIdentifier("ORDINALITY"), type: .integer, nullable: spec.keepsEmpty))
    }
    return result
  }

  /// Fields in place of items that are rows.
  private static func spread(_ plan: Plan, _ width: Int) -> Plan {
    let columns = plan.output
    var expressions: [ScalarExpression] = []
    var output: [PlanColumn] = []
    for (index, value) in Plan.identity(columns).enumerated() {
      guard index >= width, case .row(let fields) = columns[index].type else {
        expressions.append(value)
        output.append(columns[index])
        continue
      }
      for (position, field) in fields.enumerated() {
        let number = ScalarExpression(.literal(.int64(Int64(position))), type: .integer, nullable: false)
        expressions.append(
          ScalarExpression(.call(.field, [number, value]), type: field.type, nullable: true))
        output.append(PlanColumn(name: field.name, type: field.type, nullable: true))
      }
    }
    guard output.count != columns.count || output != columns else { return plan }
    return .project(input: plan, expressions: expressions, output: output)
  }

  /// What names mean over the columns of the items. As in Calcite, a single column without a name of its own
  /// has that of the alias.
  private mutating func named(_ items: [PlanColumn], _ table: SyntaxUnnest) throws(SQLFault)
    -> [ScopeColumn]
  {
    var items = items
    if let alias = table.alias {
      try claim(alias.name)
      if alias.columns.isEmpty, items.count == 1, items[0].name.spelled.hasPrefix("EXPR$") {
        items = [PlanColumn(name: alias.name.identifier, type: items[0].type, nullable: items[0].nullable)]
      }
      items = try QueryBinder.renamed(.values(rows: [], output: items), alias.columns, at: alias.name).output
    }
    return items.map {
      ScopeColumn(
        relation: table.alias?.name.identifier, name: $0.name, type: $0.type, nullable: $0.nullable)
    }
  }

  private func conditioned(
    _ from: BoundFrom, _ condition: JoinCondition, at range: TextRange
  ) throws(SQLFault) -> BoundFrom {
    switch condition {
    case .none: return from
    case .on(let expression):
      if case .boolean(true) = expression.kind { return from }
      var binder = ExpressionBinder(
        scope: Scope(from.columns), context: query.context, clause: "ON clause")
      let predicate = try binder.condition(expression, of: "ON clause")
      return BoundFrom(plan: .filter(input: from.plan, predicate: predicate), columns: from.columns)
    default: throw .unimplemented("USING with UNNEST", at: range)
    }
  }

  /// `a, UNNEST(a.x) JOIN b`: the item sees `a`, so the joins go from left to right where that means the
  /// same.
  static func reassociated(_ left: SyntaxTable, _ right: SyntaxTable) -> SyntaxTable? {
    guard case .join(let kind, let first, let second, let condition, let range) = right,
      kind == .inner || kind == .cross || kind == .left
    else { return nil }
    switch condition {
    case .none, .on: break
    default: return nil
    }
    switch first {
    case .unnest, .query(_, _, true):
      return .join(kind, .join(.cross, left, first, .none, range), second, condition, range)
    default:
      return reassociated(left, first).map { .join(kind, $0, second, condition, range) }
    }
  }
}

extension ExpressionBinder {
  fileprivate mutating func unnestable(_ argument: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    let value = try bind(argument)
    switch value.type {
    case .array(.null): return Coercion.cast(value, to: .array(.integer))
    case .array, .map: return value
    case .null: return Coercion.cast(value, to: .array(.integer))
    default: throw wrongTypes("UNNEST", [value], at: argument.range)
    }
  }
}

extension ScopeColumn {
  static func nameless(_ type: ColumnType, nullable: Bool) -> ScopeColumn {
    ScopeColumn(
      relation: nil, name: SQLIdentifier("", caseSensitive: true), type: type, nullable: nullable,
      hidden: true)
  }
}

extension BoundFrom {
  /// One row with one column that no name means.
  static var unit: BoundFrom {
    let zero = ScalarExpression(.literal(.int64(0)), type: .integer, nullable: false)
    let column = PlanColumn(name: SQLIdentifier("ZERO"), type: .integer, nullable: false)
    return BoundFrom(
      plan: .values(rows: [[zero]], output: [column]), columns: [.nameless(.integer, nullable: false)])
  }
}
