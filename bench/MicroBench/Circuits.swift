import DataModel
import Dataflow

/// The circuits that are measured, over tables of (key, BIGINT, BIGINT).
enum Circuits {
  static let sums: [AggregateCall.Function] = [.countAll, .sum, .average]
  static let maximum: [AggregateCall.Function] = [.maximum]

  static func types(_ text: Bool) -> [ColumnType] {
    [text ? .varchar(length: nil) : .bigint, .bigint, .bigint]
  }

  static func schema(_ types: [ColumnType], key: [Int]? = nil) -> Schema {
    Schema(
      fields: types.enumerated().map { Field(name: SQLIdentifier("c\($0)"), type: $1, nullable: true) },
      primaryKey: key)
  }

  static func column(_ index: Int, _ type: ColumnType = .bigint) -> ScalarExpression {
    ScalarExpression(.column(index), type: type, nullable: true)
  }

  static func literal(_ value: Int64) -> ScalarExpression {
    ScalarExpression(.literal(.int64(value)), type: .bigint, nullable: false)
  }

  static func stateless() -> Circuit {
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("l"), schema: schema(types(false)), materialized: false)
    let less = ScalarExpression(.call(.less, [column(1), literal(500_000)]), type: .boolean, nullable: true)
    let sum = ScalarExpression(.call(.add, [column(1), column(2)]), type: .bigint, nullable: true)
    _ = builder.project(builder.filter(table, less), [column(0), sum])
    return builder.build()
  }

  static func view() -> Circuit {
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("l"), schema: schema(types(false)), materialized: false)
    builder.output(SQLIdentifier("v"), table, schema: schema(types(false)), materialized: true)
    return builder.build()
  }

  static func table(key: [Int]?, text: Bool = false) -> Circuit {
    var builder = CircuitBuilder()
    _ = builder.table(SQLIdentifier("l"), schema: schema(types(text), key: key), materialized: true)
    return builder.build()
  }

  static func groups(_ functions: [AggregateCall.Function], text: Bool = false) -> Circuit {
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("l"), schema: schema(types(text)), materialized: false)
    let calls = functions.map { function in
      AggregateCall(
        function, argument: function == .countAll ? nil : column(1), distinct: false, type: .bigint,
        nullable: true)
    }
    _ = builder.aggregate(table, groups: [column(0, types(text)[0])], calls: calls, stateID: "g")
    return builder.build()
  }

  static func join(text: Bool = false) -> Circuit {
    var builder = CircuitBuilder()
    let own = types(text)
    let left = builder.table(SQLIdentifier("l"), schema: schema(own), materialized: false)
    let right = builder.table(SQLIdentifier("r"), schema: schema(own), materialized: false)
    _ = builder.join(
      left, right, keys: [(column(0, own[0]), column(0, own[0]))], residual: nil, leftTypes: own,
      rightTypes: own, stateID: "j")
    return builder.build()
  }

  static func outerJoin(_ rule: OuterJoinRule) -> Circuit {
    var builder = CircuitBuilder()
    let own = types(false)
    let left = builder.table(SQLIdentifier("l"), schema: schema(own), materialized: false)
    let right = builder.table(SQLIdentifier("r"), schema: schema(own), materialized: false)
    _ = builder.outerJoin(
      left, right, rule, keys: [(column(0, own[0]), column(0, own[0]))], leftTypes: own, rightTypes: own,
      stateID: "j")
    return builder.build()
  }

  static func distinct() -> Circuit {
    var builder = CircuitBuilder()
    let own = types(false)
    let table = builder.table(SQLIdentifier("l"), schema: schema(own), materialized: false)
    _ = builder.distinct(table, types: own, stateID: "d")
    return builder.build()
  }
}
