// Goal: the diagram says what the graph does, and metrics count. Method: golden texts.
import PipelineModel
import Testing
import WireTypes
import Workflows

private typealias F = GraphFixtures

@Suite("Diagrams and metrics")
struct GraphDiagramTests {
  @Test("shapes, labels, fallbacks and warnings")
  func diagram() throws {
    let sub = [F.node("start", "start", to: ["end"]), F.end()]
    let graph = try F.graph([
      F.node("start", "start", to: ["b"]),
      F.node("b", "branch", ["condition": true], to: ["c", "s"], ["name": "Big \"one\"?"]),
      F.node(
        "c", "connector", to: ["t"], ["fallbackOnFailure": true, "fallbackChildUuid": .string(F.uuid("s"))]),
      F.node("t", "tool", to: ["g"], ["fallbackOnFailure": true]),
      F.node("g", "group", ["items": [], "_nodes": .array(sub)], to: ["sw"]),
      F.node(
        "sw", "switch", ["routes": [["name": "one", "value": true], ["name": "two", "value": true]]],
        to: ["end", "p"]),
      F.node("p", "python", ["script": ""], to: ["end"]),
      F.node("s", "split", ["percentage": 30], to: ["a", "end"]),
      F.node("a", "agent", ["prompt": "x"], to: ["gone"]),
      F.end(), F.node("lost", "delay", ["minutes": 1], to: ["end"]),
    ])
    var options = GraphDiagram.Options()
    options.title = "Demo"
    options.highlighted = ["c"]
    options.paid = ["t"]
    let diagram = GraphDiagram(graph, options: options)
    #expect(
      diagram.text == #"""
        ---
        title: Demo
        ---
        flowchart TD
            n0(["start"])
            n1{"Big #quot;one#quot;?<br/>branch"}
            n2["c<br/>clearbit.enrich"]
            n3[["💳 t<br/>tool t1"]]
            n4["g<br/>group"]
            subgraph n4_items["g: each item"]
                n4_0(["start"])
                n4_1(["end"])
                n4_0 --> n4_1
            end
            n4 -.- n4_items
            n5{"sw<br/>switch"}
            n6[/"p<br/>python"/]
            n7{"s<br/>split"}
            n8{{"a<br/>agent"}}
            n9(["end"])
            n10("lost<br/>delay")
            n0 --> n1
            n1 -->|yes| n2
            n1 -->|no| n7
            n2 --> n3
            n2 -. on failure .-> n7
            n3 -->|↷| n4
            n4 --> n5
            n5 -->|one| n9
            n5 -->|two| n6
            n6 --> n9
            n7 -->|A 30%| n8
            n7 -->|B 70%| n9
            n10 --> n9
            classDef highlighted fill:#fdd,stroke:#c00
            class n2 highlighted
        """#)
    #expect(
      diagram.warnings == [
        "node 'a': child 0 is not in the graph", "node 'lost' cannot be reached from start",
      ])
    #expect(diagram.json["format"] == "mermaid")
  }

  @Test("metrics count executions by node and status, and credits")
  func metrics() throws {
    let driver = try RunDriver([
      F.node("start", "start", to: ["c"]),
      F.node("c", "connector", to: ["end"], ["retry": ["maximumAttempts": 2]]), F.end(),
    ])
    driver.answers = [.failure(message: "x", creditsUsedCount: 1), .success(output: 1, creditsUsedCount: 2)]
    _ = driver.run()
    var metrics = RunMetrics()
    for execution in driver.machine.executions { metrics.add(execution) }
    #expect(metrics[F.uuid("c")].total == 2 && metrics[F.uuid("c")].creditsUsedCount == 3)
    #expect(
      metrics.json.elements?[1].encoded
        == #"{"nodeUuid":"\#(F.uuid("c"))","totalExecutionsCount":2,"pendingExecutionsCount":0,"runningExecutionsCount":0,"#
        + #""successExecutionsCount":1,"errorExecutionsCount":1,"cancelledExecutionsCount":0,"creditsUsedCount":3}"#
    )
  }

  @Test("an execution on the wire has all members, and reads back from the log")
  func execution() throws {
    let driver = try RunDriver([F.node("start", "start", to: ["end"]), F.end()], data: ["a": 1])
    _ = driver.run()
    let execution = driver.machine.executions[0]
    #expect(
      execution.json.encoded
        == #"{"nodeUuid":"\#(F.uuid("start"))","nodeSlug":"start","nodeKind":"native","nodeActionSlug":"start","nodeBatchUuid":null,"#
        + #""nodeRunUuid":null,"nodeMessageUuid":null,"nodeChildIndex":0,"nextNodeUuid":"\#(F.uuid("end"))","status":"success","errorMessage":null,"#
        + #""title":"{\"a\":1}","iconUrl":null,"creditsUsedCount":0,"startedAt":"1970-01-01T00:00:00.000000Z","#
        + #""updatedAt":"1970-01-01T00:00:00.000000Z","finishedAt":"1970-01-01T00:00:00.000000Z"}"#)
    #expect(NodeExecution(stored: execution.stored) == execution)
    #expect(NodeExecution(stored: ["index": "x"]) == nil)
  }
}
