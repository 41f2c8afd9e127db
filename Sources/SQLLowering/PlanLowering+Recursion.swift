import DataModel
import Dataflow
import SQLFrontend

/// Views that read each other.
extension PlanLowering {
  /// Lowers the views of one recursion. What does not depend on them is lowered outside of the body.
  mutating func recursion(_ views: [ViewDefinition]) {
    let names = Set(views.map(\.name))
    var body = PlanLowering()
    body.builder.budget = builder.budget
    var inputs: [RecursionDefinition.Input] = []
    for view in views {
      let node = body.builder.feed()
      body.relations[view.name] = node
    }
    let plans = views.map { Self.asSet($0.plan) }
    if let clock, plans.contains(where: { $0.readsClock }) {
      let feed = body.builder.feed()
      body.clock = feed
      body.relations[Plan.clockRelation] = feed
      inputs.append(.init(source: clock, feed: feed, types: [.timestamp]))
    }
    var results: [RecursionDefinition.View] = []
    var kind = RecursionDefinition.Kind.counting
    for (view, plan) in zip(views, plans) {
      let place = StateLayout(relation: view.name)
      let inner = hoisted(plan, names, place, &body, &inputs)
      kind = Self.weaker(kind, Self.kind(inner))
      let result = body.lower(inner, place)
      guard let feed = body.relations[view.name] else { continue }
      results.append(.init(name: view.name, feed: feed, result: result, types: plan.output.map(\.type)))
    }
    guard let first = views.first else { return }
    let nodes = builder.recursion(
      RecursionDefinition(kind, inputs: inputs, views: results), body: body.builder,
      stateID: "recursion/\(first.name.canonical)")
    for (view, node) in zip(views, nodes) { relations[view.name] = node }
  }

  /// The plan with the parts that read none of the views replaced by inputs of the body.
  private mutating func hoisted(
    _ plan: Plan, _ names: Set<SQLIdentifier>, _ place: StateLayout, _ body: inout PlanLowering,
    _ inputs: inout [RecursionDefinition.Input]
  ) -> Plan {
    if !plan.reads(names) {
      let source = lower(plan, place)
      let name = SQLIdentifier("input \(inputs.count)\u{0}", caseSensitive: true)
      let feed = body.builder.feed()
      body.relations[name] = feed
      inputs.append(.init(source: source, feed: feed, types: plan.output.map(\.type)))
      return .scan(relation: name, output: plan.output)
    }
    if case .scan = plan { return plan }
    var index = 0
    return plan.replacingInputs { input in
      defer { index += 1 }
      return hoisted(input, names, place.input(index), &body, &inputs)
    }
  }

  /// The plan without what only decides how often a row comes: its result counts as a set.
  private static func asSet(_ plan: Plan) -> Plan {
    switch plan {
    case .distinct(let input): asSet(input)
    case .outerJoin(.semi, let left, let right, let keys, let residual):
      .project(
        input: .join(left: asSet(left), right: asSet(right), keys: keys, residual: residual),
        expressions: left.output.enumerated().map {
          ScalarExpression(.column($0.offset), type: $0.element.type, nullable: $0.element.nullable)
        }, output: left.output)
    case .filter, .project, .join, .unionAll, .expand: plan.replacingInputs { asSet($0) }
    default: plan
    }
  }

  private static func kind(_ plan: Plan) -> RecursionDefinition.Kind {
    let own: RecursionDefinition.Kind =
      switch plan {
      case .scan, .project, .join, .unionAll, .expand: .counting
      case .filter(_, let predicate): predicate.readsNow ? .general : .counting
      case .distinct, .setOperation(.intersect, _, _), .outerJoin(.semi, _, _, _, _): .monotone
      default: .general
      }
    return plan.inputs.reduce(own) { weaker($0, kind($1)) }
  }

  private static func weaker(
    _ left: RecursionDefinition.Kind, _ right: RecursionDefinition.Kind
  ) -> RecursionDefinition.Kind {
    switch (left, right) {
    case (.general, _), (_, .general): .general
    case (.monotone, _), (_, .monotone): .monotone
    case (.counting, .counting): .counting
    }
  }
}

extension Plan {
  fileprivate func reads(_ names: Set<SQLIdentifier>) -> Bool {
    if case .scan(let relation, _) = self { return names.contains(relation) }
    return inputs.contains { $0.reads(names) }
  }
}
