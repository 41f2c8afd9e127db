// Goal: a client cannot tell a hot answer from one of the routes behind, answers keep the order of their requests, and
// neither a stop nor a half-closed connection loses an answer that is owed.
// Method: a server on a free port and a client that speaks bytes; answers are held back where order counts.

import AccessControl
import HTTPAPI
import PipelineModel
import PipelineRuntime
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15)))
struct HotRoutesTests {
  private static func ingest(_ body: String, _ field: String = "") -> String {
    "POST /v0/pipelines/p/ingress/t?format=json&update_format=raw HTTP/1.1\r\nHost: x\r\n\(field)"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }
  private static func poll(_ query: String, _ field: String = "") -> String {
    "GET /v0/pipelines/p/completion_status?\(query) HTTP/1.1\r\nHost: x\r\n\(field)\r\n"
  }
  private static let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

  private static func take(_ token: String, _ server: TestServer, holding: Bool = false) {
    server.api.pipeline.state.withLock { state in
      state.receiptNow = .success(IngressReceipt(token: token, accepted: 1, errorCount: 0, errors: []))
      state.holdsReceipts = holding
    }
  }

  /// Status line, body, and the fields that matter, of one answer.
  private static func essence(_ answer: String) -> [String] {
    let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
    let fields = parts[0].split(separator: "\r\n").map(String.init)
    let wanted = fields.dropFirst().filter { field in
      let name = field.prefix { $0 != ":" }.lowercased()
      return ["content-type", "content-length", "retry-after", "server"].contains(name)
    }
    return [fields[0]] + wanted.map { $0.lowercased() }.sorted() + parts.dropFirst()
  }

  /// `Prefer: nothing` keeps a poll off the hot route.
  @Test func pollsAnswerAlike() async throws {
    var waiting = CompletionReport(complete: false, step: nil, accepted: 9)
    waiting.etaMilliseconds = 2500
    waiting.blockedBy = [Blocker(kind: "sink", name: "a\"b", lagSteps: 3, lastError: "no \n")]
    let reports: [Result<CompletionReport, PipelineError>] = [
      .success(CompletionReport(complete: true, step: StepCount(3), accepted: 5)), .success(waiting),
      .failure(PipelineError(.invalidParam, "invalid completion token")),
      .failure(PipelineError(.pipelineRestarted, "gone", details: #"{"outcome":"lost"}"#)),
      .failure(PipelineError(.initializing, "later", retryAfterSeconds: 1)),
    ]
    try await TestServer.run { server in
      for report in reports {
        server.api.pipeline.state.withLock { $0.report = report }
        try await server.connect { connection in
          try await connection.send(HotRoutesTests.poll("token=x"))
          let hot = try await connection.read(until: "}")
          try await connection.send(HotRoutesTests.poll("token=x", "Prefer: nothing\r\n"))
          let other = try await connection.read(until: "}")
          #expect(HotRoutesTests.essence(hot) == HotRoutesTests.essence(other))
          #expect(!hot.contains("x-request-id") && other.contains("x-request-id"), "each went its own way")
        }
      }
    }
  }

  @Test func aWaitThatFindsItsRecordsCompleteSaysSo() async throws {
    try await TestServer.run { server in
      server.api.pipeline.state.withLock {
        $0.report = .success(CompletionReport(complete: false, step: nil, accepted: 5))
        $0.completesWhenParked = true
      }
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.poll("token=x&wait=20s"))
        let answer = try await connection.read(until: "}")
        #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
      }
    }
  }

