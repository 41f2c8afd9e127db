import DataModel

/// What an expression binder needs beside its scope.
struct BindingContext {
  let source: SourceText
  let budget: BindingBudget
  /// Whether NOW() may be used: in queries, not in constants.
  let allowsNow: Bool
  /// Those of CREATE TYPE.
  var types: [SQLIdentifier: ColumnType] = [:]
}

/// Binds expressions of one clause to typed expressions over the columns of a scope.
struct ExpressionBinder {
  let scope: Scope
  let context: BindingContext
  /// Name of the clause in messages: `WHERE clause`.
  var clause: String
  /// Where aggregates may stand they are collected here; nil where they are illegal.
  var aggregates: AggregateSet?
  /// Whether aggregates have groups: without, SUM and its like are NULL over an empty input.
  var hasGroups = false
  /// Whether a CAST to the type that a value has stays: among several grouping sets it is a key of its own.
  var keepsCasts = false
  /// Inside the argument of an aggregate.
  var insideAggregate = false
  /// Inside the parts of a window function.
  var insideWindow = false
  /// The WINDOW clause; none refers to another one any more.
  var namedWindows: [SQLIdentifier: SyntaxWindow] = [:]
  /// Collects what is computed beside; nil where neither windows nor subqueries may stand.
  var attachments: Attachments?
  /// Binds subqueries; nil where they may not stand.
  var subqueryBinder: QueryBinder?
  /// First use of each column outside of aggregates, for messages about columns that are not grouped.
  var uses: [Int: (text: String, range: TextRange)] = [:]
  /// Items that a name may mean where the scope has no such column (HAVING).
  var aliases: [SQLIdentifier: SyntaxExpression] = [:]

  /// Parameters of the lambdas around.
  var lambdas: [SQLIdentifier: ScalarExpression] = [:]
  var lambdaDepth = 0

  init(scope: Scope, context: BindingContext, clause: String, aggregates: AggregateSet? = nil) {
    self.scope = scope
    self.context = context
    self.clause = clause
    self.aggregates = aggregates
  }

  mutating func bind(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    try context.budget.charge(1, at: expression.range)
    switch expression.kind {
    case .null, .boolean, .integer, .decimal, .approximate, .string, .binaryString, .dateTime:
      return try literal(expression)
    case .name(let parts): return try name(parts)
    case .unary(let sign, let operand): return try unary(sign, operand, at: expression.range)
    case .binary(let binary, let left, let right): return try self.binary(binary, left, right)
    case .and(let operands): return try logical(.and, operands)
    case .or(let operands): return try logical(.or, operands)
    case .cases(let operand, let branches, let otherwise):
      return try cases(operand, branches, otherwise, at: expression.range)
    case .cast(let operand, let type, let safe): return try cast(operand, type, safe: safe)
    case .call(let call): return try self.call(call, at: expression.range)
    case .interval, .array, .map, .row, .subscripted, .field: return try structured(expression)
    default: return try predicate(expression)
    }
  }

  private mutating func predicate(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    switch expression.kind {
    case .test(let operand, let test, let negated): return try truthTest(operand, test, negated)
    case .distinctFrom(let left, let right, let negated): return try distinctFrom(left, right, negated)
    case .between(_, _, _, _, let symmetric):
      return symmetric ? try symmetricBetween(expression) : try between(expression)
    case .inList(let operand, let items, let negated):
      return try membership(operand, items, negated)
    case .like: return try like(expression)
    case .exists, .inQuery, .scalarQuery: return try subquery(expression)
    case .arrayQuery(let query, let isMap):
      return try queryArray(query, isMap: isMap, at: expression.range)
    case .quantified(let comparison, let all, let operand, let query):
      return try quantified(comparison, isAll: all, operand, query, at: expression.range)
    default: throw ExpressionBinder.refusal(expression)
    }
  }

  /// The refusal of a form that the grammar knows and the binder does not.
  static func refusal(_ expression: SyntaxExpression) -> SQLFault {
    let construct =
      switch expression.kind {
      case .lambda: "lambda expression"
      case .parameter: "dynamic parameter"
      default: "expression"
      }
    if case .star = expression.kind { return .validation("Unknown identifier '*'", at: expression.range) }
    return .unimplemented(construct, at: expression.range)
  }

  // MARK: Leaves

  private mutating func name(_ parts: [Name]) throws(SQLFault) -> ScalarExpression {
    if let parameter = try lambdaParameter(parts) { return parameter }
    if parts.count == 1, let niladic = try niladic(parts[0]) { return niladic }
    if parts.count == 1, !scope.hasColumn(parts[0].identifier), let item = aliases[parts[0].identifier] {
      aliases.removeAll()
      return try bind(item)
    }
    let length = columnLength(parts)
    if length < parts.count {
      var value = try name(Array(parts[..<length]))
      for field in parts[length...] { value = try self.field(value, field) }
      return value
    }
    guard parts.count <= 2 else {
      throw .validation("Table '\(parts[0].identifier)' not found", at: parts[0].range)
    }
    let index = try scope.resolve(parts)
    if !insideAggregate, uses[index] == nil {
      let range = parts.dropFirst().reduce(parts[0].range) { $0.joined($1.range) }
      uses[index] = (context.source.text(range), range)
    }
    return scope.column(index)
  }

