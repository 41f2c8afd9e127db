import ConnectorKit
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Platform
import WireTypes
import Workflows

/// `POST /cargo/load`: durable when it is answered; the same `Idempotency-Key` is the same cargo.
enum CargoLoadRoute {
  private struct Load {
    let id: String
    let request: CargoLoadRequest
    /// Of the body.
    let digest: String
    let isKeyed: Bool
  }

  static let load = CargoFailure.answering { call in
    let bytes = try await call.bodyBytes()
    let request = try CargoLoadRequest(bytes)
    let settings = call.environment.work.settings
    try checkModel(request.model, settings.providers)
    try checkAddress(request.callbackURL, settings.callbacks.addresses)
    let key = try key(call)
    let load = Load(
      id: key.map { WorkNames.derived(.cargo, from: RequestDigest.bytes(Array("cargo\u{0}\($0)".utf8))) }
        ?? WorkNames.random(.cargo, settings.random),
      request: request, digest: RequestDigest.text(bytes), isKeyed: key != nil)
    let isReplay = try await store(load, try await call.work().service, call)
    if !isReplay { call.note(records: 1) }
    var response = Answer.json([
      "cargo_id": .string(load.id), "status": "success", "message": "Cargo loaded successfully",
    ])
    if isReplay, let name = HTTPField.Name("Idempotency-Replayed") { response.headers[name] = "true" }
    return response
  }

  /// Whether this request had made it before.
  private static func store(_ load: Load, _ service: WorkService, _ call: APICall) async throws -> Bool {
    if load.isKeyed, let known = try await service.item(load.id) { return try replay(load, known) }
    let input = CargoInput(
      model: load.request.model, callbackURL: load.request.callbackURL, request: load.digest,
      params: load.request.params)
    let record = WorkRecord.item(load.id, .cargo, input: input.text, at: service.clock.wall())
    do throws(WorkError) {
      try await service.create([record])
      return false
    } catch {
      guard load.isKeyed, error.code == .conflict else { throw error }
    }
    // The same key is on its way into the log: both get the answer once it is durable.
    for _ in 0..<250 {
      if let known = try await service.item(load.id) { return try replay(load, known) }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw WorkError(.unavailable, "another request with this Idempotency-Key is not answered yet")
  }

  private static func replay(_ load: Load, _ known: WorkItem) throws -> Bool {
    guard CargoInput(known)?.request == load.digest else {
      throw CargoProblems.failure(
        ["header", "Idempotency-Key"], "Value error, the key was used with another request", "value_error")
    }
    return true
  }

  private static func key(_ call: APICall) throws -> String? {
    guard let name = HTTPField.Name("Idempotency-Key"), let key = call.request.headers[name] else { return nil }
    guard (1...Limits.idempotencyKeyBytesMax).contains(key.utf8.count) else {
      throw CargoProblems.failure(
        ["header", "Idempotency-Key"], "Value should have 1 to \(Limits.idempotencyKeyBytesMax) bytes",
        "value_error")
    }
    return key
  }

  private static func checkModel(_ model: String, _ registry: ProviderRegistry) throws {
    if registry.entry(model: model) != nil { return }
    throw CargoFailure(
      .badRequest,
      detail: [
        "error": "invalid_model", "message": .string("Model '\(model)' is not supported"),
        "supported_models": .array(CargoServerRoutes.modelNames(registry).map { .string($0) }),
      ])
  }

  /// A literal address that must not be called is refused now; names are looked up when the callback is made.
  private static func checkAddress(_ url: String, _ addresses: AddressGuard) throws {
    guard let target = try? OutboundTarget(url), let address = IPText.parse(target.host),
      !addresses.allows(address)
    else { return }
    throw CargoProblems.failure(
      ["body", "callback_url"], "Value error, the address of the URL is not allowed", "value_error")
  }
}
