import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes
import Workflows

/// One cargo: where it stands, what came of it, and what may be done about it.
enum CargoRoutes {
  private static let idBytesMax = 200

  /// An item of any dialect, under any form of its id. From memory while it is open.
  static func item(_ id: String, _ service: WorkService) async throws -> WorkItem {
    guard id.utf8.count <= idBytesMax else { throw CargoFailure.notFound }
    let forms = WorkNames.forms(of: id)
    if let held = service.held(forms).first { return held }
    if let item = try await service.item(id) { return item }
    var filter = WorkFilter()
    filter.ids = forms
    filter.limit = 1
    guard forms.count > 1, let known = try await service.list(filter).first,
      let item = try await service.item(known)
    else { throw CargoFailure.notFound }
    return item
  }

  static let tracking = CargoFailure.answering { call in
    let place = try await call.work()
    return Answer.json(CargoBodies.tracking(try await item(call.path("cargo_id"), place.service)))
  }

  static let detail = CargoFailure.answering { call in
    let service = try await call.work().service
    return Answer.json(detail(try await item(call.path("cargo_id"), service), service))
  }

  private static func detail(_ item: WorkItem, _ service: WorkService) -> JSONValue {
    let told = item.events.first.flatMap { try? JSONValue(parsing: $0.detail) }?["token"]?.stringValue
    return CargoBodies.detail(item, token: service.token(of: item.id) ?? told)
  }

  /// What the callback says; 202 with the tracking body while there is nothing to say.
  static let result = CargoFailure.answering { call in
    let item = try await item(call.path("cargo_id"), try await call.work().service)
    guard item.status.isWorked else {
      var response = Answer.json(CargoBodies.tracking(item), status: .accepted)
      response.headers[.retryAfter] = "1"
      return response
    }
    return Answer.json(CargoResult(item).callbackBody)
  }

  /// Again is the same.
  static let cancel = CargoFailure.answering { call in
    let service = try await call.work().service
    let known = try await item(call.path("cargo_id"), service)
    switch try await CargoCommands.cancel(known.id, service) {
    case .done(let item): return Answer.json(CargoBodies.tracking(item))
    case .unknown: throw CargoFailure.notFound
    case .refused(let item) where item.dialect != .cargo: throw foreign(item)
    case .refused(let item):
      throw CargoFailure(
        .conflict, detail: .string("Cargo cannot be cancelled: it is \(CargoStatus(item.status).rawValue)"))
    }
  }

  static let retryCallback = CargoFailure.answering { call in
    let service = try await call.work().service
    let known = try await item(call.path("cargo_id"), service)
    switch try await CargoCommands.retryCallback(known.id, service) {
    case .done(let item): return Answer.json(detail(item, service), status: .accepted)
    case .unknown: throw CargoFailure.notFound
    case .refused(let item) where item.dialect != .cargo: throw foreign(item)
    case .refused(let item):
      throw CargoFailure(
        .conflict,
        detail: .string("Cargo has no callback that has ended: it is \(CargoStatus(item.status).rawValue)"))
    }
  }

  private static func foreign(_ item: WorkItem) -> CargoFailure {
    CargoFailure(.conflict, detail: .string("Cargo was made through the dialect \(item.dialect.rawValue)"))
  }
}
