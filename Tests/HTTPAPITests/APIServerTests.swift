// Goal: over a real connection bodies are streamed, a body that is cut is never taken for whole, streams end
// when the client leaves or the server stops, and a stop does not wait for them.
// Method: a server on a free port and a client that speaks bytes.

import HTTPAPI
import PipelineModel
import PipelineRuntime
import ServiceLifecycle
import Synchronization
import Testing
import WireTypes

@Suite(.timeLimit(.minutes(15)))
struct APIServerTests {
  private static let ingress = "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nHost: x\r\n"

  @Test func aConnectionServesManyRequests() async throws {
    try await TestServer.run { server in
      try await server.connect { connection in
        for _ in 0..<3 {
          try await connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
          let reply = try await connection.read(until: #"{"status":"healthy"}"#)
          #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
      }
    }
  }

  @Test func aBodyArrivesWhole() async throws {
    let body = String(repeating: "1,2\n", count: 100_000)
    try await TestServer.run { server in
      try await server.connect { connection in
        try await connection.send(APIServerTests.ingress + "Content-Length: \(body.utf8.count)\r\n\r\n")
        try await connection.send(body)
        #expect(try await connection.read(until: #"{"token":"T"}"#).hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
      let session = server.api.pipeline.state.withLock { $0.session }
      #expect(session.body == Array(body.utf8))
      #expect(session.state.withLock { $0.chunks.count } > 1)
    }
  }

  @Test(arguments: ["Content-Length: 100\r\n\r\n1\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n1\n"])
  func aCutBodyIsNeverTaken(rest: String) async throws {
    try await TestServer.run { server in
      try await server.connect { connection in
        try await connection.send(APIServerTests.ingress + rest)
        connection.finish()
        let session = server.api.pipeline.state.withLock { $0.session }
        for await _ in session.ending {}
        #expect(session.state.withLock { [$0.finished, $0.cancelled] } == [0, 1])
        #expect(!(try await connection.readToEnd()).contains(" 200 OK"))
      }
    }
  }

  @Test func expectContinueIsAnswered() async throws {
    try await TestServer.run { server in
      try await server.connect { connection in
        try await connection.send(
          APIServerTests.ingress + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        let interim = try await connection.read(until: "\r\n\r\n")
        #expect(interim.hasPrefix("HTTP/1.1 100 Continue\r\n"))
        try await connection.send("1\n")
        #expect(try await connection.read(until: #"{"token":"T"}"#).hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
    }
  }

  @Test func errorsAreAnswersAndTheConnectionLivesOn() async throws {
    try await TestServer.run { server in
      try await server.connect { connection in
        try await connection.send("GET /v0/pipelines/%zz HTTP/1.1\r\nHost: x\r\n\r\n")
        let refused = try await connection.read(until: "}")
        #expect(refused.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(refused.contains(#""error_code":"InvalidParam""#))
      }
      try await server.connect { connection in
        try await connection.send("GARBAGE\r\n\r\n")
        let refused = try await connection.readToEnd()
        #expect(refused.hasPrefix("HTTP/1.1 400"))
        #expect(refused.contains(#""error_code":"InvalidParam""#))
      }
    }
  }

  @Test func aStopEndsStreams() async throws {
    let egress = FakeEgress(chunks: [Array("one\r\n".utf8)], endless: true)
    try await TestServer.run { server in
      server.api.pipeline.state.withLock { $0.egress = egress }
      try await server.connect { connection in
        try await connection.send("POST /v0/pipelines/p/egress/v HTTP/1.1\r\nHost: x\r\n\r\n")
        let begin = try await connection.read(until: "one\r\n\r\n")
        #expect(begin.lowercased().contains("transfer-encoding: chunked"))
        await server.group.triggerGracefulShutdown()
        #expect(try await connection.readToEnd() == "0\r\n\r\n")
      }
    }
    #expect(egress.isClosed)
  }

  @Test func aClientThatLeavesEndsItsStream() async throws {
    let egress = FakeEgress(chunks: [Array("one\r\n".utf8)], endless: true)
    try await TestServer.run { server in
      server.api.pipeline.state.withLock { $0.egress = egress }
      try await server.connect { connection in
        try await connection.send("POST /v0/pipelines/p/egress/v HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await connection.read(until: "one\r\n\r\n")
      }
      for await _ in egress.closing {}
    }
  }
}
