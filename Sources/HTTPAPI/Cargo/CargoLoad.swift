import ConnectorKit
import HTTPTypes
import PipelineModel
import Platform
import WireTypes
import Workflows

/// A cargo to be made, checked: what `POST /cargo/load` asks for, whoever answers it.
struct CargoLoad: Sendable {
  let id: String
  let request: CargoLoadRequest
  /// Of the body.
  let digest: String
  let isKeyed: Bool

  /// `key`: the id follows from it, without one from chance. Throws what is wrong with the request, in the dialect's
  /// words.
  init(
    _ body: [UInt8], _ settings: WorkSettings, key: () throws(CargoFailure) -> String? = { nil }
  ) throws(CargoFailure) {
    request = try CargoLoadRequest(body)
    try CargoLoad.checkModel(request.model, settings.providers)
    try CargoLoad.checkAddress(request.callbackHost, settings.callbacks.addresses)
    let key = try key()
    id = key.map { WorkNames.derived(.cargo, from: RequestDigest.bytes(Array("cargo\u{0}\($0)".utf8))) }
      ?? WorkNames.random(.cargo, settings.random)
    digest = RequestDigest.text(body)
    isKeyed = key != nil
  }

  func record(at time: WallTime) -> WorkRecord {
    let input = CargoInput(
      model: request.model, callbackURL: request.callbackURL, request: digest, params: request.params)
    return WorkRecord.item(id, .cargo, input: input.text, at: time)
  }

  /// Once it is durable.
  var answer: JSONValue {
    ["cargo_id": .string(id), "status": "success", "message": "Cargo loaded successfully"]
  }

  private static func checkModel(_ model: String, _ registry: ProviderRegistry) throws(CargoFailure) {
    if registry.entry(model: model) != nil { return }
    throw CargoFailure(
      .badRequest,
      detail: [
        "error": "invalid_model", "message": .string("Model '\(model)' is not supported"),
        "supported_models": .array(CargoServerRoutes.modelNames(registry).map { .string($0) }),
      ])
  }

  /// A literal address that must not be called is refused now; names are looked up when the callback is made.
  private static func checkAddress(_ host: String, _ addresses: AddressGuard) throws(CargoFailure) {
    guard let address = IPText.parse(host), !addresses.allows(address) else { return }
    throw CargoProblems.failure(
      ["body", "callback_url"], "Value error, the address of the URL is not allowed", "value_error")
  }
}
