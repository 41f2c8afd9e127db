/// A checkpoint could not be written or read.
package struct CheckpointError: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Stored bytes are damaged; the message names the file.
    case corrupt
    /// The file system or the store failed.
    case io
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
