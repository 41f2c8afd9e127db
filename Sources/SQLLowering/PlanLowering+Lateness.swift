import DataModel
import Dataflow
import SQLFrontend

/// LATENESS, WATERMARK and `emit_final`; and which state no change to come will need.
///
/// An operator may forget state by a key column when no change to come of any of its inputs asks for keys
/// below some waterline: a group by that of its own column, one side of a join by that of the other side's
/// key.
extension PlanLowering {
  mutating func define(_ table: TableDefinition, in program: Program) {
    let rules = Self.rules(of: table.name, in: program)
    let node = builder.table(
      table.name, schema: table.schema, materialized: table.materialized, isAppendOnly: table.isAppendOnly,
      lateness: rules.map(\.rule))
    relations[table.name] = node
    guard let held = rules.first(where: { !$0.definition.drops }) else { return }
    relations[table.name] = builder.hold(
      node, column: held.definition.column, until: .source(held.source), isInclusive: true,
      types: table.schema.fields.map(\.type), stateID: "watermark/\(table.name.canonical)")
  }

  /// The view's rows that are not late.
  mutating func admitted(_ node: NodeID, _ view: SQLIdentifier, in program: Program) -> NodeID {
    let rules = Self.rules(of: view, in: program)
    return rules.isEmpty ? node : builder.lateness(node, rules.map(\.rule), of: view)
  }

  /// What of a view is told outside.
  mutating func reported(_ view: ViewDefinition, _ node: NodeID) -> NodeID {
    guard let final = view.final else { return node }
    return builder.hold(
      node, column: final.column, until: final.waterline, isInclusive: false,
      types: view.plan.output.map(\.type), stateID: "final/\(view.name.canonical)")
  }

  private static func rules(
    of relation: SQLIdentifier, in program: Program
  ) -> [(source: Int, definition: LatenessDefinition, rule: LatenessRule)] {
    program.lateness.enumerated().filter { $0.element.relation == relation }.map { source, definition in
      let rule = LatenessRule(
        source: source, column: definition.column, waterline: definition.waterline, drops: definition.drops)
      return (source, definition, rule)
    }
  }

  // MARK: State

  /// For plans that become one node.
  mutating func limit(_ node: NodeID, _ plan: Plan) {
    guard let waterlines else { return }
    switch plan {
    case .join(let left, let right, let keys, _): limitJoin(node, waterlines.keys(left, right, keys))
    case .aggregate(let input, let groups, _, _):
      let inner = waterlines.columns(of: input)
      limitKeys(node, groups.map { waterlines.waterline(of: $0, over: inner) })
    case .window(let input, let spec, _):
      let inner = waterlines.columns(of: input)
      let partition = spec.partition.map { waterlines.waterline(of: $0, over: inner) }
      if partition.contains(where: { $0 != nil }) {
        limitKeys(node, partition)
      } else if let rolling = waterlines.rolling(spec, over: inner) {
        builder.limitByOrder(node, below: rolling.needed)
      }
    case .distinct, .setOperation: limitKeys(node, waterlines.columns(of: plan))
    default: break
    }
  }

  /// By the first key column that has one; a second would seldom find more.
  mutating func limitKeys(_ node: NodeID, _ keys: [Waterline?]) {
    for case (let column, let waterline?) in keys.enumerated() {
      builder.limit(node, keyColumn: column, below: waterline)
      return
    }
  }

  /// Rows of one side whose key lies below the other side's waterline will find no match any more.
  mutating func limitJoin(_ node: NodeID, _ keys: [(left: Waterline?, right: Waterline?)]) {
    if let key = keys.firstIndex(where: { $0.right != nil }), let waterline = keys[key].right {
      builder.limit(node, trace: 0, keyColumn: key, below: waterline)
    }
    if let key = keys.firstIndex(where: { $0.left != nil }), let waterline = keys[key].left {
      builder.limit(node, trace: 1, keyColumn: key, below: waterline)
    }
  }

  /// As for an inner join; but a side that decides which rows of the other have a match is needed until no row of
  /// either side comes: otherwise one that comes would seem to be the first of its key.
  mutating func limitOuterJoin(
    _ node: NodeID, _ kind: OuterJoinKind, _ keys: [(left: Waterline?, right: Waterline?)]
  ) {
    if kind != .full, let key = keys.firstIndex(where: { $0.right != nil }), let waterline = keys[key].right {
      builder.limit(node, trace: 0, keyColumn: key, below: waterline)
    }
    for (key, waterline) in keys.enumerated() {
      guard let both = waterlines?.least([waterline.left, waterline.right]) else { continue }
      if kind == .full { builder.limit(node, trace: 0, keyColumn: key, below: both) }
      builder.limit(node, trace: 1, keyColumn: key, below: both)
      return
    }
  }

  /// Rows of one side by whether they match: a row changes when it or its match does.
  mutating func limitRows(_ node: NodeID, _ condition: JoinCondition, isLeft: Bool) {
    for (key, waterline) in zip(condition.keys, condition.waterlines) {
      guard let column = (isLeft ? key.left : key.right).columnIndex,
        let both = waterlines?.least([waterline.left, waterline.right])
      else { continue }
      builder.limit(node, keyColumn: column, below: both)
      return
    }
  }

  func condition(
    _ left: Plan, _ right: Plan, _ keys: [JoinKey], _ residual: ScalarExpression?
  ) -> JoinCondition {
    JoinCondition(keys: keys, residual: residual, waterlines: waterlines?.keys(left, right, keys) ?? [])
  }
}
