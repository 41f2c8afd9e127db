import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes
import Workflows

/// What is wrong with a body or a query, field by field, as FastAPI tells it.
struct CargoProblems {
  private var list: [JSONValue] = []

  var isEmpty: Bool { list.isEmpty }

  /// `place`: names and indices, outermost first.
  mutating func add(_ place: [JSONValue], _ message: String, _ type: String) {
    list.append(["loc": .array(place), "msg": .string(message), "type": .string(type)])
  }

  mutating func missing(_ place: [JSONValue]) { add(place, "Field required", "missing") }

  var failure: CargoFailure { CargoFailure(.unprocessableContent, detail: .array(list)) }

  /// Of one problem.
  static func failure(_ place: [JSONValue], _ message: String, _ type: String) -> CargoFailure {
    var problems = CargoProblems()
    problems.add(place, message, type)
    return problems.failure
  }
}

/// An error in the dialect's form: `{"detail": …}`.
struct CargoFailure: Error {
  let status: HTTPResponse.Status
  let detail: JSONValue
  var retryAfterSeconds: Int?

  init(_ status: HTTPResponse.Status, detail: JSONValue) {
    self.status = status
    self.detail = detail
  }

  static let notFound = CargoFailure(.notFound, detail: "Cargo not found")

  init(_ error: WorkError) {
    switch error.code {
    case .unavailable, .inDoubt, .full:
      self.init(.serviceUnavailable, detail: .string(error.message))
      // What is in doubt is not asked to be sent again: it may be there.
      if error.code != .inDoubt { retryAfterSeconds = 1 }
    case .conflict: self.init(.conflict, detail: .string(error.message))
    case .failed: self.init(.internalServerError, detail: .string(error.message))
    }
  }

  init(_ error: PipelineError) {
    self.init(ErrorMapping.status(of: error.code), detail: .string(error.message))
    retryAfterSeconds = error.retryAfterSeconds.map { Int($0) }
  }

  var response: Response { Answer.whole(WholeAnswer(self)) }

  /// A route whose errors have the dialect's form.
  static func answering(_ handler: @escaping Route.Handler) -> Route.Handler {
    { call in
      do { return try await handler(call) } catch let failure as CargoFailure {
        return failure.response
      } catch let error as WorkError {
        return CargoFailure(error).response
      } catch let error as PipelineError {
        return CargoFailure(error).response
      }
    }
  }
}

extension WholeAnswer {
  init(_ failure: CargoFailure) {
    self.init(["detail": failure.detail], status: failure.status)
    retryAfterSeconds = failure.retryAfterSeconds
  }
}
