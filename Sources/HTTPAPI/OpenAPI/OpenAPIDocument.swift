import HTTPTypes
import WireTypes

/// Makes OpenAPI 3.1 documents of dialects.
enum OpenAPIDocument {
  static func make(_ dialect: APIDialect) -> JSONValue {
    make(title: dialect.title, version: dialect.version, about: dialect.about, of: [dialect])
  }

  static func make(title: String, version: String, about: String, of dialects: [APIDialect]) -> JSONValue {
    let chapters = dialects.flatMap(\.chapters)
    return [
      "openapi": "3.1.0",
      "info": [
        "title": .string(title), "version": .string(version), "description": .string(about),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": "/"]],
      "tags": .array(chapters.map { ["name": .string($0.tag), "description": .string($0.about)] }),
      "paths": paths(dialects),
      "components": [
        "securitySchemes": securitySchemes,
        "schemas": .object(dialects.flatMap(\.schemas).map { JSONMember($0.name, $0.schema.json) }),
      ],
    ]
  }

  private static let securitySchemes: JSONValue = [
    "ApiKey": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
    "Bearer": ["type": "http", "scheme": "bearer"],
    "AdminKey": ["type": "apiKey", "in": "header", "name": "X-Admin-Key"],
  ]

  /// A key may be left out where the server was started with `--auth none`.
  private static func security(_ access: RouteAccess) -> JSONValue {
    switch access {
    case .open: []
    case .ingest, .read, .admin: [.emptyObject, ["ApiKey": []], ["Bearer": []]]
    case .adminKey: [["AdminKey": []]]
    }
  }

  /// Paths in the order in which they are described first.
  private static func paths(_ dialects: [APIDialect]) -> JSONValue {
    var order: [String] = []
    var items: [String: [JSONMember]] = [:]
    for dialect in dialects {
      for chapter in dialect.chapters {
        for operation in chapter.operations {
          if items[operation.pattern] == nil { order.append(operation.pattern) }
          items[operation.pattern, default: []].append(
            JSONMember(
              operation.method.rawValue.lowercased(), describe(operation, tag: chapter.tag, dialect)))
        }
      }
    }
    return .object(order.map { JSONMember($0, .object(items[$0] ?? [])) })
  }

  private static func describe(_ operation: APIOperation, tag: String, _ dialect: APIDialect) -> JSONValue {
    var members = [
      JSONMember("operationId", .string(operation.id)), JSONMember("tags", [.string(tag)]),
      JSONMember("summary", .string(operation.summary)),
    ]
    if !operation.details.isEmpty { members.append(JSONMember("description", .string(operation.details))) }
    if let scope = operation.access.scope { members.append(JSONMember("x-scope", .string("\(scope)"))) }
    let parameters = parameters(of: operation, dialect)
    if !parameters.isEmpty { members.append(JSONMember("parameters", .array(parameters.map(describe)))) }
    if let body = operation.body {
      members.append(
        JSONMember("requestBody", ["required": .bool(body.isRequired), "content": contents(body.contents)]))
    }
    let answers = answers(of: operation, dialect)
    members.append(
      JSONMember("responses", .object(answers.map { JSONMember(String($0.status), describe($0)) })))
    members.append(JSONMember("security", security(operation.access)))
    return .object(members)
  }

  static func parameters(of operation: APIOperation, _ dialect: APIDialect) -> [APIParameter] {
    operation.pathNames.map { name in
      let known = dialect.pathParameters[name]
      return APIParameter(
        name: name, place: .path, schema: known?.schema ?? .text, meaning: known?.meaning ?? "",
        isRequired: true)
    } + operation.parameters
  }

  /// Its own answers, then those of every operation of the dialect that it does not have; by status.
  static func answers(of operation: APIOperation, _ dialect: APIDialect) -> [APIAnswer] {
    let own = Set(operation.answers.map(\.status))
    return (operation.answers + dialect.errors(operation).filter { !own.contains($0.status) })
      .sorted { $0.status < $1.status }
  }

  private static func describe(_ parameter: APIParameter) -> JSONValue {
    var members = [
      JSONMember("name", .string(parameter.name)), JSONMember("in", .string(parameter.place.rawValue)),
      JSONMember("required", .bool(parameter.isRequired)),
    ]
    if !parameter.meaning.isEmpty { members.append(JSONMember("description", .string(parameter.meaning))) }
    return .object(members + [JSONMember("schema", parameter.schema.json)])
  }

  private static func describe(_ answer: APIAnswer) -> JSONValue {
    var members = [JSONMember("description", .string(answer.meaning))]
    if !answer.headers.isEmpty {
      let headers = answer.headers.map { header -> JSONMember in
        JSONMember(header.name, ["description": .string(header.meaning), "schema": header.schema.json])
      }
      members.append(JSONMember("headers", .object(headers)))
    }
    if !answer.contents.isEmpty { members.append(JSONMember("content", contents(answer.contents))) }
    return .object(members)
  }

  private static func contents(_ contents: [(type: String, schema: JSONSchema)]) -> JSONValue {
    .object(contents.map { JSONMember($0.type, ["schema": $0.schema.json]) })
  }
}
