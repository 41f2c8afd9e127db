import InputLog

/// Why records were not taken.
package struct IngressError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    /// The request asks for what is not supported or is too large.
    case invalidParameter
    /// The idempotency key belongs to another request.
    case keyReused
    /// The pipeline is going down.
    case closed
    /// Too much waits for the disk: ask again later.
    case full
    /// The store failed or holds damaged rows.
    case storage
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(log error: LogError) {
    let code: Code =
      switch error.code {
      case .closed: .closed
      case .full: .full
      case .tooLarge: .invalidParameter
      case .storage, .corrupt, .lost, .unknownStage: .storage
      }
    self.init(code, error.message)
  }

  package var description: String { message }
}
