/// A place in SQL text: lines and columns count from 1, columns in characters; the end is inclusive.
package struct SourceRange: Hashable, Sendable {
  package let startLine: Int
  package let startColumn: Int
  package let endLine: Int
  package let endColumn: Int

  package init(startLine: Int, startColumn: Int, endLine: Int, endColumn: Int) {
    self.startLine = startLine
    self.startColumn = startColumn
    self.endLine = endLine
    self.endColumn = endColumn
  }
}

/// One message of the SQL compiler, as `program_error` reports it.
package struct SQLDiagnostic: Error, Hashable, Sendable {
  package let range: SourceRange
  package let isWarning: Bool
  /// Kind of the fault in the validator's customary words: `Error parsing SQL`, `Error in SQL statement`,
  /// `Not yet implemented`.
  package let errorType: String
  package let message: String
  /// The line of the text with its number, and a caret line below it.
  package let snippet: String

  package init(range: SourceRange, isWarning: Bool, errorType: String, message: String, snippet: String) {
    self.range = range
    self.isWarning = isWarning
    self.errorType = errorType
    self.message = message
    self.snippet = snippet
  }
}

/// All that is wrong with a program; never empty.
package struct SQLErrors: Error, Sendable {
  package let diagnostics: [SQLDiagnostic]
  package init(_ diagnostics: [SQLDiagnostic]) { self.diagnostics = diagnostics }
}
