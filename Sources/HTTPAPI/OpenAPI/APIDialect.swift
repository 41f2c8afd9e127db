/// Operations that belong together, as one chapter of the document.
struct APIChapter: Sendable {
  let tag: String
  let about: String
  let operations: [APIOperation]

  init(_ tag: String, _ about: String, _ operations: [APIOperation]) {
    self.tag = tag
    self.about = about
    self.operations = operations
  }
}

/// One of the REST dialects, described.
struct APIDialect: Sendable {
  /// Part of file names.
  let name: String
  let title: String
  /// Of the contract, not of the server.
  let version: String
  let about: String
  let chapters: [APIChapter]
  let schemas: [(name: String, schema: JSONSchema)]
  /// What the parameters in the patterns are.
  let pathParameters: [String: (schema: JSONSchema, meaning: String)]
  /// Answers that an operation may give beside its own: errors, by status.
  let errors: @Sendable (APIOperation) -> [APIAnswer]

  var operations: [APIOperation] { chapters.flatMap(\.operations) }

  static let all: [APIDialect] = [.primary, .cargo, .batches, .orchestration]
}
