import AccessControl
import ArgumentParser
import ConnectorKit
import HTTPAPI
import Logging
import OutboundHTTP
import PipelineRuntime
import Platform
import RocksStorage
import ServiceLifecycle
import UnixSignals
import Workflows

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
      Loopback is allowed while the server itself listens on loopback without authentication.
      """)
  var callbackAllow: String?

  @Option(
    help: """
      none or required: whether requests need an API key, or the admin key in the environment variable \
      TIDEMARK_ADMIN_KEY. The default is none, on loopback only.
      """)
  var auth: AuthenticationMode?

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
    if let auth { configuration.authentication = auth }
    if let logFormat { configuration.logFormat = logFormat }
    if let logLevel { configuration.logLevel = logLevel }
    try configuration.check()
    return configuration
  }

  private func callbackGuard(_ configuration: ServerConfiguration) throws -> AddressGuard {
    var networks: [AddressGuard.Network] = []
    for text in (callbackAllow ?? "").split(separator: ",").map(String.init) {
      guard let network = AddressGuard.Network(text, parse: IPText.parse) else {
        throw ValidationError("--callback-allow: '\(text)' is no network")
      }
      networks.append(network)
    }
    // Who may reach the server without a key reaches this machine's own services anyway.
    let isOpen = configuration.isLoopback && configuration.authentication != .required
    return AddressGuard(allowed: networks, allowsLoopback: isOpen)
  }

  private func workSettings(
    _ configuration: ServerConfiguration, _ runtime: PipelineHost, _ access: AccessGate,
    _ client: any OutboundClient, _ addresses: AddressGuard
  ) throws -> WorkSettings {
    var settings = WorkSettings()
    settings.cargo = configuration.cargo
    settings.retentionSeconds = Double(configuration.workRetentionSeconds)
    settings.batchMemory = ByteBudget(configuration.batchMemoryBytes)
    settings.callbacks.client = client
    settings.callbacks.addresses = addresses
    settings.callbacks.signer = { slug in
      (try? access.store.project(slug)).map { CallbackSignature.signer(of: $0) }
    }
    settings.callbacks.ownSigner = { CallbackSignature.signer(secret: $0.webhookBytes) }
    settings.keys = WorkKeys(
      key: try SigningKey.loadOrCreate(
        dataDirectory: configuration.dataDirectory, fileSystem: PosixFileSystem(), random: SystemRandom()))
    settings.sha256 = ContentDigest.sha256
    settings.admit = { slug, use throws(QuotaRefusal) in
      if let principal = access.principal(ofProject: slug) { try access.take(use, principal) }
    }
    settings.giveBack = { slug, use in
      if let principal = access.principal(ofProject: slug) { access.giveBack(use, principal) }
    }
    settings.providers = try ProviderRegistry(
      configuration.providers, defaultName: configuration.defaultProvider
    ) { provider in
      switch provider.kind {
      case .sql: SQLProvider(configuration: provider, directory: runtime)
      case .http: HTTPProvider(configuration: provider, client: client, clock: SystemClock())
      case .echo: nil
      }
    }
    return settings
  }

  private func outboundClient(
    _ configuration: ServerConfiguration, _ callbacks: AddressGuard
  ) throws -> OutboundHTTPClient {
    var outbound = OutboundHTTPClient.Configuration(addresses: callbacks)
    outbound.trustFile = configuration.callbackTrustFile
    // A name whose server does not answer holds a thread for some seconds.
    return try OutboundHTTPClient(outbound, resolvers: BlockingPool(name: "resolve", threads: 8))
  }

  private func serve(_ configuration: ServerConfiguration, _ logger: Logger) async throws {
    let services = try services(configuration, logger)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: LogOutput.quiet(logger)))
    try await group.run()
    logger.notice("stopped")
  }

  /// All parts of the server. They are stopped in reverse order: the server ends its requests before the pipelines
  /// stop.
  private func services(_ configuration: ServerConfiguration, _ logger: Logger) throws -> [any Service] {
    let descriptors = ProcessFacts.raiseFileDescriptorLimit()
    logger.debug("file descriptors", metadata: ["limit": "\(descriptors)"])
    let identity = try configuration.tls.map {
      try ServerIdentity(certificateFile: $0.certificateFile, keyFile: $0.keyFile)
    }
    var hostConfiguration = PipelineHostConfiguration(
      dataDirectory: configuration.dataDirectory, storeOpener: RocksStoreOpener(), logger: logger,
      sealer: { directory in
        HMACTokenSealer(
          key: try SigningKey.loadOrCreate(
            dataDirectory: directory, fileSystem: PosixFileSystem(), random: SystemRandom()))
      })
    hostConfiguration.blockingThreads = configuration.blockingThreads
    hostConfiguration.supervision = ChildProcess.formerTrap.map { Supervision(trap: $0 == 0 ? nil : $0) }
    let callbacks = try callbackGuard(configuration)
    hostConfiguration.webhookGuard = callbacks
    let client = try outboundClient(configuration, callbacks)
    hostConfiguration.webhookSender = WebhookClient(client: client)
    let runtime = try PipelineHost.open(hostConfiguration)
    let access = try openAccess(configuration, runtime, logger)
    let work = WorkPlaces(
      directories: { ScopedDirectory(runtime, slug: $0 == Project.defaultSlug ? nil : $0) },
      settings: try workSettings(configuration, runtime, access, client, callbacks), clock: SystemClock(),
      logger: logger, projects: { access.store.projects.map(\.slug) })
    var environment = APIEnvironment(
      directory: runtime, access: access, compile: runtime.compile,
      product: ProductFacts(version: Product.version, revision: Product.version), work: work,
      clock: SystemClock(), random: SystemRandom(), logger: logger)
    environment.limits = configuration.limits
    let host = configuration.host
    var serverConfiguration = configuration.server
    serverConfiguration.identity = identity
    let server = APIServer(environment: environment, configuration: serverConfiguration) { port in
      let address = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
      logger.notice("listening on \(address)\(identity == nil ? "" : " with TLS")")
    }
    return [RuntimeService(runtime: runtime, access: access, work: work), MemoryKeeper(), work, server]
  }

  /// Behind the lock of the data directory.
  private func openAccess(
    _ configuration: ServerConfiguration, _ runtime: PipelineHost, _ logger: Logger
  ) throws -> AccessGate {
    // Taken out, so that no process that this one starts inherits it.
    let adminKey = ChildProcess.takeVariable("TIDEMARK_ADMIN_KEY").flatMap { $0.isEmpty ? nil : Secret($0) }
    let directory = configuration.dataDirectory
    let store = try KeyStore.open(
      directory: "\(directory)/\(KeyStore.directoryName)", opener: RocksStoreOpener(), clock: SystemClock(),
      random: SystemRandom(), thread: BlockingPool(name: "access", threads: 1))
    try store.publishDefaultSecret(dataDirectory: directory, fileSystem: PosixFileSystem())
    runtime.alsoBackUp { try store.backUp(to: "\($0)/\(KeyStore.directoryName)") }
    let settings = configuration.access(adminKey: adminKey)
    if settings.mode == .required, adminKey == nil, !store.hasLiveKeys {
      logger.warning("nobody can get in: there are no API keys, and TIDEMARK_ADMIN_KEY is not set")
    }
    return AccessGate(store: store, configuration: settings, clock: SystemClock())
  }
}

extension AuthenticationMode: ExpressibleByArgument {}

/// All pipelines as a service: they come back at start and stop gracefully at the end, also when the server
/// failed.
private struct RuntimeService: Service {
  let runtime: PipelineHost
  let access: AccessGate
  let work: WorkPlaces

  func run() async throws {
    await runtime.bringUp()
    await work.resumeAll()
    try? await gracefulShutdown()
    // In a task of its own: a stop writes checkpoints and must not see this task's cancellation.
    await Task {
      access.close()
      await runtime.shutdown()
    }.value
  }
}
