import HTTPTypes
import Hummingbird
import HummingbirdCore

/// One route: a method, a pattern whose `{name}` segments match anything, and what answers.
struct Route: Sendable {
  typealias Handler = @Sendable (APICall) async throws -> Response

  let method: HTTPRequest.Method
  let pattern: String
  let handler: Handler

  init(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler) {
    self.method = method
    self.pattern = pattern
    self.handler = handler
  }
}

/// All routes, looked up by method and decoded path segments. The first route that matches wins.
package struct RouteTable: Sendable {
  enum Found {
    case route(Route.Handler, parameters: [String: String])
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
      if entry.route.method == method { return .route(entry.route.handler, parameters: parameters) }
      methods.append(entry.route.method.rawValue)
    }
    return methods.isEmpty ? .unknown : .otherMethods(methods)
  }
}
