// Goal: a run that was cut after any event goes on as if it had not been: the list of executions is its whole state.
// Method: random graphs (routing, groups in groups, delays, calls, retries, fallbacks, broken expressions) run in a
// simulated world whose answers depend on the call's key only. Each run is cut after events all along it, its list written and
// read back, and run on; the final lists and ends must be equal. Seeds are printed with failures.
import PipelineModel
import Platform
import Testing
import WireTypes
import Workflows

private typealias F = GraphFixtures

struct World {
  let seed: UInt64

  func draw(_ text: String) -> UInt64 {
    var hash = seed &* 0x9E37_79B9_7F4A_7C15 ^ 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return hash ^ (hash >> 27)
  }

  func dueAt(_ call: NodeCall, _ executions: [NodeExecution]) -> WallTime {
    let started = executions[call.executionIndex].startedAt.microseconds
    return WallTime(microseconds: started + 10 * Int64(1 + draw("due" + call.key) % 50_000))
  }

  func answer(_ call: NodeCall) -> NodeAnswer {
    let value = draw(call.key)
    return value % 3 == 0
      ? .failure(message: "e\(value % 7)")
      : .success(output: .integer(value % 100), creditsUsedCount: Int64(value % 4))
  }

  struct Event {
    let at: WallTime
    let execution: NodeExecution
  }

  /// Runs to the end from a machine's state; `cancelAt` ends in 5 µs, which no other time does.
  func run(_ start: RunMachine, from time: WallTime, cancelAt: WallTime?) -> (
    machine: RunMachine, events: [Event]
  ) {
    var machine = start
    var now = time
    var events: [Event] = []
    var open = machine.openCalls.map { (call: $0, due: dueAt($0, machine.executions)) }
    for _ in 0..<5000 {
      let turn = machine.advance(now: now)
      events += turn.changes.map { Event(at: now, execution: $0) }
      open += turn.calls.map { ($0, dueAt($0, machine.executions)) }
      if turn.end != nil { return (machine, events) }
      if turn.isUnfinished { continue }
      open.sort { ($0.due, $0.call.executionIndex) < ($1.due, $1.call.executionIndex) }
      var next = open.first?.due
      if let wake = turn.wakeAt, next.map({ wake < $0 }) ?? true { next = wake }
      if let cancelAt, !machine.isCancelling, next.map({ cancelAt < $0 }) ?? true {
        now = max(now, cancelAt)
        machine.cancel()
        continue
      }
      guard let next else { break }
      now = max(now, next)
      if let first = open.first, first.due <= now {
        open.removeFirst()
        if let change = machine.apply(answer(first.call), to: first.call.executionIndex, now: now) {
          events.append(Event(at: now, execution: change))
        }
      }
    }
    Issue.record("seed \(seed): the run does not end")
    return (machine, events)
  }
}

struct RandomGraph {
  let random: SeededRandom

  func pick(_ count: Int) -> Int { Int(random.next(below: UInt64(count))) }

  func nodes(depth: Int, prefix: String) -> [JSONValue] {
    let count = 1 + pick(7)
    let slugs = (0..<count).map { "\(prefix)n\($0)" } + ["end"]
    var out = [F.node("start", "start", to: [slugs[0]], ["uuid": .string(F.uuid(prefix + "start"))])]
    out[0] = F.node(
      "start", "start", to: [name(slugs, prefix, 0)], ["uuid": .string(F.uuid(prefix + "start"))])
    for place in 0..<count { out.append(node(slugs, place, depth: depth, prefix: prefix)) }
    out.append(
      F.node(
        "end", "end", ["variables": [F.variable("last", F.script("Object.keys(nodes).length"))]], to: [],
        ["uuid": .string(F.uuid(prefix + "end"))]))
    return out
  }

  private func name(_ slugs: [String], _ prefix: String, _ place: Int) -> String {
    slugs[place] == "end" ? prefix + "end" : slugs[place]
  }

