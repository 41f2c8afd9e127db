import DataModel

/// INSERT INTO of an ad-hoc request. Texts become values of VARIANT columns as JSON.
struct InsertBinder {
  let relations: [QueryRelation]
  let binder: QueryBinder

  func bind(_ insert: SyntaxInsert) throws(SQLFault) -> InsertPlan {
    let name = insert.table
    guard let relation = relations.first(where: { $0.name == name.identifier }) else {
      throw .validation("Object '\(name.identifier)' not found", at: name.range)
    }
    guard relation.isTable else {
      throw SQLFault(.query, "INSERT INTO '\(name.identifier)': it is a view, not a table", at: name.range)
    }
    let fields = relation.schema.fields
    let targets = try targets(insert, fields)
    let bound = QueryBinder.cut(try binder.bindTop(insert.query))
    let source = bound.columns
    guard source.count == targets.count else {
      throw .validation(
        "Number of INSERT target columns (\(targets.count)) does not equal number of source items "
          + "(\(source.count))", at: insert.query.range)
    }
    let values = Plan.identity(source)
    var expressions: [ScalarExpression] = []
    var output: [PlanColumn] = []
    for (index, field) in fields.enumerated() {
      let value: ScalarExpression
      if let position = targets.firstIndex(of: index) {
        value = try assigned(values[position], source[position], to: field, at: insert.query.range)
      } else {
        value = try omitted(field, at: name.range)
      }
      expressions.append(value)
      output.append(PlanColumn(name: field.name, type: field.type, nullable: value.nullable))
    }
    let plan = Plan.project(input: bound.plan, expressions: expressions, output: output)
    return InsertPlan(
      table: relation.name,
      query: QueryPlan(
        plan: Rewriter.optimise(plan), order: [], limit: nil, offset: 0, visibleColumns: fields.count))
  }

  /// Positions of the columns written, all without a list.
  private func targets(_ insert: SyntaxInsert, _ fields: [Field]) throws(SQLFault) -> [Int] {
    guard !insert.columns.isEmpty else { return Array(fields.indices) }
    var result: [Int] = []
    for column in insert.columns {
      guard let index = fields.firstIndex(where: { $0.name == column.identifier }) else {
        throw .validation("Unknown target column '\(column.identifier)'", at: column.range)
      }
      guard !result.contains(index) else {
        throw .validation("Target column '\(column.identifier)' is assigned more than once", at: column.range)
      }
      result.append(index)
    }
    return result
  }

  private func assigned(
    _ value: ScalarExpression, _ source: PlanColumn, to field: Field, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    if field.type == .variant, value.type.isString {
      let text = Coercion.cast(value, to: .varchar(length: nil))
      return ScalarExpression(.call(.parseJSON, [text]), type: .variant, nullable: true)
    }
    guard Coercion.castable(value.type, field.type) else {
      throw .validation(
        "Cannot assign to target field '\(field.name)' of type \(field.type.description) from source field "
          + "'\(source.name)' of type \(value.type.description)", at: range)
    }
    return Coercion.cast(value, to: field.type)
  }

  private func omitted(_ field: Field, at range: TextRange) throws(SQLFault) -> ScalarExpression {
    if let value = field.defaultValue {
      return ScalarExpression(.literal(value), type: field.type, nullable: value.isNull)
    }
    guard field.nullable else {
      throw .validation(
        "Column '\(field.name)' has no default value and does not allow NULLs", at: range)
    }
    return ScalarExpression(.literal(.null), type: field.type, nullable: true)
  }
}
