// The routes over a fake directory, called without a network.

import AccessControl
import HTTPAPI
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import PipelineModel
import PipelineRuntime
import Platform
import SQLFrontend
import StorageAPI
import Synchronization
import Testing
import WireTypes

struct TestAPI: Sendable {
  let directory = FakeDirectory()
  let access: AccessGate
  let environment: APIEnvironment
  private let responder: APIResponder

  var pipeline: FakePipeline { directory.pipeline }

  init(
    compiling result: Result<Program, SQLErrors>? = nil, access configuration: AccessConfiguration? = nil,
    clock: any PipelineClock = SystemClock()
  ) {
    // In memory there is nothing that could fail.
    let store = try! KeyStore.open(
      directory: "access", opener: MemoryStoreOpener(), clock: clock, random: SeededRandom(seed: 2),
      thread: BlockingPool())
    let access = AccessGate(store: store, configuration: configuration ?? AccessConfiguration(), clock: clock)
    self.access = access
    let result = result ?? .success(Program(tables: [], views: [], warnings: []))
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let pipelines = directory
    let work = WorkPlaces(
      directories: { _ in pipelines }, settings: WorkSettings(), clock: SystemClock(), logger: logger)
    environment = APIEnvironment(
      directory: directory, access: access, compile: { _ in result },
      product: ProductFacts(version: "9.8.7", revision: "r"), work: work, clock: clock,
      random: SeededRandom(seed: 1), logger: logger)
    responder = APIResponder(environment: environment)
  }

  struct Reply {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .string("not JSON: \(text)") }
    var text: String { String(decoding: body, as: UTF8.self) }
    var code: String? { json["error_code"]?.stringValue }
    var keys: Set<String> { Set(json.members?.map(\.name) ?? []) }
  }

  func call(
    _ method: HTTPRequest.Method, _ path: String, body: [UInt8] = [], headers: HTTPFields = [:]
  ) async throws -> Reply {
    let head = HTTPRequest(
      method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers)
    let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
    let response = try await responder.respond(to: request, context: ConnectionContext(requestID: "r1"))
    let collector = Collector()
    try await response.body.write(collector)
    return Reply(
      status: response.status.code, headers: response.headers, body: collector.bytes.withLock { $0 })
  }

  func get(_ path: String, headers: HTTPFields = [:]) async throws -> Reply {
    try await call(.get, path, headers: headers)
  }

  func post(_ path: String, _ body: String = "", headers: HTTPFields = [:]) async throws -> Reply {
    try await call(.post, path, body: Array(body.utf8), headers: headers)
  }
}

/// Keeps what a response writes.
private final class Collector: ResponseBodyWriter, Sendable {
  let bytes = Mutex<[UInt8]>([])

  func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += buffer.readableBytesView } }
  func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Every error answer has the three members of the contract.
func expectError(
  _ reply: TestAPI.Reply, _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(reply.status == status, sourceLocation: sourceLocation)
  #expect(reply.code == code, "\(reply.text)", sourceLocation: sourceLocation)
  #expect(reply.keys.isSuperset(of: ["message", "error_code", "details"]), sourceLocation: sourceLocation)
}
