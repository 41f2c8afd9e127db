package import ConnectorKit
package import Deliveries
package import Logging
package import PipelineModel
import Platform
package import SQLFrontend
package import StorageAPI
import Synchronization

/// What a server needs to open its data directory.
package struct PipelineHostConfiguration: Sendable {
  package var dataDirectory: String
  package var storeOpener: any StoreOpener
  package var sealer: @Sendable (_ dataDirectory: String) throws -> any TokenSealer
  package var logger: Logger
  /// Threads for blocking work.
  package var blockingThreads = 8
  /// Makes the attempts of webhooks.
  package var webhookSender: any WebhookSender = NoWebhooks()
  /// Where webhooks may go.
  package var webhookGuard = AddressGuard(allowed: [], allowsLoopback: false)
  package var supervision: Supervision?

  package init(
    dataDirectory: String, storeOpener: any StoreOpener, logger: Logger,
    sealer: @escaping @Sendable (_ dataDirectory: String) throws -> any TokenSealer
  ) {
    self.dataDirectory = dataDirectory
    self.storeOpener = storeOpener
    self.logger = logger
    self.sealer = sealer
  }
}

/// Of a host without a client for them.
private struct NoWebhooks: WebhookSender {
  func send(_ webhook: Webhook, at now: WallTime) async -> SendOutcome { .refused("this server sends no webhooks") }
}

