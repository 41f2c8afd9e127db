package import DataModel
package import InputLog
package import StorageAPI

/// Why the step engine stopped.
package struct StepError: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// A SQL expression failed: the deployment error `RuntimeError.WorkerPanic`.
    case evaluation
    /// Stored bytes are damaged.
    case corrupt
    /// The store failed; nothing can be told durable any more.
    case storage
    /// Restored state does not fit the program.
    case state
    /// What was asked for cannot be done with this state, which is as it was.
    case refused
    case exhausted
  }

  package let code: Code
  package let message: String
  /// Name of the damaged file, when one is to blame.
  package private(set) var file: String?
  /// The evaluation was cancelled or had no memory: no record is to blame.
  package private(set) var isGivenUp = false

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package init(storage error: StorageError) {
    self.init(error.code == .corruption ? .corrupt : .storage, error.description)
  }

  package init(log error: LogError) {
    switch error.code {
    case .corrupt, .lost: self.init(.corrupt, error.message)
    default: self.init(.storage, error.message)
    }
  }

  package init(evaluation error: EvaluationError) {
    switch error.code {
    case .corrupt: self.init(.corrupt, error.message)
    case .storage: self.init(.storage, error.message)
    default: self.init(.evaluation, error.message)
    }
    file = error.file
    isGivenUp = error.code == .cancelled
  }

  package var description: String { message }
}
