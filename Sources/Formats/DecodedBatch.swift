package import DataModel

/// Rows decoded from a request so far.
package struct DecodedBatch: Sendable {
  package let changes: ChangeBatch
  /// Bytes of the request from which these rows came, with blanks and rejected records before them.
  package let inputBytes: Int

  package init(changes: ChangeBatch, inputBytes: Int) {
    self.changes = changes
    self.inputBytes = inputBytes
  }
}
