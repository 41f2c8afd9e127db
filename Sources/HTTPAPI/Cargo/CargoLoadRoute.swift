import HTTPTypes
import Hummingbird
import HummingbirdCore
import Platform
import WireTypes
import Workflows

/// `POST /cargo/load`: durable when it is answered; the same `Idempotency-Key` is the same cargo. A hot route answers
/// what is good and has no key.
enum CargoLoadRoute {
  static let load = CargoFailure.answering { call in
    let bytes = try await call.bodyBytes()
    let load = try CargoLoad(
      bytes, call.environment.work.settings, key: { () throws(CargoFailure) in try key(call) })
    let isReplay = try await store(load, try await call.work().service, call)
    if !isReplay { call.note(records: 1) }
    var response = Answer.json(load.answer)
    if isReplay, let name = HTTPField.Name("Idempotency-Replayed") { response.headers[name] = "true" }
    return response
  }

  /// Whether this request had made it before.
  private static func store(_ load: CargoLoad, _ service: WorkService, _ call: APICall) async throws -> Bool {
    if load.isKeyed, let known = try await service.item(load.id) { return try replay(load, known) }
    do throws(WorkError) {
      try await service.create([load.record(at: service.clock.wall())])
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

  private static func replay(_ load: CargoLoad, _ known: WorkItem) throws -> Bool {
    guard CargoInput(known)?.request == load.digest else {
      throw CargoProblems.failure(
        ["header", "Idempotency-Key"], "Value error, the key was used with another request", "value_error")
    }
    return true
  }

  private static func key(_ call: APICall) throws(CargoFailure) -> String? {
    guard let name = HTTPField.Name("Idempotency-Key"), let key = call.request.headers[name] else { return nil }
    guard (1...Limits.idempotencyKeyBytesMax).contains(key.utf8.count) else {
      throw CargoProblems.failure(
        ["header", "Idempotency-Key"], "Value should have 1 to \(Limits.idempotencyKeyBytesMax) bytes",
        "value_error")
    }
    return key
  }
}