  /// Each refusal of a key, and the quota, from both ways; `Prefer: nothing` keeps a request off the hot route.
  @Test func keysAreAskedForAlike() async throws {
    var access = AccessConfiguration()
    access.mode = .required
    access.keyLimits = QuotaLimits(requests: 2, windowSeconds: 3600)
    try await TestServer.run(access: access) { server in
      let (reader, pusher) = (try await AccessTests.key(server.api, [.read]), try await AccessTests.key(server.api, [.ingest]))
      let unknown = "convoy_sk_01234567890123456789012345678901"
      HotRoutesTests.take("T", server)
      let cases = [("", "401"), ("X-API-Key: x\r\n", "401"), ("Authorization: Bearer \(unknown)\r\n", "401")]
      for (field, status) in cases + [("X-API-Key: \(pusher)\r\n", "403"), ("X-API-Key: \(reader)\r\n", "200"), ("X-API-Key: \(reader)\r\n", "429")] {
        try await server.connect { connection in
          try await connection.send(HotRoutesTests.poll("token=x", field))
          let hot = try await connection.read(until: "}")
          try await connection.send(HotRoutesTests.poll("token=x", field + "Prefer: nothing\r\n"))
          let other = try await connection.read(until: "}")
          #expect(hot.hasPrefix("HTTP/1.1 \(status)"), "\(hot)")
          #expect(HotRoutesTests.essence(hot)[0] == HotRoutesTests.essence(other)[0])
          // A second may pass between two refusals that tell the time.
          if status != "429" { #expect(HotRoutesTests.essence(hot).last == HotRoutesTests.essence(other).last) }
        }
      }
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.ingest("{}", "X-API-Key: \(reader)\r\n"))
        #expect(try await connection.read(until: "}").hasPrefix("HTTP/1.1 403"))
        try await connection.send(HotRoutesTests.ingest("{}", "X-API-Key: \(pusher)\r\n"))
        let pushed = try await connection.read(until: "}")
        #expect(pushed.hasPrefix("HTTP/1.1 200") && pushed.contains("X-RateLimit-Remaining: 1\r\n"), "\(pushed)")
      }
    }
  }

  @Test func badRecordsAnswerAlike() async throws {
    var bad = RejectedRecord(eventNumber: 2, description: "bad")
    bad.field = "id"
    let receipt = IngressReceipt(token: "T", accepted: 1, errorCount: 1, errors: [bad])
    try await TestServer.run { server in
      server.api.pipeline.state.withLock { state in
        state.receiptNow = .success(receipt)
        state.session.state.withLock { $0.receipt = .success(receipt) }
      }
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.ingest("{}"))
        let hot = try await connection.read(until: "}")
        try await connection.send(HotRoutesTests.ingest("{}", "Prefer: nothing\r\n"))
        let other = try await connection.read(until: "}")
        #expect(hot.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(HotRoutesTests.essence(hot) == HotRoutesTests.essence(other))
      }
      #expect(server.api.pipeline.state.withLock { $0.ingestedNow.count } == 1)
    }
  }

  @Test func whatWouldWaitIsLeftToTheRoutesBehind() async throws {
    try await TestServer.run { server in
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.ingest("{}"))
        #expect(try await connection.read(until: "}").hasSuffix(#"{"token":"T"}"#))
      }
      #expect(server.api.pipeline.state.withLock { $0.session.body } == Array("{}".utf8))
    }
  }

  /// Waits until the fake holds back an answer, then lets it go.
  private static func release(_ server: TestServer) async {
    while server.api.pipeline.state.withLock({ $0.held.isEmpty }) { await Task.yield() }
    server.api.pipeline.release()
  }

  @Test func anAnswerFromTheDiskKeepsTheOrderOfRequests() async throws {
    try await TestServer.run { server in
      server.api.pipeline.state.withLock { $0.answerIsOnDisk = true }
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.poll("token=x") + HotRoutesTests.health)
        await HotRoutesTests.release(server)
        let first = try await connection.read(until: #""healthy"}"#)
        let (status, health) = (first.firstRange(of: "complete"), first.firstRange(of: "healthy"))
        #expect(try #require(status?.lowerBound) < #require(health?.lowerBound))
        try await connection.send(HotRoutesTests.poll("token=y"))
        await HotRoutesTests.release(server)
        #expect(try await connection.read(until: "}").hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
      #expect(server.api.pipeline.state.withLock { $0.completionCalls.map(\.token) } == ["x", "y"])
    }
  }

  @Test func aWaitParksAfterTheDiskHasAnswered() async throws {
    try await TestServer.run { server in
      server.api.pipeline.state.withLock {
        $0.report = .success(CompletionReport(complete: false, step: StepCount(2), accepted: 5))
        $0.answerIsOnDisk = true
        $0.parks = true
      }
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.poll("token=x&wait=20s"))
        await HotRoutesTests.release(server)
        while server.api.pipeline.state.withLock({ $0.parked.isEmpty }) { await Task.yield() }
        let wake = server.api.pipeline.state.withLock { state in
          state.report = .success(CompletionReport(complete: true, step: StepCount(3), accepted: 5))
          return state.parked[0].wake
        }
        wake()
        wake()
        await HotRoutesTests.release(server)
        #expect(try await connection.read(until: "}").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(server.api.pipeline.state.withLock { $0.parked.map(\.seconds) } == [20])
      }
    }
  }

  @Test func aPollFromTheDiskWhoseClientLeftHarmsNobody() async throws {
    try await TestServer.run { server in
      server.api.pipeline.state.withLock { $0.answerIsOnDisk = true }
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.poll("token=x"))
        while server.api.pipeline.state.withLock({ $0.held.isEmpty }) { await Task.yield() }
      }
      server.api.pipeline.release()
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.poll("token=y"))
        connection.finish()
        await HotRoutesTests.release(server)
        #expect(try await connection.readToEnd().hasSuffix(#""eta_ms":0}"#))
      }
    }
  }

  @Test func aConnectionThatOnlyPolledEndsWithItsClientAndWithTheServer() async throws {
    try await TestServer.run { server in
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.poll("token=x"))
        _ = try await connection.read(until: "}")
        connection.finish()
        #expect(try await connection.readToEnd() == "")
      }
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.poll("token=x"))
        _ = try await connection.read(until: "}")
        await server.group.triggerGracefulShutdown()
        #expect(try await connection.readToEnd() == "")
      }
    }
  }

  @Test func aConnectionWithoutARequestEndsWithTheServer() async throws {
    try await TestServer.run { server in
      try await server.connect { connection in
        // The second connection is accepted after the first.
        try await server.connect { second in
          try await second.send(HotRoutesTests.health)
          _ = try await second.read(until: "}")
        }
        await server.group.triggerGracefulShutdown()
        #expect(try await connection.readToEnd() == "")
      }
    }
  }

  @Test func answersKeepTheOrderOfPipelinedRequests() async throws {
    try await TestServer.run { server in
      HotRoutesTests.take("first", server, holding: true)
      try await server.connect { connection in
        try await connection.send(
          HotRoutesTests.ingest("{}") + HotRoutesTests.health + HotRoutesTests.poll("token=x"))
        while server.api.pipeline.state.withLock({ $0.held.isEmpty }) { await Task.yield() }
        server.api.pipeline.release()
        let all = try await connection.read(until: #""eta_ms":0}"#)
        let places = ["first", "healthy", "complete"].map { all.firstRange(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil })
        #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
      }
    }
  }

  @Test func aHalfClosedConnectionGetsItsAnswer() async throws {
    try await TestServer.run { server in
      HotRoutesTests.take("owed", server, holding: true)
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.ingest("{}"))
        connection.finish()
        while server.api.pipeline.state.withLock({ $0.held.isEmpty }) { await Task.yield() }
        server.api.pipeline.release()
        #expect(try await connection.readToEnd().hasSuffix(#"{"token":"owed"}"#))
      }
    }
  }

  @Test func aStopWaitsForTheAnswerThatIsOwed() async throws {
    try await TestServer.run { server in
      HotRoutesTests.take("owed", server, holding: true)
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.ingest("{}"))
        while server.api.pipeline.state.withLock({ $0.held.isEmpty }) { await Task.yield() }
        await server.group.triggerGracefulShutdown()
        while !server.api.environment.isDraining { await Task.yield() }
        server.api.pipeline.release()
        #expect(try await connection.readToEnd().hasSuffix(#"{"token":"owed"}"#))
      }
    }
  }

  @Test func aClientThatLeavesHarmsNobody() async throws {
    try await TestServer.run { server in
      HotRoutesTests.take("late", server, holding: true)
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.ingest("{}"))
        while server.api.pipeline.state.withLock({ $0.held.isEmpty }) { await Task.yield() }
      }
      server.api.pipeline.release()
      try await server.connect { connection in
        try await connection.send(HotRoutesTests.health)
        #expect(try await connection.read(until: "}").contains("healthy"))
      }
    }
  }
}
