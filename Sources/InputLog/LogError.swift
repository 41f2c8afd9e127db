package import PipelineModel
package import StorageAPI

/// Why the log refused or lost something.
package struct LogError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The appender was closed.
    case closed
    /// Too much waits for the disk: ask again later.
    case full
    /// One request or block is larger than the log stores, or the offsets are exhausted.
    case tooLarge
    /// The store failed: nothing more is accepted until it is reopened.
    case storage
    /// Stored bytes are damaged, or an offset is not where a block begins.
    case corrupt
    /// The log ends before what was acknowledged: the offsets [first, end) are gone.
    case lost(first: Offset, end: Offset)
    /// The stage was published or abandoned before.
    case unknownStage
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package init(storage error: StorageError) {
    self.init(error.code == .corruption ? .corrupt : .storage, error.description)
  }

  /// A read at an offset failed; damage names the offset.
  init(storage error: StorageError, at offset: Offset) {
    guard error.code == .corruption else { self.init(storage: error); return }
    self.init(.corrupt, "log is damaged offset=\(offset): \(error.description)")
  }

  package var description: String { message }
}
