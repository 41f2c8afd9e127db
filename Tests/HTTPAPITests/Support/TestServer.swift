// A real server on a port that the kernel chose, and a client that speaks bytes.

import AccessControl
import HTTPAPI
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

struct TestServer {
  let api: TestAPI
  let port: Int
  let group: ServiceGroup

  /// Runs the server around `body`, then stops it gracefully; returns when it has ended.
  static func run(
    access: AccessConfiguration? = nil, _ body: (TestServer) async throws -> Void
  ) async throws {
    let api = TestAPI(access: access)
    var configuration = APIServerConfiguration()
    configuration.port = 0
    let (ports, port) = AsyncStream<Int>.makeStream()
    let server = APIServer(environment: api.environment, configuration: configuration) { port.yield($0) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { port.finish() }
        try await group.run()
      }
      var listening = ports.makeAsyncIterator()
      if let number = await listening.next() {
        try await body(TestServer(api: api, port: number, group: group))
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  func connect(_ body: (inout TestConnection) async throws -> Void) async throws {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
    try await channel.executeThenClose { inbound, outbound in
      let (texts, text) = AsyncStream<String>.makeStream()
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          defer { text.finish() }
          for try await buffer in inbound {
            text.yield(String(decoding: buffer.readableBytesView, as: UTF8.self))
          }
        }
        var connection = TestConnection(texts: texts.makeAsyncIterator(), outbound: outbound)
        try await body(&connection)
        tasks.cancelAll()
      }
    }
  }
}

struct TestConnection {
  fileprivate var texts: AsyncStream<String>.Iterator
  fileprivate let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

  func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

  /// Ends the sending half.
  func finish() { outbound.finish() }

  /// Reads until the text ends so, or the server closes; the text read since the last call.
  mutating func read(until suffix: String) async throws -> String {
    var received = ""
    while !received.hasSuffix(suffix), let text = await texts.next(isolation: #isolation) { received += text }
    return received
  }

  mutating func readToEnd() async throws -> String {
    var received = ""
    while let text = await texts.next(isolation: #isolation) { received += text }
    return received
  }
}
