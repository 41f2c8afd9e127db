// Goal: the OpenAPI documents describe every route, are sound, and change only when somebody means it.
// Method: descriptions against the route table, references against components, and golden documents in Golden/, written
// anew with UPDATE_GOLDEN=1. `Tests/Acceptance/test_openapi.py` holds the server to them.

import Foundation
import HTTPTypes
import Testing
import WireTypes

import HTTPAPI

struct OpenAPITests {
  @Test func everyRouteHasExactlyOneDescription() {
    #expect(DocumentedRoutes.faults.isEmpty, "\(DocumentedRoutes.faults.joined(separator: "\n"))")
  }

  @Test func documentsAreAsInTheRepository() throws {
    for (name, document) in DocumentedRoutes.documents {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/openapi-\(name).json")
      let text = Self.pretty(document) + "\n"
      if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      let golden = try String(contentsOf: file, encoding: .utf8)
      #expect(
        golden == text, "openapi-\(name).json differs: run with UPDATE_GOLDEN=1 and look at the difference")
    }
  }

  @Test func everyReferenceIsAComponentAndEveryComponentIsUsed() throws {
    var all: Set<String> = []
    for (name, document) in DocumentedRoutes.documents {
      let components = try #require(document["components"]?["schemas"]?.members).map(\.name)
      let used = Set(Self.references(document))
      #expect(Set(components).count == components.count, "\(name) has a component twice")
      #expect(used == Set(components), "\(name): \(used.symmetricDifference(components))")
      #expect(all.isDisjoint(with: components), "\(name) names a component as another dialect does")
      all.formUnion(components)
    }
  }

  @Test func theServerShowsThem() async throws {
    let api = TestAPI()
    let whole = try await api.get("/openapi.json")
    #expect(whole.status == 200)
    #expect(whole.json["openapi"] == "3.1.0")
    let paths = try #require(whole.json["paths"]?.members).map(\.name)
    for (_, document) in DocumentedRoutes.documents {
      #expect(try #require(document["paths"]?.members).allSatisfy { paths.contains($0.name) })
    }
    let primary = try await api.get("/v0/openapi.json")
    #expect(primary.json == DocumentedRoutes.documents.first { $0.name == "v0" }?.document)
    let orchestration = try await api.get("/v1/orchestration/openapi.json")
    #expect(orchestration.json == DocumentedRoutes.documents.first { $0.name == "orchestration" }?.document)
  }

  @Test func thePageNamesEveryOperation() async throws {
    let reply = try await TestAPI().get("/docs")
    #expect(reply.headers[.contentType] == "text/html; charset=utf-8")
    for (_, document) in DocumentedRoutes.documents {
      for path in try #require(document["paths"]?.members) { #expect(reply.text.contains(path.name)) }
    }
    #expect(!reply.text.contains("<script"))
    #expect(reply.text.contains("visible:&lt;view&gt;"))
  }

  @Test func aHeadRequestGetsNoBody() async throws {
    let reply = try await TestAPI().call(.head, "/healthz")
    #expect(reply.status == 405)
    #expect(reply.body.isEmpty)
  }

  // MARK: Help

  private static func references(_ value: JSONValue) -> [String] {
    switch value {
    case .object(let members):
      members.flatMap { member -> [String] in
        let prefix = "#/components/schemas/"
        if member.name == "$ref", let text = member.value.stringValue, text.hasPrefix(prefix) {
          return [String(text.dropFirst(prefix.count))]
        }
        return references(member.value)
      }
    case .array(let elements): elements.flatMap(references)
    default: []
    }
  }

  /// Two blanks a level; what is short stays on its line.
  private static func pretty(_ value: JSONValue, indent: String = "") -> String {
    let short = value.encoded
    if indent.count + short.count <= 100 { return short }
    let inner = indent + "  "
    switch value {
    case .object(let members):
      let lines = members.map {
        "\(inner)\(JSONValue.string($0.name).encoded): \(pretty($0.value, indent: inner))"
      }
      return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    case .array(let elements):
      return "[\n\(elements.map { inner + pretty($0, indent: inner) }.joined(separator: ",\n"))\n\(indent)]"
    default: return short
    }
  }
}
