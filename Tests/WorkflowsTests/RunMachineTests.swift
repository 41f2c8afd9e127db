// Goal: one run does exactly what its graph says: retries, then fallback, then error; native actions; groups;
// cancellation. Method: small graphs, calls answered by a script, the list of executions compared as text.
import PipelineModel
import Platform
import Testing
import WireTypes
import Workflows

private typealias F = GraphFixtures

/// Drives a machine with a clock by hand. A class: it is the one run.
final class RunDriver {
  var machine: RunMachine
  var now = WallTime(microseconds: 0)
  var changes: [NodeExecution] = []
  /// Answers in the order of the calls; the last one repeats.
  var answers: [NodeAnswer] = [.success(output: "ok")]
  private(set) var calls: [NodeCall] = []
  private(set) var wakes: [Int64] = []

  init(_ nodes: [JSONValue], data: JSONValue = .emptyObject) throws {
    machine = RunMachine(RunSetup(uuid: "run", graph: try F.graph(nodes), data: data))
  }

  /// Runs to the end; nil when it waits for something that does not come.
  func run() -> RunEnd? {
    var open: [NodeCall] = []
    for _ in 0..<30_000 {
      let turn = machine.advance(now: now)
      changes += turn.changes
      open += turn.calls
      calls += turn.calls
      if let end = turn.end { return end }
      if turn.isUnfinished { continue }
      if !open.isEmpty {
        let answer = answers.count > 1 ? answers.removeFirst() : answers[0]
        if let change = machine.apply(answer, to: open.removeFirst().executionIndex, now: now) {
          changes.append(change)
        }
      } else if let wake = turn.wakeAt {
        wakes.append(wake.microseconds)
        now = wake
      } else {
        return nil
      }
    }
    return nil
  }

  /// `slug#attempt status>next`, in order.
  var trail: String {
    machine.executions.map { execution in
      let next = machine.executions.first { $0.nodeUuid == execution.nextNodeUuid }?.nodeSlug
      let place = execution.scope.map { "[\($0.item)]" }.joined()
      let attempt = execution.attempt > 1 ? "#\(execution.attempt)" : ""
      return "\(execution.nodeSlug)\(place)\(attempt) \(execution.status.rawValue)"
        + (next.map { ">\($0)" } ?? "")
    }.joined(separator: ", ")
  }
}

