import Foundation
import NIOCore
import NIOPosix

/// A keep-alive connection that sends ready bytes and reads one answer at a time, with as little work as possible, so
/// that the load costs the machine little.
struct HTTPConnection: Sendable {
  struct Answer: Sendable {
    let status: Int
    let body: String

    /// The `token` of an ingress answer.
    func token() throws -> String {
      guard status == 200, let start = body.range(of: "\"token\":\"") else { throw LoadError.refused(body) }
      return String(body[start.upperBound...].prefix { $0 != "\"" })
    }
  }

  enum LoadError: Error { case closed, refused(String) }

  private let channel: any Channel

  static func open(port: Int, group: any EventLoopGroup) async throws -> HTTPConnection {
    let channel = try await ClientBootstrap(group: group)
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return HTTPConnection(channel: channel)
  }

  func exchange(_ request: [UInt8]) async throws -> Answer {
    let promise = channel.eventLoop.makePromise(of: Answer.self)
    channel.writeAndFlush(Exchange(bytes: ByteBuffer(bytes: request), answer: promise), promise: nil)
    return try await promise.futureResult.get()
  }

  func close() async throws { try await channel.close() }
}

private struct Exchange: Sendable {
  let bytes: ByteBuffer
  let answer: EventLoopPromise<HTTPConnection.Answer>
}

private final class ExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Exchange
  typealias OutboundOut = ByteBuffer

  private var waiting: EventLoopPromise<HTTPConnection.Answer>?
  private var received = ByteBuffer()

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let exchange = unwrapOutboundIn(data)
    waiting = exchange.answer
    context.write(wrapOutboundOut(exchange.bytes), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    guard let answer = completeAnswer() else { return }
    received.clear()
    waiting?.succeed(answer)
    waiting = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    waiting?.fail(HTTPConnection.LoadError.closed)
    waiting = nil
  }

  private func completeAnswer() -> HTTPConnection.Answer? {
    let view = received.readableBytesView
    guard let end = headEnd(view) else { return nil }
    let head = String(decoding: view[..<end], as: UTF8.self)
    var length = 0
    for line in head.split(separator: "\r\n") {
      if line.lowercased().hasPrefix("content-length:") { length = Int(line.dropFirst(15).trimming()) ?? 0 }
    }
    let start = end + 4
    guard view.endIndex - start >= length else { return nil }
    let status = Int(head.dropFirst(9).prefix(3)) ?? 0
    return HTTPConnection.Answer(
      status: status, body: String(decoding: view[start..<start + length], as: UTF8.self))
  }

  private func headEnd(_ view: ByteBufferView) -> Int? {
    var index = view.startIndex
    while index + 3 < view.endIndex {
      if view[index] == 13, view[index + 1] == 10, view[index + 2] == 13, view[index + 3] == 10 {
        return index
      }
      index += 1
    }
    return nil
  }
}

extension Substring {
  fileprivate func trimming() -> String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
