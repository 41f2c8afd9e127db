/// Why outputs could not be started, or a subscription was refused.
package struct OutputError: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The store failed.
    case storage
    /// A stored cursor or checkpoint section is not what this room wrote.
    case corrupt
    /// A sink failed for good while starting.
    case connector
    /// The caller asked for something that does not exist.
    case invalidOption
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