@Suite("Run machine")
struct RunMachineTests {
  @Test("a plain run: data, expressions, contexts")
  func plain() throws {
    let driver = try RunDriver(
      [
        F.node("start", "start", to: ["extract"]),
        F.node(
          "extract", "variables",
          [
            "variables": [
              F.variable("domain", F.template("{{nodes.start.email.split('@')[1]}}"), "string"),
              F.variable("n", "7", "number"),
            ]
          ],
          to: ["call"]),
        F.node(
          "call", "connector", ["q": F.script("nodes.extract.n + 1"), "greet": "Hi {{nodes.start.email}}"],
          to: ["end"]),
        F.end(
          "end",
          [
            F.variable("out", F.template("{{nodes.call.id}}")),
            F.variable("text", F.template("n={{nodes.extract.n}}"), "string"),
          ]),
      ], data: ["email": "jane@acme.com"])
    driver.answers = [.success(output: ["id": 5], creditsUsedCount: 3)]
    let end = try #require(driver.run())
    #expect(end.status == .success && end.output.encoded == #"{"out":5,"text":"n=7"}"#)
    #expect(driver.trail == "start success>extract, extract success>call, call success>end, end success")
    #expect(
      driver.machine.executions.runContext.encoded
        == #"{"start":{"email":"jane@acme.com"},"extract":{"domain":"acme.com","n":7},"call":{"id":5},"end":{"out":5,"text":"n=7"}}"#
    )
    #expect(
      driver.machine.executions.runComputedConfigs["call"]?.encoded == #"{"q":8,"greet":"Hi jane@acme.com"}"#)
    #expect(driver.calls.map(\.key) == ["run-2"])
    #expect(
      driver.calls[0].input["nodes"]?["extract"]?["n"] == 7 && driver.calls[0].input["parentNodes"] == nil)
    #expect(driver.machine.executions[2].creditsUsedCount == 3)
    #expect(driver.machine.executions.map(\.childIndex) == [0, 0, 0, nil])
  }

  static func failing(_ extra: KeyValuePairs<String, JSONValue>) throws -> RunDriver {
    let driver = try RunDriver([
      F.node("start", "start", to: ["call"]), F.node("call", "connector", to: ["end"], extra),
      F.node("plan_b", "delay", ["minutes": 0], to: ["end"]),
      F.end(),
    ])
    driver.answers = [.failure(message: "429")]
    return driver
  }

  @Test("try, then retries with back-off, then the fallback child")
  func order() throws {
    let retry: JSONValue = ["maximumAttempts": 4, "initialInterval": 1000, "backoffCoefficient": 3]
    let driver = try Self.failing([
      "retry": retry, "fallbackOnFailure": true, "fallbackChildUuid": .string(F.uuid("plan_b")),
    ])
    #expect(driver.run()?.status == .success)
    #expect(
      driver.trail
        == "start success>call, call error, call#2 error, call#3 error, call#4 error>plan_b, plan_b success>end, end success"
    )
    #expect(driver.wakes == [1_000_000, 4_000_000, 13_000_000])
    #expect(driver.machine.executions.runContext["call"] == nil)
    #expect(driver.changes.filter { $0.status == .pending }.map(\.attempt) == [2, 3, 4])
  }

  @Test("without a fallback child a failure goes to the normal one; without fallbackOnFailure the run fails")
  func fallbacks() throws {
    let normal = try Self.failing(["fallbackOnFailure": true])
    #expect(normal.run()?.status == .success)
    #expect(normal.trail == "start success>call, call error>end, end success")
    let none = try Self.failing([
      "fallbackChildUuid": .string(F.uuid("plan_b")), "retry": ["maximumAttempts": 2],
    ])
    let end = none.run()
    #expect(end == none.machine.end && end?.status == .error && end?.errorMessage == "call: 429")
    #expect(none.trail == "start success>call, call error, call#2 error")
    let second = try Self.failing(["retry": ["maximumAttempts": 3, "initialInterval": 5]])
    second.answers = [.failure(message: "x"), .success(output: 1)]
    #expect(
      second.run()?.status == .success
        && second.trail == "start success>call, call error, call#2 success>end, end success")
  }

  @Test("a failed expression is a failed attempt")
  func expressionFails() throws {
    let driver = try RunDriver([
      F.node("start", "start", to: ["v"]),
      F.node("v", "variables", ["variables": [F.variable("x", F.template("{{nodes.nope.x}}"))]], to: ["end"]),
      F.end(),
    ])
    let end = try #require(driver.run())
    #expect(
      end.errorMessage
        == "v: expression at config.variables[0].value, position 12: cannot read 'x' of undefined")
    let ai = try RunDriver([
      F.node("start", "start", to: ["c"]),
      F.node(
        "c", "connector", ["x": ["kind": "templateExpression", "expression": "guess", "instructTo": "ai"]],
        to: ["end"]), F.end(),
    ])
    #expect(ai.run()?.errorMessage?.contains("instructTo 'ai' is not available") == true && ai.calls.isEmpty)
  }

  @Test(
    "routing",
    arguments: [
      ("filter", ["filter": F.template("{{nodes.start.n > 3}}")], "end"),
      ("filter", ["filter": F.template("{{nodes.start.n > 5}}")], "stop"),
      ("filter", ["filter": F.template("{{nodes.start.n > 5}} ")], "end"),
      ("filter", ["filter": "false"], "stop"),
      ("branch", ["condition": F.script("nodes.start.n === 5")], "a"),
      ("branch", ["condition": F.script("nodes.start.missing")], "b"),
      (
        "switch", ["routes": [["name": "x", "value": false], ["name": "y", "value": F.script("true")]]], "b"
      ),
      ("switch", ["routes": [["name": "x", "value": true], ["name": "y", "value": true]]], "a"),
      ("switch", ["routes": [["name": "x", "value": 0], ["name": "y", "value": ""]]], "stop"),
      ("split", ["percentage": 100], "a"),
      ("split", ["percentage": 0], "b"),
    ] as [(String, JSONValue, String)])
  func routing(_ action: String, _ config: JSONValue, _ expected: String) throws {
    let driver = try RunDriver(
      [
        F.node("start", "start", to: ["r"]),
        F.node("r", action, config, to: action == "filter" ? ["end"] : ["a", "b"]),
        F.end("a"), F.end("b"), F.end(),
      ], data: ["n": 5])
    #expect(driver.run()?.status == .success)
    let last = try #require(driver.machine.executions.last)
    #expect((last.nodeSlug == "r" ? "stop" : last.nodeSlug) == expected)
    if expected == "stop" { #expect(last.nextNodeUuid == nil && driver.machine.end?.output == .null) }
  }

  @Test("a split is about its percentage and the same each time")
  func split() throws {
    let graph = try F.graph([
      F.node("start", "start", to: ["s"]), F.node("s", "split", ["percentage": 30], to: ["a", "b"]),
      F.end("a"), F.end("b"),
    ])
    var first = 0
    for run in 0..<2000 {
      var machine = RunMachine(RunSetup(uuid: "run-\(run)", graph: graph, data: .null))
      _ = machine.advance(now: WallTime(microseconds: 0))
      var again = RunMachine(RunSetup(uuid: "run-\(run)", graph: graph, data: .null))
      _ = again.advance(now: WallTime(microseconds: 9))
      #expect(machine.executions.last?.nodeSlug == again.executions.last?.nodeSlug)
      if machine.executions.last?.nodeSlug == "a" { first += 1 }
    }
    #expect((540...660).contains(first), "\(first)")
  }

  @Test("a delay waits its minutes")
  func delay() throws {
    let driver = try RunDriver([
      F.node("start", "start", to: ["d"]),
      F.node("d", "delay", ["minutes": F.script("0.5 * 3")], to: ["end"]), F.end(),
    ])
    #expect(driver.run()?.status == .success && driver.wakes == [90_000_000])
    #expect(driver.machine.executions[1].finishedAt == WallTime(microseconds: 90_000_000))
  }

  static func loop(_ config: [JSONMember], _ inner: JSONValue) -> [JSONValue] {
    let sub = [
      F.node("start", "start", to: ["w"]), inner, F.end("end", [F.variable("v", F.template("{{nodes.w}}"))]),
    ]
    return [
      F.node("start", "start", to: ["g"]),
      F.node("g", "group", .object(config + [JSONMember("_nodes", .array(sub))]), to: ["end"]),
      F.end("end", [F.variable("all", F.template("{{nodes.g}}"))]),
    ]
  }

  @Test("a group runs its items, each with the parent's context, and gives their outputs in order")
  func group() throws {
    let inner = F.node(
      "w", "variables",
      ["variables": [F.variable("x", F.template("{{nodes.start.value}}/{{parentNodes.start.k}}"), "string")]],
      to: ["end"])
    let driver = try RunDriver(
      Self.loop([JSONMember("items", F.template("{{nodes.start.list}}"))], inner),
      data: ["k": "p", "list": [1, 2, 3]])
    let end = try #require(driver.run())
    #expect(end.output.encoded == #"{"all":[{"v":{"x":"1/p"}},{"v":{"x":"2/p"}},{"v":{"x":"3/p"}}]}"#)
    #expect(driver.machine.executions.runContext["start"]?["k"] == "p")
    #expect(driver.machine.executions[1].computedConfig.encoded == #"{"items":[1,2,3]}"#)
    let empty = try RunDriver(Self.loop([JSONMember("items", [])], inner))
    #expect(empty.run()?.output.encoded == #"{"all":[]}"#)
    let wrong = try RunDriver(Self.loop([JSONMember("items", F.script("3"))], inner))
    #expect(wrong.run()?.errorMessage == "g: items must be a list")
  }

  @Test("items that fail are null, or fail the group; a bounded number is under way")
  func groupFailures() throws {
    let inner = F.node("w", "connector", to: ["end"])
    let items = JSONValue.array((0..<20).map { .integer($0) })
    let lenient = try RunDriver(Self.loop([JSONMember("items", items)], inner))
    lenient.answers = [.success(output: 1), .failure(message: "no"), .success(output: 2)]
    let output = try #require(lenient.run()?.output)
    #expect(output["all"]?.elements?.count == 20 && output["all"]?.elements?.filter(\.isNull).count == 1)
    let strict = try RunDriver(
      Self.loop([JSONMember("items", items), JSONMember("failOnItemFailure", true)], inner))
    strict.answers = [.success(output: 1), .failure(message: "no"), .success(output: 2)]
    #expect(strict.run()?.errorMessage == "g: item 1: w: no")
    // Eight at first, one more for the item that ended; those were let finish.
    #expect(strict.calls.count == 9 && strict.machine.openCalls.isEmpty)
    #expect(strict.machine.executions.allSatisfy { $0.status.isEnded })
  }

  @Test("cancelling waits for the call that is out, then ends")
  func cancel() throws {
    let driver = try Self.failing(["retry": ["maximumAttempts": 9]])
    _ = driver.machine.advance(now: driver.now)
    driver.machine.cancel()
    #expect(driver.machine.advance(now: driver.now).end == nil && driver.machine.isCancelling)
    #expect(driver.machine.openCalls.count == 1)
    let change = driver.machine.apply(.failure(message: "x"), to: 1, now: driver.now)
    #expect(change?.status == .error)
    #expect(driver.machine.apply(.success(output: 1), to: 1, now: driver.now) == nil)
    #expect(driver.machine.advance(now: driver.now).end?.status == .cancelled)
    let waiting = try RunDriver([
      F.node("start", "start", to: ["d"]), F.node("d", "delay", ["minutes": 5], to: ["end"]), F.end(),
    ])
    _ = waiting.machine.advance(now: waiting.now)
    waiting.machine.cancel()
    let turn = waiting.machine.advance(now: waiting.now)
    #expect(turn.end?.status == .cancelled && turn.changes.map(\.status) == [.cancelled])
  }

  @Test("scripts and agents wrap their answers")
  func wrapping() throws {
    let driver = try RunDriver([
      F.node("start", "start", to: ["s"]),
      F.node("s", "script", ["script": "return '{{nodes.x}}'"], to: ["a"]),
      F.node("a", "agentNode", ["prompt": "p"], to: ["end"]), F.end(),
    ])
    driver.answers = [.success(output: 1), .success(output: ["answer": 2])]
    _ = driver.run()
    #expect(driver.machine.executions.runContext["s"]?.encoded == #"{"result":1}"#)
    #expect(driver.machine.executions.runContext["a"]?.encoded == #"{"answer":2}"#)
    #expect(
      driver.calls[0].config["script"] == "return '{{nodes.x}}'"
        && driver.calls.map(\.kind) == [.script, .agent])
  }

  @Test("runs are bounded in executions and bytes, whatever the graph")
  func bounds() throws {
    let inner = F.node("w", "connector", ["x": 1], to: ["end"], ["retry": ["maximumAttempts": 100]])
    let long = try RunDriver(Self.loop([JSONMember("items", .array((0..<200).map { .integer($0) }))], inner))
    long.answers = [.failure(message: "no")]
    let end = try #require(long.run())
    #expect(end.status == .error && end.errorMessage?.contains("more than 10000 executions") == true)
    #expect(long.machine.executions.count == 10_000)
    let many = try RunDriver(
      Self.loop([JSONMember("items", .array((0..<10_000).map { .integer($0) }))], inner))
    #expect(many.run()?.errorMessage == "g: more items than the run may have executions")
    let copies = F.node(
      "w", "variables", ["variables": [F.variable("x", F.template("{{parentNodes.start}}"))]], to: ["end"])
    let large = try RunDriver(
      Self.loop(
        [JSONMember("items", .array((0..<100).map { .integer($0) })), JSONMember("failOnItemFailure", true)],
        copies),
      data: ["t": .string(String(repeating: "x", count: 1 << 20))])
    #expect(large.run()?.errorMessage?.contains("configs and outputs of the run are larger") == true)
    let odd = try RunDriver([F.node("start", "start", to: ["nowhere"])])
    #expect(odd.run()?.errorMessage == "no node has the uuid \(F.uuid("nowhere"))")
    let childless = try RunDriver([F.node("start", "start")])
    #expect(childless.run()?.errorMessage == "start: the node has no child 0")
    let none = try RunDriver([])
    #expect(none.run()?.status == .error)
  }

  @Test(
    "variables take their declared type or fail",
    arguments: [
      ("string", 5, #""5""#), ("string", [1], #""[1]""#), ("string", .null, "null"),
      ("number", " 12.50 ", "12.5"), ("number", "x", nil), ("number", "", "null"),
      ("number", 1.0, "1.0"), ("boolean", "true", "true"), ("boolean", 1, nil), ("array", "[1,2]", "[1,2]"),
      ("array", "{}", nil), ("object", #"{"a":1}"#, #"{"a":1}"#),
      ("object", [1], nil), ("any", [1], "[1]"), ("date", "2026-01-01", #""2026-01-01""#),
    ] as [(String, JSONValue, String?)])
  func types(_ type: String, _ value: JSONValue, _ expected: String?) throws {
    let driver = try RunDriver([
      F.node("start", "start", to: ["end"]), F.end("end", [F.variable("v", value, type)]),
    ])
    let end = try #require(driver.run())
    #expect(end.output["v"]?.encoded == expected)
    #expect((end.status == .error) == (expected == nil))
  }
}

@Suite("One node alone")
struct NodeTrialTests {
  static let context = ExpressionContext(nodes: ["start": ["n": 4]])

  static func trial(_ json: JSONValue, computed: JSONValue? = nil) throws -> NodeTrial {
    NodeTrial.execute(try WorkflowNode(parsing: json), computedConfig: computed, in: context, key: "k")
  }

  @Test("compute and execute: native nodes here, others as a call")
  func trials() throws {
    let variables = F.node(
      "v", "variables", ["variables": [F.variable("x", F.script("nodes.start.n * 2"))]], to: ["far"])
    #expect(
      try WorkflowNode(parsing: variables).computedConfig(in: Self.context)["variables"]?.elements?[0][
        "value"] == 8)
    #expect(try Self.trial(variables) == .output(["x": 8]))
    #expect(try Self.trial(F.node("d", "delay", ["minutes": 5])) == .output(["minutes": 5]))
    #expect(
      try Self.trial(F.node("g", "group", ["items": [], "_nodes": []]))
        == .failed("a group cannot be executed alone"))
    #expect(
      try Self.trial(F.node("f", "filter", ["filter": F.script("x")]))
        == .failed("expression at config.filter, position 0: x is not defined"))
    guard case .call(let call) = try Self.trial(F.node("c", "connector", ["q": "{{nodes.start.n}}"])) else {
      Issue.record("no call")
      return
    }
    #expect(call.config["q"] == 4 && call.key == "k" && call.input["nodes"]?["start"]?["n"] == 4)
    guard
      case .call(let given) = try Self.trial(
        F.node("c", "connector", ["q": "{{nodes.start.n}}"]), computed: ["q": 9])
    else {
      Issue.record("no call")
      return
    }
    #expect(given.config["q"] == 9)
    #expect(throws: GraphFault.self) { try WorkflowNode(parsing: 3) }
  }
}
