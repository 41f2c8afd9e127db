import ArgumentParser
import Foundation

/// Closed-loop load over HTTP on loopback: as many requests in flight as there are clients.
@main
struct LoadBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Loads a running server and prints one JSON line a run.",
    subcommands: [Ingest.self, Poll.self, PollMany.self, Latency.self])
}

struct Target: ParsableArguments {
  @Option(help: "Port on 127.0.0.1.") var port = 8080
  @Option(help: "Name of the pipeline.") var pipeline = "bench"
  @Option(help: "Connections, each with one request in flight.") var clients = 1
  @Option(help: "Length of the run in seconds.") var seconds = 5.0

  func request(_ method: String, _ path: String, body: [UInt8] = []) -> [UInt8] {
    var head = "\(method) /v0/pipelines/\(pipeline)\(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
    if method != "GET" { head += "Content-Length: \(body.count)\r\n" }
    return Array((head + "\r\n").utf8) + body
  }
}

struct Ingest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "POST bodies of NDJSON records of about 100 bytes.")
  @OptionGroup var target: Target
  @Option(help: "Records a body.") var batch = 1
  @Option(help: "sync or async.") var durability = "sync"

  func run() async throws {
    let bodies = (0..<target.clients).map { client in
      Array(
        (0..<batch).map { row in
          "{\"id\":\(client * 1_000_000 + row),\"k\":\(row % 97),\"v\":\(row * 31 % 1009),"
            + "\"s\":\"some text that makes the record about a hundred bytes long, \(row)\"}\n"
        }.joined().utf8)
    }
    let requests = bodies.map {
      target.request("POST", "/ingress/t?format=json&update_format=raw&durability=\(durability)", body: $0)
    }
    let result = try await LoadRun(port: target.port, seconds: target.seconds).run(requests)
    result.printLine(
      "ingest clients=\(target.clients) batch=\(batch)", records: result.ok * batch,
      bytes: result.ok * (bodies.first?.count ?? 0))
  }
}

struct Poll: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "GET the status of one complete token.")
  @OptionGroup var target: Target

  func run() async throws {
    let body = Array("{\"id\":1,\"k\":1,\"v\":1,\"s\":\"x\"}".utf8)
    let push = target.request("POST", "/ingress/t?format=json&update_format=raw", body: body)
    let token = try await LoadRun(port: target.port, seconds: 0).token(push)
    let status = target.request("GET", "/completion_status?token=\(token)&wait=10s")
    let result = try await LoadRun(port: target.port, seconds: target.seconds)
      .run(Array(repeating: status, count: target.clients))
    result.printLine("poll clients=\(target.clients)", records: result.ok, bytes: 0)
  }
}

struct PollMany: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "poll-many", abstract: "GET the status of the tokens in a file, one a line, in turn.")
  @OptionGroup var target: Target
  @Option(help: "File of tokens.") var tokens: String

  func run() async throws {
    let text = try String(contentsOfFile: tokens, encoding: .utf8)
    let requests = text.split(separator: "\n").map { target.request("GET", "/completion_status?token=\($0)") }
    guard !requests.isEmpty else { throw ValidationError("\(tokens) has no token") }
    // Each connection begins elsewhere.
    let turns = (0..<target.clients).map { client in
      let start = client * requests.count / target.clients
      return Array(requests[start...] + requests[..<start])
    }
    let result = try await LoadRun(port: target.port, seconds: target.seconds).run(turns: turns)
    result.printLine("poll-many clients=\(target.clients)", records: result.ok, bytes: 0)
  }
}

struct Latency: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "One record, then a waiting status call: the time from the push to complete.")
  @OptionGroup var target: Target

  func run() async throws {
    let body = Array("{\"id\":1,\"k\":1,\"v\":1,\"s\":\"x\"}".utf8)
    let push = target.request("POST", "/ingress/t?format=json&update_format=raw", body: body)
    let result = try await LoadRun(port: target.port, seconds: target.seconds).runThenWait(push) { token in
      target.request("GET", "/completion_status?token=\(token)&wait=10s")
    }
    result.printLine("ingest to complete", records: result.ok, bytes: 0)
  }
}
