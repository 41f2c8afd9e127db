import DataModel

/// Says what NOW() means in a view: rows change as time goes on.
///
/// Conjuncts of filters that are `TemporalBound`s stay as filters of their own: the engine shows and hides
/// their rows when their time comes. Everything else that reads NOW() reads a column of the clock's one row
/// instead, which is joined to the input: those rows are computed again whenever the clock moves.
enum ClockRules {
  static func apply(_ plan: Plan) -> Plan {
    let plan = plan.replacingInputs { apply($0) }
    switch plan {
    case .filter(let input, let predicate) where predicate.readsNow: return filter(input, predicate.conjuncts)
    case .project(let input, let expressions, let output) where expressions.contains(where: \.readsNow):
      let timed = TimedInput(input)
      return .project(input: timed.plan, expressions: expressions.map(timed.read), output: output)
    case .values(let rows, let output) where rows.contains { $0.contains(where: \.readsNow) }:
      let parts = rows.map {
        Plan.project(input: .clock, expressions: $0.map { $0.replacingNow(with: 0) }, output: output)
      }
      return .unionAll(inputs: parts, output: output)
    case .expand(let input, let alternatives, let output)
    where alternatives.contains { $0.contains(where: \.readsNow) }:
      let timed = TimedInput(input)
      return .expand(input: timed.plan, alternatives: alternatives.map { $0.map(timed.read) }, output: output)
    case .unnest(let input, let spec, let output) where spec.arrays.contains(where: \.readsNow):
      let timed = TimedInput(input)
      var timedSpec = spec
      timedSpec.arrays = spec.arrays.map(timed.read)
      return .unnest(input: timed.plan, spec: timedSpec, output: output)
    case .collect(let input, let groups, let spec, let output)
    where groups.contains(where: \.readsNow) || spec.expressions.contains(where: \.readsNow):
      let timed = TimedInput(input)
      return .collect(
        input: timed.plan, groups: groups.map(timed.read), spec: spec.mapExpressions(timed.read), output: output)
    case .aggregate(let input, let groups, let calls, let output)
    where groups.contains(where: \.readsNow) || calls.contains { $0.argument?.readsNow == true }:
      let timed = TimedInput(input)
      return .aggregate(
        input: timed.plan, groups: groups.map(timed.read), calls: calls.map { timed.read($0) }, output: output
      )
    case .window(let input, let spec, let output) where spec.expressions.contains(where: \.readsNow):
      let timed = TimedInput(input)
      let wide = output.prefix(timed.width) + Plan.clock.output + output.dropFirst(timed.width)
      return without(
        timed.width,
        .window(input: timed.plan, spec: spec.mapExpressions(timed.read), output: Array(wide)))
    case .join(let left, let right, let keys, let residual):
      // What an inner join tests can as well be tested behind it, by the clock.
      let conjuncts = residual?.conjuncts ?? []
      let first = conjuncts.prefix { !$0.readsNow }
      let tested = ScalarExpression.conjunction(first)
      let plain = Plan.join(left: left, right: right, keys: keys, residual: tested)
      let joined = join(left, right, keys, tested, plain) { left, right, keys, residual in
        .join(left: left, right: right, keys: keys, residual: residual)
      }
      return first.count == conjuncts.count ? joined : filter(joined, Array(conjuncts.dropFirst(first.count)))
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      return join(left, right, keys, residual, plan) { left, right, keys, residual in
        .outerJoin(kind: kind, left: left, right: right, keys: keys, residual: residual)
      }
    default: return plan
    }
  }

  /// An input with the clock's column behind its own.
  private struct TimedInput {
    let plan: Plan
    let width: Int

    init(_ input: Plan) {
      plan = .join(left: input, right: .clock, keys: [], residual: nil)
      width = input.output.count
    }

    func read(_ expression: ScalarExpression) -> ScalarExpression { expression.replacingNow(with: width) }

    func read(_ call: AggregateCall) -> AggregateCall {
      AggregateCall(
        call.function, argument: call.argument.map(read), distinct: call.distinct, type: call.type,
        nullable: call.nullable)
    }
  }

  /// Tests without NOW() come first, unless they may fail where an earlier one guards them.
  private static func filter(_ input: Plan, _ conjuncts: [ScalarExpression]) -> Plan {
    var first: [ScalarExpression] = []
    var bounds: [ScalarExpression] = []
    var rest: [ScalarExpression] = []
    for conjunct in conjuncts {
      let isGuarded = conjunct.mayFail && !(bounds.isEmpty && rest.isEmpty)
      if !isGuarded, !conjunct.readsNow {
        first.append(conjunct)
      } else if !isGuarded, TemporalBound(conjunct) != nil {
        bounds.append(conjunct)
      } else {
        rest.append(conjunct)
      }
    }
    let shown = FilterPushDown.filtered(FilterPushDown.filtered(input, first), bounds)
    guard rest.contains(where: \.readsNow) else { return FilterPushDown.filtered(shown, rest) }
    let timed = TimedInput(shown)
    return without(timed.width, FilterPushDown.filtered(timed.plan, rest.map(timed.read)))
  }

  /// The clock stands beside the side whose keys read it; for the residual of an outer join beside the left.
  private static func join(
    _ left: Plan, _ right: Plan, _ keys: [JoinKey], _ residual: ScalarExpression?, _ plan: Plan,
    _ make: (Plan, Plan, [JoinKey], ScalarExpression?) -> Plan
  ) -> Plan {
    let leftReads = residual?.readsNow == true || keys.contains { $0.left.readsNow }
    let rightReads = keys.contains { $0.right.readsNow }
    guard leftReads || rightReads else { return plan }
    let width = left.output.count
    let shift = leftReads ? 1 : 0
    let mine = TimedInput(left)
    let other = TimedInput(right)
    let joined = make(
      leftReads ? mine.plan : left, rightReads ? other.plan : right,
      keys.map { JoinKey(left: mine.read($0.left), right: other.read($0.right)) },
      residual?.moved { $0 < width ? $0 : $0 + shift }.replacingNow(with: width))
    let isLeftOnly = plan.output.count == width && joined.output.count == width + shift
    let ofLeft = Array(0..<width)
    let ofRight = isLeftOnly ? [] : Array(width + shift..<width + shift + right.output.count)
    return narrowed(joined, to: ofLeft + ofRight)
  }

  private static func without(_ column: Int, _ plan: Plan) -> Plan {
    narrowed(plan, to: plan.output.indices.filter { $0 != column })
  }

  private static func narrowed(_ plan: Plan, to columns: [Int]) -> Plan {
    let all = Plan.identity(plan.output)
    return .project(
      input: plan, expressions: columns.map { all[$0] }, output: columns.map { plan.output[$0] })
  }
}
