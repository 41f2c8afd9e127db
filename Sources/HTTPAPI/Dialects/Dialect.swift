import PipelineModel
import PipelineRuntime

/// Which public API a route belongs to: the form of its errors. One internal error, four serialisers.
package enum Dialect: String, Sendable, CaseIterable {
  case primary, cargo, orchestration, batches

  /// Of a path that no route has taken yet.
  package init(path: Substring) {
    let first = path.split(separator: "/").prefix(2).map(String.init)
    switch first.first {
    case "cargo", "admin", "models", "health": self = .cargo
    case "v1": self = ["orchestration", "segmentation"].contains(first.dropFirst().first) ? .orchestration : .batches
    default: self = .primary
    }
  }

  /// `requestID`: for dialects that name the request in their errors.
  func answer(_ error: PipelineError, requestID: String) -> WholeAnswer {
    switch self {
    case .primary: WholeAnswer(error)
    case .cargo: CargoErrors.answer(error)
    case .orchestration: OrchestrationErrors.answer(error)
    case .batches: BatchErrors.answer(error, requestID: requestID)
    }
  }
}
