import ArgumentParser
import ConnectorKit
import NIOCore
import NIOHTTP1
import NIOPosix
import OutboundHTTP
import Platform
import Synchronization

/// Callbacks at a steady rate to a receiver of its own process: `OutboundBench receive` prints its port, then
/// `OutboundBench send --port N`.
@main
struct OutboundBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(subcommands: [Receive.self, Send.self])
}

struct Receive: AsyncParsableCommand {
  func run() async throws {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(NoContent())
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    print(channel.localAddress?.port ?? 0)
    try await channel.closeFuture.get()
  }
}

private final class NoContent: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .end = unwrapInboundIn(data) else { return }
    let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "0"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}

struct Send: AsyncParsableCommand {
  @Option var port: Int
  /// A second; 0 sends as fast as answers come.
  @Option var rate = 1000
  @Option var seconds = 10
  /// At once.
  @Option var concurrency = 32
  @Option var bodyBytes = 500

  func run() async throws {
    let client = try OutboundHTTPClient(
      OutboundHTTPClient.Configuration(addresses: AddressGuard(allowed: [], allowsLoopback: true)),
      resolvers: BlockingPool(name: "resolve", threads: 2))
    let (clock, url) = (ContinuousClock(), "http://localhost:\(port)/hook")
    let total = max(1, rate == 0 ? 20_000 : rate) * seconds
    let (next, good) = (Counter(), Counter())
    let begun = clock.now
    let (cpuBefore, body) = (ProcessFacts.cpuMilliseconds(), [UInt8](repeating: 0x61, count: bodyBytes))
    let latencies = await withTaskGroup(of: [Duration].self) { group in
      for _ in 0..<concurrency {
        group.addTask {
          var latencies: [Duration] = []
          while true {
            let number = next.next()
            guard number < total else { return latencies }
            if rate > 0 {
              try? await clock.sleep(until: begun + .nanoseconds(Int64(number) * 1_000_000_000 / Int64(rate)))
            }
            let start = clock.now
            let request = OutboundRequest(
              url: url, headers: [("content-type", "application/json"), ("webhook-id", "\(number)")], body: body)
            if await client.send(request).status == 200 { _ = good.next() }
            latencies.append(clock.now - start)
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    let elapsed = (clock.now - begun) / .seconds(1)
    let cpu = Double(ProcessFacts.cpuMilliseconds() - cpuBefore)
    let sorted = latencies.sorted()
    print(
      "sent=\(total) answered=\(good.value) seconds=\(elapsed) a_second=\(Int(Double(total) / elapsed))",
      "cpu_percent=\(cpu / elapsed / 10) cpu_us_each=\(cpu * 1000 / Double(total))",
      "p50=\(sorted.dropFirst(sorted.count / 2).first ?? .zero)",
      "p99=\(sorted.dropFirst(sorted.count * 99 / 100).first ?? .zero)")
  }
}

private final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  /// The count before.
  func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
}
