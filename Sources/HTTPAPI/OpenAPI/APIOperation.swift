import HTTPTypes
import PipelineModel

/// What one route takes and answers: the description beside the handler, paired with it by method and pattern.
struct APIOperation: Sendable {
  let method: HTTPRequest.Method
  let pattern: String
  /// Stable name for generators of clients.
  let id: String
  let summary: String
  private(set) var details = ""
  private(set) var parameters: [APIParameter] = []
  private(set) var body: APIBody?
  private(set) var answers: [APIAnswer] = []
  /// Errors of its own; those of every operation come from the dialect.
  private(set) var codes: [ErrorCode] = []

  /// What its route asks of the caller.
  var access: RouteAccess { RouteTable.accesses["\(method) \(pattern)"] ?? .read }

  init(_ method: HTTPRequest.Method, _ pattern: String, _ id: String, _ summary: String) {
    self.method = method
    self.pattern = pattern
    self.id = id
    self.summary = summary
  }

  /// Names of the pattern's parameters.
  var pathNames: [String] {
    pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
  }
}

/// A value in the query string or in a header. Parameters of the path are described once a dialect.
struct APIParameter: Sendable {
  enum Place: String, Sendable { case path, query, header }

  let name: String
  let place: Place
  let schema: JSONSchema
  let meaning: String
  let isRequired: Bool
}

/// Content types that a request may bring, each with what is in it.
struct APIBody: Sendable {
  let contents: [(type: String, schema: JSONSchema)]
  let isRequired: Bool
}

/// One status with what comes along.
struct APIAnswer: Sendable {
  let status: Int
  let meaning: String
  /// Empty for an answer without a body.
  let contents: [(type: String, schema: JSONSchema)]
  var headers: [(name: String, schema: JSONSchema, meaning: String)] = []
}

// MARK: Building

extension APIOperation {
  private func with(_ change: (inout APIOperation) -> Void) -> APIOperation {
    var copy = self
    change(&copy)
    return copy
  }

  func details(_ text: String) -> APIOperation { with { $0.details = text } }

  func query(_ name: String, _ schema: JSONSchema, _ meaning: String, required: Bool = false) -> APIOperation
  {
    with {
      $0.parameters.append(
        APIParameter(name: name, place: .query, schema: schema, meaning: meaning, isRequired: required))
    }
  }

  func header(_ name: String, _ schema: JSONSchema, _ meaning: String) -> APIOperation {
    with {
      $0.parameters.append(
        APIParameter(name: name, place: .header, schema: schema, meaning: meaning, isRequired: false))
    }
  }

  /// A JSON body.
  func takes(_ schema: JSONSchema, required: Bool = true) -> APIOperation {
    takes([("application/json", schema)], required: required)
  }

  func takes(_ contents: [(type: String, schema: JSONSchema)], required: Bool = true) -> APIOperation {
    with { $0.body = APIBody(contents: contents, isRequired: required) }
  }

  /// An answer without a body.
  func answers(_ status: Int, _ meaning: String) -> APIOperation {
    with { $0.answers.append(APIAnswer(status: status, meaning: meaning, contents: [])) }
  }

  /// A JSON answer.
  func answers(_ status: Int, _ meaning: String, _ schema: JSONSchema) -> APIOperation {
    answers(status, meaning, [("application/json", schema)])
  }

  func answers(
    _ status: Int, _ meaning: String, _ contents: [(type: String, schema: JSONSchema)]
  ) -> APIOperation {
    with { $0.answers.append(APIAnswer(status: status, meaning: meaning, contents: contents)) }
  }

  /// A header of the answer that was added last.
  func telling(_ name: String, _ schema: JSONSchema, _ meaning: String) -> APIOperation {
    with { operation in
      guard let last = operation.answers.indices.last else { return }
      operation.answers[last].headers.append((name, schema, meaning))
    }
  }

  func fails(_ codes: ErrorCode...) -> APIOperation { with { $0.codes += codes } }
  func fails(_ codes: [ErrorCode]) -> APIOperation { with { $0.codes += codes } }
}