/// Why the data directory could not be opened; the text is for the operator.
package struct PipelineHostError: Error, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// All pipelines of one server: the registry over one data directory, which it holds locked while open.
package final class PipelineHost: Sendable {
  struct Registry {
    var byName: [String: PipelineSupervisor] = [:]
    var closed = false
  }

  let environment: HostEnvironment
  let registry = Mutex(Registry())
  /// Names being created or renamed, so that two requests cannot take one name.
  let reserved = Mutex<Set<String>>([])
  /// What else belongs into a backup of the data directory; each writes below the directory it is given.
  let companions = Mutex<[@Sendable (_ directory: String) throws -> Void]>([])
  private let lock: LockHolder
  private let loaded: [PipelineRecord]

  /// Keeps the directory's lock until it is released.
  private final class LockHolder: Sendable {
    private let lock: Mutex<DirectoryLock?>
    init(_ lock: consuming sending DirectoryLock) { self.lock = Mutex(lock) }
    func release() { lock.withLock { $0 = nil } }
  }

  private init(
    environment: HostEnvironment, lock: LockHolder, loaded: [PipelineRecord]
  ) {
    self.environment = environment
    self.lock = lock
    self.loaded = loaded
    for record in loaded { register(record) }
  }

  /// Before the first request, so that a pipeline which comes back is never unknown.
  private func register(_ record: PipelineRecord) {
    guard let descriptor = record.descriptor(now: environment.clock.wall()) else {
      environment.logger.error("a row of the catalog is not known to this version id=\(record.id)")
      return
    }
    let supervisor = PipelineSupervisor(descriptor, environment: environment)
    let isNew = registry.withLock { registry in
      guard registry.byName[record.name] == nil else { return false }
      registry.byName[record.name] = supervisor
      return true
    }
    if !isNew {
      environment.logger.error(
        "two pipelines have one name: the later is not served name=\(record.name) id=\(record.id)")
    }
  }

  /// Locks and opens the directory; blocks for some milliseconds. Errors say what is wrong and where.
  package static func open(_ configuration: PipelineHostConfiguration) throws(PipelineHostError)
    -> PipelineHost
  {
    let fileSystem = PosixFileSystem()
    let directory = configuration.dataDirectory
    let lock: LockHolder
    // Before anything is touched.
    try DataFormat.check(directory, fileSystem)
    do {
      try fileSystem.createDirectories("\(directory)/pipelines")
      lock = LockHolder(try DirectoryLock(directory))
      if try DataFormat.check(directory, fileSystem) != DataFormat.current {
        try DataFormat.write(directory, fileSystem)
      }
    } catch let error as PipelineHostError { throw error } catch {
      throw PipelineHostError("data directory \(directory) cannot be used: \(error)")
    }
    let sealer: any TokenSealer
    do { sealer = try configuration.sealer(directory) } catch {
      throw PipelineHostError("the signing key in \(directory) cannot be read: \(error)")
    }
    do {
      let catalog = try PipelineCatalog(opener: configuration.storeOpener, directory: "\(directory)/catalog")
      let (records, damaged) = try catalog.load()
      for row in damaged { configuration.logger.error("a row of the catalog cannot be read id=\(row)") }
      let environment = HostEnvironment(
        dataDirectory: directory, storeOpener: configuration.storeOpener, fileSystem: fileSystem,
        clock: SystemClock(), random: SystemRandom(), sealer: sealer,
        pool: BlockingPool(name: "blocking", threads: configuration.blockingThreads),
        queryPool: BlockingPool(name: "query", threads: max(2, configuration.blockingThreads / 2)),
        statusPool: BlockingPool(name: "status", threads: 2),
        bootstraps: BootstrapThreads(Limits.bootstrapsMax),
        catalogPool: BlockingPool(name: "catalog", threads: 1), catalog: catalog, logger: configuration.logger,
        webhookSender: configuration.webhookSender, webhookGuard: configuration.webhookGuard,
        supervision: configuration.supervision)
      removeTrash(environment)
      return PipelineHost(environment: environment, lock: lock, loaded: records)
    } catch { throw PipelineHostError("the catalog in \(directory) cannot be opened: \(error)") }
  }

  /// State directories whose clearing was interrupted.
  private static func removeTrash(_ environment: HostEnvironment) {
    let parent = "\(environment.dataDirectory)/pipelines"
    do {
      for name in try environment.fileSystem.entries(of: parent) where name.hasSuffix(ClearedDirectory.suffix)
      {
        try environment.fileSystem.removeTree("\(parent)/\(name)")
      }
    } catch { environment.logger.warning("cleared storage cannot be removed: \(error)") }
  }

  /// Brings the pipelines back that were desired Running or Paused; returns when all were asked, while they
  /// start in the background.
  package func bringUp() async {
    for record in loaded {
      guard let supervisor = registry.withLock({ $0.byName[record.name] }), supervisor.id.description == record.id
      else { continue }
      await supervisor.bringBack(start: record.startOptions)
    }
  }

  /// Stops all pipelines within the time of the design and gives the directory free.
  package func shutdown() async {
    let supervisors = registry.withLock { registry in
      registry.closed = true
      return registry.byName.values.sorted { $0.id.value < $1.id.value }
    }
    await withTaskGroup(of: Void.self) { group in
      for supervisor in supervisors { group.addTask { await supervisor.shutDown() } }
    }
    let environment = environment
    await environment.catalogPool.run { environment.catalog.close() }
    lock.release()
  }

  /// The SQL compiler, for checks without a pipeline.
  package var compile: @Sendable (String) async -> Result<Program, SQLErrors> {
    { [pool = environment.pool] text in await pool.run { ConnectorCheck.compile(text) } }
  }

  func supervisor(_ name: String) throws(PipelineError) -> PipelineSupervisor {
    guard let found = registry.withLock({ $0.byName[name] }) else {
      throw PipelineError.unknownPipeline(name)
    }
    return found
  }
}

extension PipelineError {
  static func unknownPipeline(_ name: String) -> PipelineError {
    PipelineError(
      .unknownPipelineName, "unknown pipeline name '\(name)'",
      details: "{\"pipeline_name\":\(JSONText.string(name))}")
  }
}

/// How a state directory is called while it is removed.
enum ClearedDirectory {
  static let suffix = ".cleared"
}

extension PipelineRecord {
  /// How the pipeline comes back with the server; nil when it was stopped.
  var startOptions: StartOptions? {
    guard desiredProvisioned else { return nil }
    var options = StartOptions()
    options.initial = desiredPaused ? .paused : .running
    options.bootstrapPolicy = bootstrapPolicy ?? options.bootstrapPolicy
    return options
  }
}

/// JSON text of single values.
enum JSONText {
  /// A JSON string with quotes and escapes.
  static func string(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case let control where control.value < 0x20:
        let hex = String(control.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
