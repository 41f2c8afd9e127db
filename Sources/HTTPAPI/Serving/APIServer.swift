import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Where and within which bounds the server listens.
package struct APIServerConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// 0 lets the kernel choose.
  package var port = 8080
  /// Further connections wait in the kernel's queue.
  package var connectionsMax = 10_000
  /// A connection without a request in progress is closed after this time, and one that stops sending its
  /// request.
  package var idleTimeoutSeconds = 300
  /// Time for requests in progress to end after a stop was asked; then their connections are closed.
  package var shutdownGraceSeconds = 10
  package var headerBytesMax = 64 << 10
  /// With it every connection speaks TLS, and HTTP/2 when its client offers that.
  package var identity: ServerIdentity?

  package init() {}
}

/// The HTTP server as a service: serves until it is told to stop, lets requests in progress end, and returns.
package struct APIServer: Service {
  private let environment: APIEnvironment
  private let configuration: APIServerConfiguration
  private let onListening: @Sendable (_ port: Int) -> Void

  package init(
    environment: APIEnvironment, configuration: APIServerConfiguration,
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.environment = environment
    self.configuration = configuration
    self.onListening = onListening
  }

  /// Throws when the address cannot be bound.
  package func run() async throws {
    let application = application()
    let draining = environment.draining
    let grace = configuration.shutdownGraceSeconds
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await application.run()
        return true
      }
      group.addTask {
        try? await gracefulShutdown()
        draining.open()
        try? await Task.sleep(for: .seconds(grace))
        return false
      }
      // Either the server has ended by itself, or its time is up: then cancelling closes what is still open.
      let ended = try await group.next() ?? true
      if !ended { environment.logger.warning("closing connections that did not end within \(grace) s") }
      group.cancelAll()
      do { try await group.waitForAll() } catch is CancellationError {}
    }
  }

  private func application() -> some ApplicationProtocol {
    var logger = environment.logger
    // Hummingbird tells of its own start; we say it in our words.
    if logger.logLevel == .info { logger.logLevel = .notice }
    let onListening = onListening
    return Application(
      responder: APIResponder(environment: environment),
      server: ServerChannel.builder(configuration, environment),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), serverName: "tidemark",
        backlog: 1024,
        availableConnectionsDelegate: .maximum(configuration.connectionsMax, logger: logger)),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
      logger: logger)
  }
}
