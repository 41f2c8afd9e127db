import HTTPTypes
package import WireTypes

/// What tests look at: whether routes and descriptions are the same set, and the documents themselves.
package enum DocumentedRoutes {
  /// Routes without a description, descriptions without a route, and what is described twice, with its reason.
  package static var faults: [String] {
    let routes = Set(RouteTable.all.map { "\($0.method) \($0.pattern)" })
    var seen: Set<String> = []
    var ids: Set<String> = []
    var faults: [String] = []
    for operation in APIDialect.all.flatMap(\.operations) {
      let name = "\(operation.method) \(operation.pattern)"
      if !routes.contains(name) { faults.append("\(name): described, but no route") }
      if !seen.insert(name).inserted { faults.append("\(name): described twice") }
      if !ids.insert(operation.id).inserted { faults.append("\(name): the id \(operation.id) is taken") }
    }
    faults += routes.subtracting(seen).map { "\($0): a route without a description" }
    for dialect in APIDialect.all { faults += self.faults(of: dialect) }
    return faults.sorted()
  }

  private static func faults(of dialect: APIDialect) -> [String] {
    dialect.operations.flatMap { operation in
      let name = "\(operation.method) \(operation.pattern)"
      let unknown = operation.pathNames.filter { dialect.pathParameters[$0] == nil }
      let statuses = operation.answers.map(\.status)
      return unknown.map { "\(name): the parameter \($0) is not described" }
        + (Set(statuses).count == statuses.count ? [] : ["\(name): a status is described twice"])
    }
  }

  /// Name of a dialect and its document.
  package static var documents: [(name: String, document: JSONValue)] {
    APIDialect.all.map { ($0.name, OpenAPIDocument.make($0)) }
  }
}
