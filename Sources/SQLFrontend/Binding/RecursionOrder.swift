import DataModel

/// What DECLARE RECURSIVE VIEW says of a view.
struct DeclaredView {
  let columns: [PlanColumn]
  let range: TextRange
  var isDefined = false

  /// The plan of its definition with the declared names and types.
  func fitted(_ plan: Plan, of name: Name) throws(SQLFault) -> Plan {
    let found = plan.output
    let fits =
      found.count == columns.count
      && zip(found, columns).allSatisfy {
        Coercion.common($0.type, $1.type) == $1.type && ($1.nullable || !$0.nullable)
      }
    guard fits else {
      let shown = { (columns: [PlanColumn]) in columns.map(\.description).joined(separator: ", ") }
      throw SQLFault(
        .compilation,
        "Recursive view '\(name.identifier)' is declared with columns (\(shown(columns))), "
          + "but defined with columns (\(shown(found)))", at: name.range)
    }
    let wide = QueryBinder.widened(plan, to: columns)
    return .project(input: wide, expressions: Plan.identity(wide.output), output: columns)
  }
}

/// Finds which views read each other, and orders all so that a view comes behind those it reads.
struct RecursionOrder {
  private let views: [ViewDefinition]
  /// For each view the views that it reads.
  private var reads: [[Int]] = []

  init(_ views: [ViewDefinition]) {
    self.views = views
    let places = Dictionary(uniqueKeysWithValues: views.enumerated().map { ($0.element.name, $0.offset) })
    reads = views.map { view in view.plan.relations.compactMap { places[$0] }.sorted() }
  }

  /// `declared` names the views that others may read before they are defined; every cycle passes one of them.
  func ordered(declared: Set<SQLIdentifier>) -> [ViewDefinition] {
    guard !declared.isEmpty else { return views }
    var groupOf = [Int?](repeating: nil, count: views.count)
    let readers = reversed()
    var recursions = 0
    for view in views.indices where declared.contains(views[view].name) && groupOf[view] == nil {
      let below = reachable(from: view, reads)
      guard below.contains(view) else { continue }
      for member in below.intersection(reachable(from: view, readers)) { groupOf[member] = recursions }
      recursions += 1
    }
    var done = [Bool](repeating: false, count: views.count)
    var result: [ViewDefinition] = []
    var isMoving = true
    while isMoving {
      isMoving = false
      for view in views.indices where !done[view] {
        let group = groupOf[view].map { own in views.indices.filter { groupOf[$0] == own } } ?? [view]
        let isReady = group.allSatisfy { reads[$0].allSatisfy { done[$0] || group.contains($0) } }
        guard isReady else { continue }
        for member in group {
          var definition = views[member]
          definition.recursion = groupOf[member]
          result.append(definition)
          done[member] = true
        }
        isMoving = true
      }
    }
    return result
  }

  private func reversed() -> [[Int]] {
    var readers = [[Int]](repeating: [], count: views.count)
    for (view, inputs) in reads.enumerated() { for input in inputs { readers[input].append(view) } }
    return readers
  }

  /// Views at the end of at least one edge.
  private func reachable(from start: Int, _ edges: [[Int]]) -> Set<Int> {
    var found: Set<Int> = []
    var pending = edges[start]
    while let next = pending.popLast() {
      if found.insert(next).inserted { pending += edges[next] }
    }
    return found
  }
}

extension Plan {
  /// Relations that it scans.
  var relations: Set<SQLIdentifier> {
    if case .scan(let relation, _) = self { return [relation] }
    return inputs.reduce(into: []) { $0.formUnion($1.relations) }
  }
}
