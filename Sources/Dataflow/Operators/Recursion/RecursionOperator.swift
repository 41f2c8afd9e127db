import DataModel

/// Views that read each other, taken to their fixed point within the step. Every view is a set.
///
/// The body is a circuit of its own, from the inputs and the views' own rows to what their queries give. It
/// is incremental, so that a round costs by what the round before changed. Trace v holds how often view v's
/// query gives each row; between steps the view is exactly the rows given at least once.
///
/// - Counting bodies (filters, projections, inner joins, unions): what comes is carried on from the fixed point
///   (semi-naive). For what goes, first every row that lost one of its derivations is taken out, round by
///   round; what is left then has derivations that rest on nothing lost. Rows taken out that are still given
///   come back, and the rest is as for what comes (delete and rederive: Gupta, Mumick, Subrahmanian 1993).
/// - Monotone bodies do the same with what comes, and begin anew when something goes.
/// - Any other body begins anew in each step; its meaning is the limit of its rounds from empty views.
///
/// The deltas are read from `results` by the `RecursionOutput`s, which follow; `step` answers only a mark
/// that there are some.
final class RecursionOperator: Operator {
  let inputs: [NodeID]
  private(set) var results: [ColumnBatch?]
  private let definition: RecursionDefinition
  private let body: RecursionBody
  private let limits: RecursionLimits
  private var own = OperatorState()
  private var rounds = 0
  private var rows = 0

  init(_ definition: RecursionDefinition, _ body: RecursionBody, limits: RecursionLimits, stateID: String) {
    self.definition = definition
    self.body = body
    self.limits = limits
    inputs = definition.inputs.map(\.source)
    results = definition.views.map { _ in nil }
    for (index, view) in definition.views.enumerated() {
      own.add("\(stateID)/view\(index)", TraceLayout(key: view.types.map(\.physical), value: []))
    }
    guard definition.kind != .counting else { return }
    for (index, input) in definition.inputs.enumerated() {
      own.add("\(stateID)/input\(index)", TraceLayout(key: input.types.map(\.physical), value: []))
    }
  }

  var usesNow: Bool { body.operators.contains { $0.usesNow } }
  var needsInitialStep: Bool { body.operators.contains { $0.needsInitialStep } }