  private func node(_ slugs: [String], _ place: Int, depth: Int, prefix: String) -> JSONValue {
    func later() -> String { name(slugs, prefix, place + 1 + pick(slugs.count - place - 1)) }
    var extra: [(String, JSONValue)] = []
    if pick(3) == 0 { extra.append(("fallbackOnFailure", true)) }
    if pick(4) == 0 { extra.append(("fallbackChildUuid", .string(F.uuid(later())))) }
    if pick(3) == 0 {
      extra.append(
        (
          "retry",
          [
            "maximumAttempts": .integer(1 + pick(3)), "initialInterval": .integer(pick(3) * 20),
            "backoffCoefficient": .integer(1 + pick(2)),
          ]
        ))
    }
    let condition: JSONValue = [F.script("nodes.start.value > 2"), true, false, F.script("nodes.gone.x")][
      pick(4)]
    let (action, config, children): (String, JSONValue, Int)
    switch pick(depth > 0 ? 10 : 8) {
    case 0: (action, config, children) = ("filter", ["filter": pick(3) == 0 ? condition : true], 1)
    case 1: (action, config, children) = ("branch", ["condition": condition], 2)
    case 2: (action, config, children) = ("split", ["percentage": 50], 2)
    case 3:
      (action, config, children) = (
        "switch", ["routes": [["name": "a", "value": condition], ["name": "b", "value": true]]], 2
      )
    case 4: (action, config, children) = ("delay", ["minutes": .double(Double(pick(3)) / 1000)], 1)
    case 5: (action, config, children) = ("variables", ["variables": [F.variable("v", condition)]], 1)
    case 6, 7: (action, config, children) = (pick(2) == 0 ? "connector" : "script", ["script": "x"], 1)
    default:
      let items = JSONValue.array((0..<pick(11)).map { .integer($0) })
      (action, config, children) = (
        "group",
        [
          "items": items, "failOnItemFailure": .bool(pick(2) == 0),
          "_nodes": .array(nodes(depth: depth - 1, prefix: slugs[place] + "_")),
        ], 1
      )
    }
    var members = F.node(slugs[place], action, config, to: (0..<children).map { _ in later() }).members ?? []
    members += extra.map { JSONMember($0.0, $0.1) }
    return .object(members)
  }
}

