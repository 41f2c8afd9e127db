import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// The history of a pipeline's status, newest first.
enum EventRoutes {
  enum Selector: String, CaseIterable { case status, all }

  static let list: Route.Handler = { call in
    let selector: Selector = try call.query.choice("selector", default: .status)
    let events = try await call.directory.events(call.pipelineName)
    return Answer.json(.array(events.map { EventBody.render($0, selector) }))
  }

  static let get: Route.Handler = { call in
    let selector: Selector = try call.query.choice("selector", default: .status)
    let events = try await call.directory.events(call.pipelineName)
    let wanted = call.path("event")
    let id = UniqueID(wanted)
    guard let event = wanted == "latest" ? events.first : events.first(where: { $0.id == id }) else {
      throw PipelineError(.notFound, "unknown event '\(wanted)' of pipeline '\(call.pipelineName)'")
    }
    return Answer.json(EventBody.render(event, selector))
  }
}
