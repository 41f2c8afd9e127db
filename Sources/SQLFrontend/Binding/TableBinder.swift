import DataModel

/// Binds the columns and the key of a CREATE TABLE.
struct TableBinder {
  let source: SourceText
  private let types: [SQLIdentifier: ColumnType]
  private(set) var warnings: [SQLFault] = []

  init(source: SourceText, types: [SQLIdentifier: ColumnType] = [:]) {
    self.source = source
    self.types = types
  }

  mutating func schema(of table: SyntaxCreateTable) throws(SQLFault) -> Schema {
    if let (construct, range) = table.unsupported.first { throw .unimplemented(construct, at: range) }
    let key = try primaryKey(of: table)
    var fields: [Field] = []
    var names: Set<SQLIdentifier> = []
    for (index, column) in table.columns.enumerated() {
      guard names.insert(column.name.identifier).inserted else {
        throw SQLFault(
          .compilation, "Column with name '\(column.name.identifier)' already defined", at: column.name.range)
      }
      fields.append(try field(column, isKey: key?.contains(index) == true))
    }
    return Schema(fields: fields, primaryKey: key)
  }

  private mutating func field(_ column: SyntaxColumn, isKey: Bool) throws(SQLFault) -> Field {
    if let range = column.check { throw .unimplemented("column constraint", at: range) }
    let type = try TypeBinder.bind(column.type, types: types)
    if case .interval = type {
      throw .unimplemented("column of type \(type.description)", at: column.type.range)
    }
    if isKey, column.nullable {
      warnings.append(
        SQLFault(
          .primaryKey,
          "PRIMARY KEY column '\(column.name.identifier)' has type \(type.description), which is nullable",
          at: column.name.range))
    }
    let nullable = column.nullable && !isKey
    let value = try column.defaultValue.map { expression throws(SQLFault) in
      try defaultValue(expression, type, nullable: nullable)
    }
    return Field(name: column.name.identifier, type: type, nullable: nullable, defaultValue: value)
  }

  // MARK: Key

  private func primaryKey(of table: SyntaxCreateTable) throws(SQLFault) -> [Int]? {
    let inline = table.columns.indices.filter { table.columns[$0].primaryKey != nil }
    if inline.count > 1, let range = table.columns[inline[1]].primaryKey {
      throw TableBinder.secondKey(range)
    }
    guard let constraint = table.primaryKeys.first else { return inline.isEmpty ? nil : inline }
    if !inline.isEmpty { throw TableBinder.secondKey(constraint.range) }
    if table.primaryKeys.count > 1 { throw TableBinder.secondKey(table.primaryKeys[1].range) }
    var key: [Int] = []
    for name in constraint.columns {
      guard let index = table.columns.firstIndex(where: { $0.name.identifier == name.identifier }) else {
        throw SQLFault(.compilation, "PRIMARY KEY field '\(name.identifier)' does not exist", at: name.range)
      }
      guard !key.contains(index) else {
        throw SQLFault(.compilation, "PRIMARY KEY field '\(name.identifier)' is named twice", at: name.range)
      }
      key.append(index)
    }
    return key
  }

  private static func secondKey(_ range: TextRange) -> SQLFault {
    SQLFault(.compilation, "PRIMARY KEY already declared", at: range)
  }

  // MARK: DEFAULT

  private func defaultValue(
    _ expression: SyntaxExpression, _ type: ColumnType, nullable: Bool
  ) throws(SQLFault) -> Value {
    let context = BindingContext(
      source: source, budget: BindingBudget(), allowsNow: false, types: types)
    var binder = ExpressionBinder(scope: Scope([]), context: context, clause: "DEFAULT clause")
    let bound = try binder.bind(expression)
    guard Coercion.castable(bound.type, type) else {
      throw SQLFault(
        .compilation,
        "Cannot assign DEFAULT of type \(bound.type.description) to a column of type \(type.description)",
        at: expression.range)
    }
    let value = try fold(bound, type, at: expression.range)
    guard nullable || !value.isNull else {
      throw SQLFault(.compilation, "DEFAULT NULL for a column that is NOT NULL", at: expression.range)
    }
    return value
  }

  /// The value of a literal under any casts, as `type`.
  private func fold(_ expression: ScalarExpression, _ type: ColumnType, at range: TextRange) throws(SQLFault)
    -> Value
  {
    switch expression.node {
    case .literal(let value):
      return try convert(value, expression.type, type, at: range)
    case .call(.cast, let arguments) where arguments.count == 1:
      let inner = try fold(arguments[0], expression.type, at: range)
      return try convert(inner, expression.type, type, at: range)
    default: throw .unimplemented("DEFAULT expression that is not a literal", at: range)
    }
  }

  /// Through the text form, which every type has.
  private func convert(
    _ value: Value, _ from: ColumnType, _ to: ColumnType, at range: TextRange
  ) throws(SQLFault) -> Value {
    if value.isNull || from == to { return value }
    if let folded = LiteralFolding.convert(
      ScalarExpression(.literal(value), type: from, nullable: false), to: to),
      case .literal(let converted) = folded.node
    {
      return converted
    }
    do throws(EvaluationError) {
      return try ValueText.parse(Array(ValueText.render(value, as: from).utf8), as: to)
    } catch {
      throw SQLFault(.compilation, "DEFAULT does not fit \(to.description): \(error.message)", at: range)
    }
  }
}
