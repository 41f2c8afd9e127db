import AccessControl
import Deliveries
import HTTPAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import PipelineModel
import Platform

/// Sends webhooks over plain HTTP/1.1, one connection an attempt, to the very address that was checked.
struct WebhookClient: WebhookSender {
  let allowed: AddressGuard
  let resolvers: BlockingPool

  func send(_ webhook: Webhook, at now: WallTime) async -> SendOutcome {
    let target: WebhookTarget
    do { target = try WebhookTarget(webhook.url) } catch { return .refused(error.message) }
    let found = await resolvers.run {
      Result { try SocketAddress.makeAddressResolvingHost(target.host, port: target.port) }
    }
    guard case .success(let address) = found else { return .failed("'\(target.host)' has no address") }
    // The zone of a link-local address is behind a percent sign.
    let text = (address.ipAddress ?? "").prefix { $0 != "%" }
    guard let bytes = IPText.parse(String(text)), allowed.allows(bytes) else {
      return .refused("the address of '\(target.host)' is not allowed: see --callback-allow")
    }
    do {
      return try await exchange(head(webhook, target, now), webhook.payload, with: address)
    } catch { return .failed("\(error)") }
  }

  private func head(_ webhook: Webhook, _ target: WebhookTarget, _ now: WallTime) -> HTTPRequestHead {
    let (id, seconds) = (webhook.id.description, now.microseconds / 1_000_000)
    let code = WebhookSignature.code(
      secret: webhook.secret, id: id, timestamp: seconds, body: webhook.payload)
    return HTTPRequestHead(
      version: .http1_1, method: .POST, uri: target.path,
      headers: [
        "host": target.authority, "user-agent": "tidemark", "connection": "close",
        "content-type": "application/json", "content-length": "\(webhook.payload.count)", "webhook-id": id,
        "webhook-timestamp": "\(seconds)", "webhook-signature": "v1,\(Base64.text(code))",
      ])
  }

  private func exchange(
    _ head: HTTPRequestHead, _ body: [UInt8], with address: SocketAddress
  ) async throws -> SendOutcome {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let answer = loop.makePromise(of: SendOutcome.self)
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: loop).connectTimeout(.seconds(5))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(AnswerReader(answer))
          }
        }.connect(to: address).get()
    } catch {
      answer.fail(error)
      throw error
    }
    let timeout = loop.scheduleTask(in: .seconds(Limits.webhookTimeoutSeconds)) {
      answer.succeed(.failed("no answer within \(Limits.webhookTimeoutSeconds) s"))
    }
    defer {
      timeout.cancel()
      channel.close(promise: nil)
    }
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    return try await answer.futureResult.get()
  }
}

/// Takes the status of the answer; its body does not matter.
private final class AnswerReader: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let answer: EventLoopPromise<SendOutcome>

  init(_ answer: EventLoopPromise<SendOutcome>) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = unwrapInboundIn(data) else { return }
    let status = Int(head.status.code)
    guard status >= 200 else { return }
    answer.succeed(
      .answered(status: status, retryAfterSeconds: head.headers.first(name: "retry-after").flatMap { Int($0) }))
  }

  func channelInactive(context: ChannelHandlerContext) {
    answer.succeed(.failed("the connection was closed without an answer"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    answer.succeed(.failed("\(error)"))
    context.close(promise: nil)
  }
}
