import DataModel
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Single connectors of tables and views. Tables by SQL name, connectors by exact name.
enum ConnectorRoutes {
  static let inputStats: Route.Handler = { call in
    let name = endpointName("table", call)
    let inputs = try call.deployed().stats().inputs
    guard let input = inputs.first(where: { $0.endpointName == name }) else {
      throw PipelineError(.unknownInputEndpoint, "unknown input endpoint '\(name)'")
    }
    return Answer.json(StatsBody.input(input, withErrors: true))
  }

  static let outputStats: Route.Handler = { call in
    let name = endpointName("view", call)
    let outputs = try call.deployed().stats().outputs
    guard let output = outputs.first(where: { $0.endpointName == name }) else {
      throw PipelineError(.unknownOutputEndpoint, "unknown output endpoint '\(name)'")
    }
    return Answer.json(StatsBody.output(output, withErrors: true))
  }

  static let completionToken: Route.Handler = { call in
    let token = try call.deployed().completionToken(
      table: call.identifier("table"), connector: call.path("connector"))
    return Answer.json(["token": .string(token)])
  }

  static let act: Route.Handler = { call in
    let pipeline = try call.deployed()
    let action = call.path("action")
    guard action == "start" || action == "pause" else {
      throw PipelineError(
        .invalidConnectorAction, "invalid connector action '\(action)': it must be start or pause")
    }
    try pipeline.connectorAction(
      table: call.identifier("table"), connector: call.path("connector"), start: action == "start")
    return Answer.empty(.ok)
  }

  private static func endpointName(_ relation: String, _ call: APICall) -> String {
    "\(call.identifier(relation).canonical).\(call.path("connector"))"
  }
}
