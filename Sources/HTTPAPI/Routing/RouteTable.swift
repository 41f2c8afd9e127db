import HTTPTypes
import Hummingbird
import HummingbirdCore

/// One route: a method, a pattern whose `{name}` segments match anything, what it asks of its caller, and what answers.
struct Route: Sendable {
  typealias Handler = @Sendable (APICall) async throws -> Response
  /// Throws the dialect's 404 unless the caller's project has what the path names.
  typealias Finder = @Sendable (APICall) async throws -> Void

  let method: HTTPRequest.Method
  let pattern: String
  let access: RouteAccess
  let dialect: Dialect
  let handler: Handler
  private(set) var find: Finder

  /// Without `needs`, GET needs `read` and everything else `admin`.
  init(
    _ method: HTTPRequest.Method, _ pattern: String, needs access: RouteAccess? = nil,
    dialect: Dialect = .primary, _ handler: @escaping Handler
  ) {
    self.method = method
    self.pattern = pattern
    self.access = access ?? (method == .get ? .read : .admin)
    self.dialect = dialect
    self.handler = handler
    find = OwnObjects.find
  }

  /// The same route with another look-up of what its path names. It runs when the caller's scope is missing, so that
  /// what is not the caller's own is 404 and never 403. Unless it is given, `OwnObjects` looks.
  func finding(_ find: @escaping Finder) -> Route {
    var route = self
    route.find = find
    return route
  }
}

/// All routes, looked up by method and decoded path segments. The first route that matches wins.
package struct RouteTable: Sendable {
  enum Found {
    case route(Route, parameters: [String: String])
    /// The path is known, with these methods.
    case otherMethods([String])
    case unknown
  }

  private enum Segment: Sendable {
    case literal(String)
    case parameter(String)
  }

  private struct Entry: Sendable {
    let route: Route
    let segments: [Segment]

    /// Parameters of the path, nil when it does not match.
    func match(_ path: [String]) -> [String: String]? {
      var parameters: [String: String] = [:]
      for (segment, text) in zip(segments, path) {
        switch segment {
        case .literal(let literal): if literal != text { return nil }
        case .parameter(let name): parameters[name] = text
        }
      }
      return parameters
    }
  }

  /// By number of segments.
  private let entries: [Int: [Entry]]

  init(routes: [Route]) {
    entries = Dictionary(
      grouping: routes.map { route in
        Entry(
          route: route,
          segments: route.pattern.split(separator: "/").map { part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
          })
      }, by: \.segments.count)
  }

  func find(method: HTTPRequest.Method, segments: [String]) -> Found {
    var methods: [String] = []
    for entry in entries[segments.count] ?? [] {
      guard let parameters = entry.match(segments) else { continue }
      if entry.route.method == method { return .route(entry.route, parameters: parameters) }
      methods.append(entry.route.method.rawValue)
    }
    return methods.isEmpty ? .unknown : .otherMethods(methods)
  }
}
