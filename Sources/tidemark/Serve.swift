import AccessControl
import ArgumentParser
import Deliveries
import HTTPAPI
import Logging
import PipelineRuntime
import Platform
import RocksStorage
import ServiceLifecycle
import UnixSignals

/// `tidemark serve`: runs the server until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the server.",
    discussion: "Settings come from the flags, then from the configuration file, then from the defaults.")

  @Option(help: "Address to listen on.")
  var host: String?

  @Option(help: "Port to listen on; 0 chooses a free one.")
  var port: Int?

  @Option(help: "Directory that holds all pipelines; created when missing, used by one server at a time.")
  var dataDir: String?

  @Option(
    help: """
      Networks such as 10.0.0.0/8, separated by commas, that webhooks may go to although they are private. \
      Loopback is allowed while the server itself listens on loopback.
      """)
  var callbackAllow: String?

  @Option(help: "Configuration file (JSON).")
  var config: String?

  @Option(help: "text or json.")
  var logFormat: ServerConfiguration.LogFormat?

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: ServerConfiguration.LogLevel?

  @Flag(help: "Run under a parent process that starts the server again after a trap.")
  var supervise = false

  func run() async throws {
    if supervise { throw ExitCode(Supervisor.run(arguments: Array(CommandLine.arguments.dropFirst()))) }
    ChildProcess.dieWithParent()
    MemoryTuning.keepFreedMemory()
    do {
      let configuration = try loadConfiguration()
      let logger = LogOutput.start(configuration)
      try await serve(configuration, logger)
    } catch {
      StandardError.write("tidemark: \(error)\n")
      throw ExitCode(1)
    }
  }

  private func loadConfiguration() throws -> ServerConfiguration {
    var configuration = ServerConfiguration()
    if let config { try configuration.merge(text: try PosixFileSystem().read(config), file: config) }
    if let host { configuration.host = host }
    if let port { configuration.port = port }
    if let dataDir { configuration.dataDirectory = dataDir }
    if let logFormat { configuration.logFormat = logFormat }
    if let logLevel { configuration.logLevel = logLevel }
    try configuration.check()
    return configuration
  }

  private func callbackGuard(host: String) throws -> AddressGuard {
    var networks: [AddressGuard.Network] = []
    for text in (callbackAllow ?? "").split(separator: ",").map(String.init) {
      guard let network = AddressGuard.Network(text, parse: IPText.parse) else {
        throw ValidationError("--callback-allow: '\(text)' is no network")
      }
      networks.append(network)
    }
    let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
    return AddressGuard(allowed: networks, allowsLoopback: isLoopback)
  }

  private func serve(_ configuration: ServerConfiguration, _ logger: Logger) async throws {
    let descriptors = ProcessFacts.raiseFileDescriptorLimit()
    logger.debug("file descriptors", metadata: ["limit": "\(descriptors)"])
    var hostConfiguration = PipelineHostConfiguration(
      dataDirectory: configuration.dataDirectory, storeOpener: RocksStoreOpener(), logger: logger,
      sealer: { directory in
        HMACTokenSealer(
          key: try SigningKey.loadOrCreate(
            dataDirectory: directory, fileSystem: PosixFileSystem(), random: SystemRandom()))
      })
    hostConfiguration.blockingThreads = configuration.blockingThreads
    hostConfiguration.supervision = ChildProcess.formerTrap.map { Supervision(trap: $0 == 0 ? nil : $0) }
    let callbacks = try callbackGuard(host: configuration.host)
    hostConfiguration.webhookGuard = callbacks
    hostConfiguration.webhookSender = WebhookClient(
      allowed: callbacks, resolvers: BlockingPool(name: "resolve", threads: 2))
    let runtime = try PipelineHost.open(hostConfiguration)
    let environment = APIEnvironment(
      directory: runtime, compile: runtime.compile,
      product: ProductFacts(version: Product.version, revision: Product.version), clock: SystemClock(),
      random: SystemRandom(), logger: logger)
    let host = configuration.host
    let server = APIServer(environment: environment, configuration: configuration.server) { port in
      logger.notice("listening on \(host.contains(":") ? "[\(host)]" : host):\(port)")
    }
    // Stopped in reverse order: the server ends its requests before the pipelines stop.
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [RuntimeService(runtime: runtime), server], gracefulShutdownSignals: [.sigterm, .sigint],
        logger: LogOutput.quiet(logger)))
    try await group.run()
    logger.notice("stopped")
  }
}

/// All pipelines as a service: they come back at start and stop gracefully at the end, also when the server
/// failed.
private struct RuntimeService: Service {
  let runtime: PipelineHost

  func run() async throws {
    await runtime.bringUp()
    try? await gracefulShutdown()
    // In a task of its own: a stop writes checkpoints and must not see this task's cancellation.
    await Task { await runtime.shutdown() }.value
  }
}