  /// That of the body belongs to it.
  var state: OperatorState {
    get {
      var all = own
      for node in body.operators {
        for (id, trace) in zip(node.state.ids, node.state.traces) { all.add(id, holding: trace) }
      }
      return all
    }
    set {
      own.traces = Array(newValue.traces.prefix(own.traces.count))
      var next = own.traces.count
      for node in body.operators {
        let count = node.state.traces.count
        node.state.traces = Array(newValue.traces[next..<next + count])
        next += count
      }
    }
  }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    results = definition.views.map { _ in nil }
    rounds = 0
    rows = 0
    var change = Change(definition.views.count)
    let (lost, gained) = split(deltas)
    switch definition.kind {
    case .counting:
      if lost.isEmpty {
        try extend(gained, now, &change)
      } else {
        let back = try remove(lost, now, &change)
        try extend(back + gained, now, &change)
      }
    case .monotone, .general:
      for (index, delta) in deltas.enumerated() {
        guard let delta else { continue }
        let sorted = try SortedDelta(keys: delta.columns, values: [], weights: delta.weights)
        try own.traces[definition.views.count + index].insert(sorted.batch)
      }
      if definition.kind == .monotone, lost.isEmpty {
        try extend(gained, now, &change)
      } else {
        try extend(try restarted(&change), now, &change)
      }
    }
    for view in results.indices { results[view] = try change.consolidated(view) }
    guard results.contains(where: { $0 != nil }) else { return nil }
    return ColumnBatch(columns: [ColumnVector(.int64([1]))], weights: [1])
  }

  // MARK: Hot state of the body

  var hotBytes: Int { body.operators.reduce(0) { $0 + $1.hotBytes } }

  /// Rounds are kept one by one, so a failed step goes back to what the traces hold: they must hold everything.
  var wantsFlush: Bool { hotBytes > 0 }

  func flush() throws(EvaluationError) {
    for node in body.operators { try node.flush() }
  }

  func rollBack() { evict() }

  func evict() {
    for node in body.operators { node.evict() }
  }

  // MARK: Phases

  /// Rounds until nothing changes: what the queries newly give (or give no more) is fed to them again.
  private func extend(
    _ first: [RecursionBody.Feed], _ now: Int64, _ change: inout Change
  ) throws(EvaluationError) {
    var feeds = first
    var isFirst = true
    while !feeds.isEmpty || (isFirst && needsInitialStep) {
      isFirst = false
      let given = try round(feeds, now)
      feeds = []
      for (view, batch) in given.enumerated() {
        guard let batch else { continue }
        let sorted = try SortedDelta(keys: batch.columns, values: [], weights: batch.weights)
        let changes = try Transitions(of: sorted, against: own.traces[view])
        try own.traces[view].insert(sorted.batch)
        guard !changes.weights.isEmpty else { continue }
        let fed = ColumnBatch(
          columns: ColumnGather.gather(batch.columns, changes.sources), weights: changes.weights)
        change.add(fed, to: view)
        feeds.append((definition.views[view].feed, fed))
      }
    }
  }

  /// Takes out every row that lost a derivation; answers those that have others, to be fed again.
  private func remove(
    _ lost: [RecursionBody.Feed], _ now: Int64, _ change: inout Change
  ) throws(EvaluationError) -> [RecursionBody.Feed] {
    let views = definition.views
    let before = Array(own.traces.prefix(views.count))
    var removed = before.map { Trace(layout: $0.layout) }
    var feeds = lost
    while !feeds.isEmpty {
      let given = try round(feeds, now)
      feeds = []
      for (view, batch) in given.enumerated() {
        guard let batch else { continue }
        let sorted = try SortedDelta(keys: batch.columns, values: [], weights: batch.weights)
        let were = try before[view].weights(of: sorted.batch)
        let gone = try removed[view].weights(of: sorted.batch)
        try own.traces[view].insert(sorted.batch)
        let rows = sorted.batch.weights.indices.filter {
          sorted.batch.weights[$0] < 0 && were[$0] > 0 && gone[$0] == 0
        }
        guard !rows.isEmpty else { continue }
        let columns = ColumnGather.gather(batch.columns, rows.map { sorted.sources[$0] })
        let marks = [Int64](repeating: 1, count: rows.count)
        try removed[view].insert(SortedDelta(keys: columns, values: [], weights: marks).batch)
        let fed = ColumnBatch(columns: columns, weights: marks.map { -$0 })
        change.add(fed, to: view)
        feeds.append((views[view].feed, fed))
      }
    }
    for view in views.indices {
      for batch in try removed[view].contents() {
        let sorted = try SortedDelta(keys: batch.columns, values: [], weights: batch.weights)
        let given = try own.traces[view].weights(of: sorted.batch)
        let rows = given.indices.filter { given[$0] > 0 }.map { sorted.sources[$0] }
        guard !rows.isEmpty else { continue }
        let back = ColumnGather.gather(batch, rows)
        change.add(back, to: view)
        feeds.append((views[view].feed, back))
      }
    }
    return feeds
  }

  /// Forgets what the views hold, and feeds the inputs' contents to an empty body.
  private func restarted(_ change: inout Change) throws(EvaluationError) -> [RecursionBody.Feed] {
    let views = definition.views
    for view in views.indices {
      for batch in try own.traces[view].contents() {
        let present = batch.weights.indices.filter { batch.weights[$0] > 0 }.map {
          Int32(truncatingIfNeeded: $0)
        }
        var old = ColumnGather.gather(batch, present)
        old.weights = [Int64](repeating: -1, count: present.count)
        change.add(old, to: view)
      }
      own.traces[view].removeAll()
    }
    for node in body.operators {
      for index in node.state.traces.indices { node.state.traces[index].removeAll() }
      node.evict()
    }
    var feeds: [RecursionBody.Feed] = []
    for (index, input) in definition.inputs.enumerated() {
      for batch in try own.traces[views.count + index].contents() { feeds.append((input.feed, batch)) }
    }
    return feeds
  }

  private func round(_ feeds: [RecursionBody.Feed], _ now: Int64) throws(EvaluationError) -> [ColumnBatch?] {
    rounds += 1
    rows += feeds.reduce(0) { $0 + $1.rows.count }
    guard rounds <= limits.roundsMax, rows <= limits.rowsMax else {
      let names = definition.views.map { "'\($0.name)'" }.joined(separator: ", ")
      let bound = rounds > limits.roundsMax ? "\(limits.roundsMax) rounds" : "\(limits.rowsMax) changed rows"
      throw EvaluationError(
        .invalidArgument, "recursive views \(names) did not reach a fixed point within \(bound)")
    }
    return try body.run(feeds, results: definition.views.map(\.result), now: now)
  }

  /// The rows that go, and those that come.
  private func split(_ deltas: [ColumnBatch?]) -> (lost: [RecursionBody.Feed], gained: [RecursionBody.Feed]) {
    var lost: [RecursionBody.Feed] = []
    var gained: [RecursionBody.Feed] = []
    for (index, delta) in deltas.enumerated() {
      guard let delta else { continue }
      let feed = definition.inputs[index].feed
      let sides = [true, false].map { negative in
        delta.weights.indices.filter { delta.weights[$0] != 0 && (delta.weights[$0] < 0) == negative }
          .map { Int32(truncatingIfNeeded: $0) }
      }
      if !sides[0].isEmpty { lost.append((feed, ColumnGather.gather(delta, sides[0]))) }
      if !sides[1].isEmpty { gained.append((feed, ColumnGather.gather(delta, sides[1]))) }
    }
    return (lost, gained)
  }

  /// What a step did to each view, in parts that may undo each other.
  private struct Change {
    private var parts: [[ColumnBatch]]
    init(_ views: Int) { parts = [[ColumnBatch]](repeating: [], count: views) }

    mutating func add(_ batch: ColumnBatch, to view: Int) {
      if !batch.isEmpty { parts[view].append(batch) }
    }

    func consolidated(_ view: Int) throws(EvaluationError) -> ColumnBatch? {
      guard let all = try ColumnGather.concatenate(parts[view]) else { return nil }
      let sorted = try SortedDelta(keys: all.columns, values: [], weights: all.weights)
      guard !sorted.batch.isEmpty else { return nil }
      return ColumnBatch(
        columns: ColumnGather.gather(all.columns, sorted.sources), weights: sorted.batch.weights)
    }
  }
}