@Suite("Replay of runs")
struct RunReplayTests {
  @Test("a run cut after any event ends the same", arguments: 0..<60)
  func cuts(_ number: Int) throws {
    let seed = UInt64(number) &+ 1000
    let random = RandomGraph(random: SeededRandom(seed: seed))
    let nodes = JSONValue.array(random.nodes(depth: 2, prefix: ""))
    var references = GraphReferences()
    references.allowsRepeatedSlugs = true
    let verdict = GraphValidation.validate(nodes, references: references)
    let graph = try #require(verdict.graph, "seed \(seed): \(verdict.invalidNodes)")
    let setup = RunSetup(uuid: "run\(seed)", graph: graph, data: .integer(random.pick(5)))
    let world = World(seed: seed)
    let cancelAt = random.pick(3) == 0 ? WallTime(microseconds: 10 * Int64(random.pick(60_000)) + 5) : nil
    let whole = world.run(RunMachine(setup), from: WallTime(microseconds: 0), cancelAt: cancelAt)
    checkOrder(whole.machine, seed)
    checkHistory(whole.events, seed)
    var stored: [NodeExecution] = []
    for event in whole.events {
      let text = event.execution.stored.encoded
      stored.append(try #require(NodeExecution(stored: try JSONValue(parsing: text))))
      #expect(stored.last == event.execution)
    }
    let step = max(1, whole.events.count / 24)
    for cut in stride(from: number % step, to: whole.events.count, by: step) {
      var list: [NodeExecution] = []
      for read in stored.prefix(cut) {
        if read.index < list.count { list[read.index] = read } else { list.append(read) }
      }
      let time = cut == 0 ? WallTime(microseconds: 0) : whole.events[cut - 1].at
      let isCancelling = cancelAt.map { time >= $0 } ?? false
      let again = world.run(
        RunMachine(setup, replaying: list, isCancelling: isCancelling), from: time, cancelAt: cancelAt)
      #expect(again.machine.executions == whole.machine.executions, "seed \(seed), cut \(cut)")
      #expect(again.machine.end == whole.machine.end, "seed \(seed), cut \(cut)")
    }
  }

  @Test("a list that was damaged takes nothing down, and the run still ends or waits", arguments: 0..<40)
  func damaged(_ number: Int) throws {
    let seed = UInt64(number) &+ 5000
    let random = RandomGraph(random: SeededRandom(seed: seed))
    let graph = try WorkflowGraph(parsing: .array(random.nodes(depth: 2, prefix: "")))
    let setup = RunSetup(uuid: "run\(seed)", graph: graph, data: 3)
    let whole = World(seed: seed).run(RunMachine(setup), from: WallTime(microseconds: 0), cancelAt: nil)
    let odd: [JSONValue] = [
      .null, -1, 0, 1, 7, .number("9223372036854775807"), .number("-9223372036854775808"), "running",
      "pending",
      "error", "success", [], [["group": "x", "attempt": 1, "item": 0]], ["items": [1, 2], "minutes": 1e99],
      .string(graph.nodes[0].uuid),
    ]
    for _ in 0..<40 {
      var list = whole.machine.executions.map(\.stored)
      for _ in 0...random.pick(3) where !list.isEmpty {
        let place = random.pick(list.count)
        guard var members = list[place].members else { continue }
        members[random.pick(members.count)].value = odd[random.pick(odd.count)]
        list[place] = .object(members)
        if random.pick(4) == 0 { list.removeLast(random.pick(list.count)) }
      }
      var machine = RunMachine(setup, replaying: list.compactMap(NodeExecution.init(stored:)))
      var now = WallTime(microseconds: 0)
      for call in machine.openCalls {
        _ = machine.apply(.success(output: 1), to: call.executionIndex, now: now)
      }
      for _ in 0..<200 {
        let turn = machine.advance(now: now)
        for call in turn.calls {
          _ = machine.apply(.failure(message: "x"), to: call.executionIndex, now: now)
        }
        if turn.end != nil { break }
        now = turn.wakeAt.map { max($0, now) } ?? now
      }
      #expect(machine.executions.count <= 10_000)
    }
  }

  /// Within each scope: retries of the same node with their pause first, then the node that was said to be next.
  func checkOrder(_ machine: RunMachine, _ seed: UInt64) {
    var last: [[NodeExecution.Scope]: NodeExecution] = [:]
    for execution in machine.executions {
      #expect(
        execution.status.isEnded || machine.end == nil, "seed \(seed): \(execution.nodeSlug) is left open")
      var graph = machine.setup.graph
      for scope in execution.scope { graph = graph[scope.groupUuid]?.group ?? graph }
      guard let before = last.updateValue(execution, forKey: execution.scope),
        let node = graph[before.nodeUuid]
      else {
        #expect(execution.nodeSlug == "start" && execution.attempt == 1)
        continue
      }
      let tries = node.retry?.maximumAttempts ?? 1
      if before.status == .error, before.attempt < tries {
        #expect(
          execution.nodeUuid == before.nodeUuid && execution.attempt == before.attempt + 1, "seed \(seed)")
        #expect(before.nextNodeUuid == nil)
        let coefficient = node.retry?.backoffCoefficient ?? 1
        var pause = Double(node.retry?.initialIntervalMilliseconds ?? 0) * 1000
        for _ in 1..<before.attempt { pause *= coefficient }
        if execution.status != .cancelled {
          #expect(
            Double(execution.startedAt.microseconds - (before.finishedAt?.microseconds ?? 0)) >= pause,
            "seed \(seed)")
        }
      } else {
        #expect(execution.nodeUuid == before.nextNodeUuid && execution.attempt == 1, "seed \(seed)")
        #expect(before.status == .success || node.fallbackOnFailure)
        if before.status == .error, let fallback = node.fallbackChildUuid {
          #expect(execution.nodeUuid == fallback)
        }
      }
    }
  }

  /// An ended execution never changes; indexes have no gaps.
  func checkHistory(_ events: [World.Event], _ seed: UInt64) {
    var known: [NodeExecution] = []
    for event in events {
      let execution = event.execution
      if execution.index < known.count {
        #expect(!known[execution.index].status.isEnded, "seed \(seed)")
        known[execution.index] = execution
      } else {
        #expect(execution.index == known.count, "seed \(seed)")
        known.append(execution)
      }
    }
  }
}