  /// How many of the parts name the column; the others are fields.
  private func columnLength(_ parts: [Name]) -> Int {
    if parts.count > 1, scope.star(of: parts[0].identifier) != nil { return 2 }
    guard parts.count > 1, scope.hasColumn(parts[0].identifier),
      let index = try? scope.resolve([parts[0]])
    else { return parts.count }
    switch scope.columns[index].type {
    case .row, .variant: return 1
    default: return parts.count
    }
  }

  /// Functions without parentheses, unless a column has the name.
  private func niladic(_ name: Name) throws(SQLFault) -> ScalarExpression? {
    guard !name.identifier.caseSensitive, !scope.hasColumn(name.identifier) else { return nil }
    switch name.identifier.canonical {
    case "current_timestamp", "localtimestamp": return try now(at: name.range)
    case "current_date": return Coercion.cast(try now(at: name.range), to: .date)
    case "current_time", "localtime": return Coercion.cast(try now(at: name.range), to: .time)
    case "pi": return ScalarExpression(.literal(.float64(.pi)), type: .double, nullable: false)
    case "current_user", "user":
      throw .unimplemented("function \(name.identifier.spelled.uppercased())", at: name.range)
    default: return nil
    }
  }

  func now(at range: TextRange) throws(SQLFault) -> ScalarExpression {
    guard context.allowsNow else { throw .validation("NOW() is not allowed in \(clause)", at: range) }
    return ScalarExpression(.call(.now, []), type: .timestamp, nullable: false)
  }

  private func literal(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    switch expression.kind {
    case .null: return ScalarExpression(.literal(.null), type: .null, nullable: true)
    case .boolean(let flag):
      return ScalarExpression(.literal(.boolean(flag)), type: .boolean, nullable: false)
    case .string(let text):
      return ScalarExpression(
        .literal(.text(text)), type: .char(length: text.unicodeScalars.count), nullable: false)
    case .binaryString(let digits): return ExpressionBinder.binaryLiteral(digits)
    case .dateTime(let type, let text): return try dateTime(type, text, at: expression.range)
    default:
      guard let number = ExpressionBinder.number(expression.kind, negative: false) else {
        throw .validation(
          "Numeric literal '\(context.source.text(expression.range))' out of range", at: expression.range)
      }
      return number
    }
  }

  /// A literal number; nil for other kinds and for what is out of range.
  static func number(_ kind: SyntaxExpressionKind, negative: Bool) -> ScalarExpression? {
    switch kind {
    case .integer(let text): LiteralFolding.integer(text, negative: negative)
    case .decimal(let text): LiteralFolding.decimal(text, negative: negative)
    case .approximate(let text): LiteralFolding.approximate(text, negative: negative)
    default: nil
    }
  }

  private static func binaryLiteral(_ digits: String) -> ScalarExpression {
    let nibbles = digits.utf8.map { $0 <= 0x39 ? $0 - 0x30 : ($0 | 0x20) - 0x57 }
    let bytes = stride(from: 0, to: nibbles.count - 1, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    return ScalarExpression(
      .literal(.bytes(bytes)), type: .varbinary(length: bytes.count), nullable: false)
  }

  private func dateTime(_ word: String, _ text: String, at range: TextRange) throws(SQLFault)
    -> ScalarExpression
  {
    let type: ColumnType = word == "DATE" ? .date : word == "TIME" ? .time : .timestamp
    do throws(EvaluationError) {
      let value = try ValueText.parse(Array(text.utf8), as: type)
      return ScalarExpression(.literal(value), type: type, nullable: false)
    } catch {
      throw .validation("Illegal \(word) literal '\(text)': \(error.message)", at: range)
    }
  }

  // MARK: CAST

  private mutating func cast(
    _ operand: SyntaxExpression, _ written: SyntaxType, safe: Bool
  ) throws(SQLFault) -> ScalarExpression {
    let value = try bind(operand)
    let type = try TypeBinder.bind(written, types: context.types)
    guard Coercion.castable(value.type, type) else {
      throw .validation(
        "Cast function cannot convert value of type \(value.type.description) to type \(type.description)",
        at: operand.range)
    }
    if keepsCasts, value.type == type {
      return ScalarExpression(.call(.cast, [value]), type: type, nullable: value.nullable)
    }
    let converted = Coercion.cast(value, to: type)
    guard safe, case .call(.cast, let arguments) = converted.node else { return converted }
    // A step in between, which the binder put there, must be as forgiving.
    var inner = arguments[0]
    if inner != value, case .call(.cast, let first) = inner.node {
      inner = ScalarExpression(.call(.safeCast, first), type: inner.type, nullable: true)
    }
    return ScalarExpression(.call(.safeCast, [inner]), type: type, nullable: true)
  }
}
