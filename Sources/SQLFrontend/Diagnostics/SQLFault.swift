/// A fault found while a statement is parsed or bound, before it is placed into lines and columns.
struct SQLFault: Error, Sendable {
  enum Kind: String, Sendable {
    case parse = "Error parsing SQL"
    case validation = "Error in SQL statement"
    case compilation = "Compilation error"
    case unimplemented = "Not yet implemented"
    case primaryKey = "PRIMARY KEY cannot be nullable"
    case query = "Error in query"
    case unusedProperty = "Unknown property"
  }

  let range: TextRange
  let kind: Kind
  let message: String
  /// Whether the fault only follows from another one that is already reported (a view over a view that
  /// failed).
  var isConsequence = false

  init(_ kind: Kind, _ message: String, at range: TextRange) {
    self.kind = kind
    self.message = message
    self.range = range
  }

  static func validation(_ message: String, at range: TextRange) -> SQLFault {
    SQLFault(.validation, message, at: range)
  }

  /// Refusal of a construct that the grammar knows and the binder does not.
  static func unimplemented(_ construct: String, at range: TextRange) -> SQLFault {
    SQLFault(.unimplemented, "\(construct) is not yet implemented", at: range)
  }
}
