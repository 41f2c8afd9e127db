/// A connector failed.
package struct ConnectorError: Error, Sendable, CustomStringConvertible {
  package enum Disposition: String, Sendable {
    /// Try again after the retry policy's delay.
    case retry
    /// Will not get better by itself: the pipeline stops (at start) or the endpoint is reported as failed.
    case fatal
  }

  package let disposition: Disposition
  package let message: String

  package init(_ disposition: Disposition, _ message: String) {
    self.disposition = disposition
    self.message = message
  }

  package var description: String { message }
}
