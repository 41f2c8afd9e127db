/// Why an expression has no value, and where.
package struct ExpressionFault: Error, Hashable, Sendable {
  package let message: String
  /// UTF-16 offset into the expression's text, as a JavaScript engine counts.
  package let position: Int

  package init(_ message: String, at position: Int) {
    self.message = message
    self.position = position
  }
}
