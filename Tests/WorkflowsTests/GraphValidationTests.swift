// Goal: a valid graph comes back as it was given, and each reason code is reported for its mistake, at its node.
// Method: tables of graphs; the expected list is the whole list of findings.
import Platform
import Testing
import WireTypes
import Workflows

private typealias F = GraphFixtures

@Suite("Graph validation")
struct GraphValidationTests {
  static let pair = [F.node("start", "start", to: ["end"]), F.end()]

  static func findings(_ nodes: [JSONValue], _ references: GraphReferences = GraphReferences()) -> [String] {
    GraphValidation.validate(.array(nodes), references: references).invalidNodes.map {
      "\($0.node.slug ?? "-") \($0.reason.rawValue)"
    }
  }

  @Test("a graph is answered exactly as it was given, unknown members and number texts included")
  func asGiven() throws {
    let text = #"""
      [{"uuid":"3c90c3cc-0d44-4b50-8888-8dd25736052a","slug":"start","config":{"x":1.50},"childrenUuids":["3c90c3cc-0d44-4b50-8888-8dd25736052b"],"fallbackOnFailure":true,"position":{"x":123,"y":1e2},"kind":"native","actionSlug":"start","name":"Start","description":"d","retry":{"maximumAttempts":3,"initialInterval":1000,"backoffCoefficient":2},"fallbackChildUuid":null,"future":[{}]},{"uuid":"3c90c3cc-0d44-4b50-8888-8dd25736052b","slug":"end","kind":"native","actionSlug":"end","config":{},"childrenUuids":[]}]
      """#
    let verdict = GraphValidation.validate(try JSONValue(parsing: text))
    let graph = try #require(verdict.graph)
    #expect(graph.json.encoded == text)
    #expect(verdict.json.encoded == #"{"outcome":"valid"}"#)
    let start = try #require(graph.start)
    #expect(
      start.retry == graph["3c90c3cc-0d44-4b50-8888-8dd25736052a"]?.retry && start.retry?.maximumAttempts == 3
    )
    #expect(start.fallbackOnFailure && start.fallbackChildUuid == nil && start.name == "Start")
  }

  @Test("every action takes exactly its number of children", arguments: NativeAction.allCases)
  func childrenCounts(_ action: NativeAction) {
    let configs: [NativeAction: JSONValue] = [
      .filter: ["filter": true], .branch: ["condition": true], .split: ["percentage": 50],
      .switch: [
        "routes": [
          ["name": "a", "value": true], ["name": "b", "value": true], ["name": "c", "value": true],
        ]
      ],
      .variables: ["variables": []], .delay: ["minutes": 1], .agent: ["prompt": "x"], .python: ["script": ""],
      .script: ["script": ""], .group: ["items": [], "_nodes": .array(Self.pair)],
    ]
    let wanted = action == .end ? 0 : action == .switch ? 3 : action == .branch || action == .split ? 2 : 1
    for count in 0...4 where action != .start {
      let node = F.node(
        "x", action.rawValue, configs[action] ?? .emptyObject, to: Array(repeating: "end", count: count))
      let found = Self.findings([F.node("start", "start", to: ["x"]), node, F.end()])
      #expect(found == (count == wanted ? [] : ["x childrenUuidsInvalid"]), "\(action) with \(count)")
    }
  }

  @Test("reasons")
  func reasons() {
    let start = F.node("start", "start", to: ["x"])
    func with(_ node: JSONValue) -> [String] { Self.findings([start, node, F.end()]) }
    #expect(Self.findings([]) == ["- startNodeNotFound"])
    #expect(Self.findings([F.end()]) == ["- startNodeNotFound"])
    #expect(Self.findings(Self.pair) == [])
    #expect(with(F.node("x", "nonsense", to: ["end"])) == ["x nativeInvalid"])
    #expect(with(F.node("x", "variables", ["variables": []], to: ["missing"])) == ["x nodesNotFound"])
    #expect(
      with(F.node("x", "variables", ["variables": []], to: ["end"], ["fallbackChildUuid": "none"])) == [
        "x nodesNotFound"
      ])
    #expect(with(F.node("x", "variables", ["variables": []], to: ["start"])) == ["x childrenUuidsInvalid"])
    #expect(
      with(
        F.node(
          "x", "variables", ["variables": []], to: ["end"], ["fallbackChildUuid": .string(F.uuid("start"))]))
        == ["x childrenUuidsInvalid"])
    #expect(with(F.node("x", "variables", ["variables": []], to: ["x"])) == ["x childrenUuidsInvalid"])
    #expect(
      Self.findings([F.node("start", "start", to: ["a-b"]), F.node("a-b", "end")]) == ["a-b slugInvalid"])
    #expect(Self.findings([F.node("start", "start", to: ["ü"]), F.node("ü", "end")]) == ["ü slugInvalid"])
    #expect(with(F.node("x", "start", to: ["end"])) == ["x slugInvalid"])
    #expect(
      Self.findings([
        F.node("start", "start", to: ["end"]), F.node("end", "delay", ["minutes": 1], to: ["q"]),
        F.node("q", "end"),
      ])
        == ["end slugInvalid"])
    #expect(with(F.node("x", "tool", to: ["end"], ["toolUuid": .null])) == ["x toolInvalid"])
    #expect(with(F.node("x", "agentNode", to: ["end"], ["agentUuid": .null])) == ["x toolInvalid"])
    #expect(with(F.node("x", "connector", to: ["end"], ["connectorUuid": .null])) == ["x connectorNotFound"])
    var nobody = GraphReferences()
    nobody.connectorExists = { _ in false }
    nobody.toolExists = { $0.slug == "x" }
    #expect(
      Self.findings(
        [start, F.node("x", "connector", to: ["t"]), F.node("t", "tool", to: ["end"]), F.end()], nobody)
        == ["x connectorNotFound", "t toolInvalid"])
    #expect(
      GraphValidation.releaseAndNodes.json.encoded
        == #"{"outcome":"notValid","invalidNodes":[{"node":null,"reason":"invalidReleaseOrCustomNodes"}]}"#)
  }

  @Test("repeated uuids and slugs")
  func repeated() {
    let twice = [
      F.node("start", "start", to: ["end"]), F.end(),
      F.node("end", "end", to: [], ["uuid": .string(F.uuid("other"))]),
    ]
    #expect(Self.findings(twice) == ["end slugInvalid"])
    var lenient = GraphReferences()
    lenient.allowsRepeatedSlugs = true
    #expect(Self.findings(twice, lenient) == [])
    #expect(
      Self.findings(Self.pair + [F.node("b", "end", to: [], ["uuid": .string(F.uuid("end"))])])
        == ["b invalidReleaseOrCustomNodes"])
  }

  @Test(
    "configs that an action cannot run",
    arguments: [
      ("filter", [:]), ("branch", [:]), ("variables", [:]),
      ("variables", ["variables": [["type": "string"]]]),
      ("variables", ["variables": [["name": "a", "type": "colour"]]]),
      ("variables", ["variables": [["name": "a", "type": "any"], ["name": "a", "type": "any"]]]),
      ("delay", ["minutes": -1]), ("delay", ["minutes": "soon"]), ("delay", [:]),
      ("split", ["percentage": 101]),
      ("python", ["script": 1]), ("agent", [:]), ("group", ["_nodes": .array(pair)]),
      ("group", ["items": 3, "_nodes": .array(pair)]),
      ("group", ["items": [], "_nodes": .array(pair), "failOnItemFailure": 1]),
    ] as [(String, JSONValue)])
  func configs(_ action: String, _ config: JSONValue) {
    let children = action == "branch" || action == "split" ? ["end", "end"] : ["end"]
    #expect(
      Self.findings([F.node("start", "start", to: ["x"]), F.node("x", action, config, to: children), F.end()])
        .contains("x nativeInvalid"))
  }

  @Test("shapes and limits: one finding, the code of unreadable nodes")
  func shapes() {
    func only(_ json: JSONValue, _ text: String) {
      let found = GraphValidation.validate(json).invalidNodes
      #expect(
        found.map(\.reason) == [.invalidReleaseOrCustomNodes] && found[0].message.contains(text), "\(found)")
    }
    only("x", "must be a list")
    only([1], "must be an object")
    only(
      .array([F.node("start", "start", to: [], ["uuid": "3c90c3cc-0d44-1b50-8888-8dd25736052a"])]),
      "version 4")
    only(.array([F.node("start", "start", to: [], ["kind": "magic"])]), "kind")
    only(.array([F.node("start", "start", to: [], ["config": 1])]), "config")
    only(.array([F.node("start", "start", to: [], ["fallbackOnFailure": "yes"])]), "fallbackOnFailure")
    for retry: JSONValue in [
      ["maximumAttempts": 0], ["maximumAttempts": 101], ["maximumAttempts": 1.5], ["initialInterval": -1],
      ["initialInterval": 1e99], ["backoffCoefficient": 0.5], 3, ["maximumAttempts": .number("1e400")],
    ] as [JSONValue] { only(.array([F.node("start", "start", to: [], ["retry": retry])]), "retry") }
    only(.array((0...Limits.graphNodesMax).map { F.node("n\($0)", "end") }), "more than 1000 nodes")
    only(
      .array([
        F.node("start", "start", ["x": .string(String(repeating: "x", count: Limits.nodeConfigBytesMax))])
      ]), "larger")
    var nodes = Self.pair
    for depth in 0..<12 {
      nodes = [
        F.node("start", "start", to: ["g\(depth)"]),
        F.node("g\(depth)", "group", ["items": [], "_nodes": .array(nodes)], to: ["end"]), F.end(),
      ]
      if depth + 1 <= Limits.groupNestingMax {
        #expect(Self.findings(nodes) == [])
      } else {
        only(.array(nodes), "deeper")
      }
    }
  }

  @Test("findings of a group are told within")
  func groups() {
    let nodes = [
      F.node("start", "start", to: ["loop"]),
      F.node(
        "loop", "group",
        [
          "items": [],
          "_nodes": .array([F.node("start", "start", to: ["e"]), F.node("e", "variables", ["variables": []])]
          ),
        ], to: ["end"]),
      F.end(),
    ]
    let verdict = GraphValidation.validate(.array(nodes))
    #expect(
      verdict.json.encoded
        == #"{"outcome":"notValid","invalidNodes":[{"node":{"uuid":"\#(F.uuid("loop"))","slug":"loop"},"reason":"subNodesInvalid","#
        + #""invalidNodes":[{"node":{"uuid":"\#(F.uuid("e"))","slug":"e"},"reason":"childrenUuidsInvalid"}]}]}"#
    )
  }

  @Test("a diamond and a node out of reach are valid; long chains need no stack")
  func largeAndOdd() {
    #expect(
      Self.findings([
        F.node("start", "start", to: ["b"]), F.node("b", "branch", ["condition": true], to: ["l", "r"]),
        F.node("l", "delay", ["minutes": 0], to: ["end"]), F.node("r", "delay", ["minutes": 0], to: ["end"]),
        F.end(),
        F.node("alone", "delay", ["minutes": 0], to: ["end"]),
      ]) == [])
    let chain = (0..<998).map {
      F.node("n\($0)", "delay", ["minutes": 0], to: [$0 == 997 ? "end" : "n\($0 + 1)"])
    }
    #expect(Self.findings([F.node("start", "start", to: ["n0"])] + chain + [F.end()]) == [])
  }
}
