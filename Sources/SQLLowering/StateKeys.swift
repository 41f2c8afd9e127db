import DataModel
import Dataflow
import SQLFrontend

/// What the state of a program's circuit means, whatever places its parts have: equal keys in two programs are state
/// of equal contents over the same records.
struct StateKeys: Sendable {
  /// Of each relation: what its rows depend on.
  let digests: [SQLIdentifier: [UInt8]]
  private let places: [String: Plan]
  /// Longest first, since one name may begin with another.
  private let names: [(text: String, name: SQLIdentifier)]

  init(_ program: Program) {
    digests = StateKeys.digests(program)
    places = Lowering.lowered(program).places
    names = (program.tables.map(\.name) + program.views.map(\.name)).map { ($0.canonical, $0) }
      .sorted { $0.0.utf8.count > $1.0.utf8.count }
  }

  /// The key of a state, by its id without the share of a worker.
  func key(of id: String) -> String {
    if let place = place(of: id), let plan = places[place] {
      var hasher = PlanHasher()
      hasher.digests = digests
      hasher.add(plan)
      return "plan \(hasher.digest)\(id.dropFirst(place.count))"
    }
    guard let relation = relation(of: id), let digest = digests[relation] else { return id }
    return "\(id) \(digest)"
  }

  /// `plan/NAME#path`: digits and points behind the last `#`.
  private func place(of id: String) -> String? {
    guard id.hasPrefix("plan/"), let hash = id.lastIndex(of: "#") else { return nil }
    let path = id[id.index(after: hash)...].prefix { $0.isNumber || $0 == "." }
    return String(id[..<path.endIndex])
  }

  /// Whose state it is: `kind/NAME…`.
  func relation(of id: String) -> SQLIdentifier? {
    guard let slash = id.firstIndex(of: "/") else { return nil }
    let rest = id[id.index(after: slash)...]
    return names.first { name in
      guard rest.hasPrefix(name.text) else { return false }
      let next = rest.dropFirst(name.text.count).first
      return next == nil || next == "#" || next == "/"
    }?.name
  }

  static func digests(_ program: Program) -> [SQLIdentifier: [UInt8]] {
    var digests: [SQLIdentifier: [UInt8]] = [:]
    for table in program.tables {
      var hasher = PlanHasher()
      hasher.add("table")
      hasher.add(table.name)
      hasher.add(table.schema)
      hasher.add(table.isAppendOnly)
      hasher.add(table.skippedColumns.count)
      for column in table.skippedColumns.sorted() { hasher.add(column) }
      hasher.add(lateness: program.lateness.filter { $0.relation == table.name })
      digests[table.name] = hasher.digest
    }
    for view in program.views where digests[view.name] == nil {
      let group = view.recursion.map { number in program.views.filter { $0.recursion == number } } ?? [view]
      // The views of a recursion scan each other by their names.
      var hasher = PlanHasher()
      hasher.digests = digests
      hasher.add(view.recursion == nil ? "view" : "recursion")
      for member in group {
        if view.recursion != nil { hasher.add(member.name) }
        hasher.add(member.plan)
        hasher.add(lateness: program.lateness.filter { $0.relation == member.name })
        hasher.add(member.final != nil)
        if let final = member.final { hasher.add(final.column) }
      }
      for (index, member) in group.enumerated() {
        var own = hasher
        own.add(index)
        digests[member.name] = own.digest
      }
    }
    return digests
  }
}

extension PlanHasher {
  fileprivate mutating func add(lateness rules: [LatenessDefinition]) {
    add(rules.count)
    for rule in rules {
      add(rule.column)
      add(rule.waterline)
      add(rule.drops)
    }
  }
}
