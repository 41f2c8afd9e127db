import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes

/// Health of the server's parts. All three live in this process, so a server that answers is healthy.
enum ClusterRoutes {
  private static let parts = ["api", "compiler", "runner"]

  private enum EventSelector: String, CaseIterable { case status, all }

  static let health: Route.Handler = { call in
    let since = call.environment.started.recordedAt.rfc3339
    let now = call.environment.clock.wall().rfc3339
    let members = parts.map { part in
      JSONMember(
        part,
        [
          "healthy": true, "message": "in this process", "unchanged_since": .string(since),
          "checked_at": .string(now),
        ])
    }
    return Answer.json(.object([JSONMember("all_healthy", true)] + members))
  }

  static let events: Route.Handler = { call in
    let selector: EventSelector = try call.query.choice("selector", default: .status)
    return Answer.json(.array([body(call.environment.started, selector)]))
  }

  static let event: Route.Handler = { call in
    let selector: EventSelector = try call.query.choice("selector", default: .status)
    let event = call.environment.started
    let wanted = call.path("event")
    guard wanted == "latest" || UniqueID(wanted) == event.id else {
      throw PipelineError(.notFound, "unknown cluster event '\(wanted)'")
    }
    return Answer.json(body(event, selector))
  }

  private static func body(_ event: ClusterEvent, _ selector: EventSelector) -> JSONValue {
    var members = [
      JSONMember("id", .string(event.id.description)),
      JSONMember("recorded_at", .string(event.recordedAt.rfc3339)),
      JSONMember("all_healthy", true),
    ]
    for part in parts {
      members.append(JSONMember("\(part)_status", "Healthy"))
      if selector == .all {
        members.append(JSONMember("\(part)_self_info", nil))
        members.append(JSONMember("\(part)_resources_info", nil))
      }
    }
    return .object(members)
  }
}
