// Goal: no order of commands loses a pipeline, leaks a life, or replaces a log that is gone by an empty one.
// Method: a host over a real store in a directory of its own; commands run at once where their order is the point.

import DataModel
import Logging
import PipelineModel
import PipelineRuntime
import Platform
import RocksStorage
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)))
struct PipelineHostTests {
  private static let sql = "CREATE TABLE t (id BIGINT); CREATE VIEW n AS SELECT COUNT(*) AS n FROM t;"

  private static func open(
    _ directory: borrowing TemporaryDirectory, _ opener: any StoreOpener = RocksStoreOpener()
  ) throws -> PipelineHost {
    try PipelineHost.open(
      PipelineHostConfiguration(
        dataDirectory: directory.path, storeOpener: opener,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, sealer: { _ in PlainSealer() }))
  }

  private static func wait(_ host: PipelineHost, _ name: String, _ status: String) async throws {
    while try await host.descriptor(name).deployment.combinedStatus != status { await Task.yield() }
  }

  private static func waitCleared(_ host: PipelineHost, _ name: String) async throws {
    while try await host.descriptor(name).storage.status != .cleared { await Task.yield() }
  }

  private static func start(_ host: PipelineHost, _ name: String) async throws {
    try await host.start(name, options: StartOptions())
    try await wait(host, name, "Running")
  }

  @Test func pipelinesAreKnownBeforeTheyComeBack() async throws {
    let directory = try TemporaryDirectory()
    let first = try PipelineHostTests.open(directory)
    _ = try await first.create(PipelineDefinition(name: "p", programCode: PipelineHostTests.sql))
    await first.shutdown()
    let second = try PipelineHostTests.open(directory)
    #expect(await second.list().map(\.definition.name) == ["p"])
    await #expect(throws: PipelineError.self) {
      _ = try await second.create(PipelineDefinition(name: "p", programCode: ""))
    }
    await second.bringUp()
    await second.shutdown()
  }

  @Test func deletingTwiceLeavesTheNextOfThatNameAlone() async throws {
    let directory = try TemporaryDirectory()
    let host = try PipelineHostTests.open(directory)
    for _ in 0..<20 {
      _ = try await host.create(PipelineDefinition(name: "p", programCode: PipelineHostTests.sql))
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<2 { group.addTask { try? await host.delete("p") } }
        group.addTask { try? await host.start("p", options: StartOptions()) }
      }
      if (try? await host.descriptor("p")) != nil {
        // The start came first, so nothing was deleted.
        try await host.stop("p", force: true)
        try await PipelineHostTests.wait(host, "p", "Stopped")
        try await host.clear("p")
        try await PipelineHostTests.waitCleared(host, "p")
        try await host.delete("p")
      }
      #expect(await host.list().isEmpty)
    }
    await host.shutdown()
  }

  @Test func aLifeThatEndedIsFreed() async throws {
    let directory = try TemporaryDirectory()
    let host = try PipelineHostTests.open(directory)
    _ = try await host.create(PipelineDefinition(name: "p", programCode: PipelineHostTests.sql))
    weak var life: (any DeployedPipeline)?
    try await PipelineHostTests.start(host, "p")
    life = try host.deployed("p")
    #expect(life != nil)
    try await host.stop("p", force: true)
    try await PipelineHostTests.wait(host, "p", "Stopped")
    // Tasks of the ended life may still let go of it.
    while life != nil { await Task.yield() }
    await host.shutdown()
  }

  @Test func aLogThatIsGoneIsNotReplaced() async throws {
    let directory = try TemporaryDirectory()
    let host = try PipelineHostTests.open(directory)
    let id = try await host.create(PipelineDefinition(name: "p", programCode: PipelineHostTests.sql)).id
    try await PipelineHostTests.start(host, "p")
    try await host.stop("p", force: true)
    try await PipelineHostTests.wait(host, "p", "Stopped")
    try PosixFileSystem().removeTree("\(directory.path)/pipelines/\(id)")
    try await host.start("p", options: StartOptions())
    while try await host.descriptor("p").deployment.error == nil { await Task.yield() }
    #expect(try await host.descriptor("p").deployment.error?.code == .dataLoss)
    try await PipelineHostTests.wait(host, "p", "Stopped")
    try await host.clear("p")
    try await PipelineHostTests.waitCleared(host, "p")
    try await PipelineHostTests.start(host, "p")
    await host.shutdown()
  }

  /// A command whose row cannot be written has not happened, but a stop is done; a poisoned catalog is opened anew.
  @Test func aFailingCatalogLosesNoCommand() async throws {
    let directory = try TemporaryDirectory()
    let opener = FaultyCatalogOpener()
    let host = try PipelineHostTests.open(directory, opener)
    _ = try await host.create(PipelineDefinition(name: "p", programCode: PipelineHostTests.sql))
    while try await host.descriptor("p").program.status != .success { await Task.yield() }
    // A row of an earlier change may still be on its way and take the fault: then the command goes through, and is
    // tried again.
    var hasFailed = false
    while !hasFailed {
      opener.failNextWrite()
      do {
        try await PipelineHostTests.start(host, "p")
        try await host.stop("p", force: true)
        try await PipelineHostTests.wait(host, "p", "Stopped")
      } catch { hasFailed = true }
    }
    #expect(try await host.descriptor("p").deployment.combinedStatus == "Stopped")
    try await PipelineHostTests.start(host, "p")
    hasFailed = false
    while !hasFailed {
      opener.failNextWrite()
      do { try await host.stop("p", force: true) } catch { hasFailed = true }
      try await PipelineHostTests.wait(host, "p", "Stopped")
      if !hasFailed { try await PipelineHostTests.start(host, "p") }
    }
    try await PipelineHostTests.start(host, "p")
    await host.shutdown()
  }
}

/// Tokens without a signature: these tests judge no token.
struct PlainSealer: TokenSealer {
  func seal(_ token: CompletionToken) -> String { token.encoded.map { "\($0)" }.joined(separator: ".") }
  func open(_ text: String) -> CompletionToken? {
    CompletionToken(encoded: text.split(separator: ".").compactMap { UInt8($0) })
  }
}

/// Real stores; the catalog's writes fail when told, and its store is then poisoned.
private final class FaultyCatalogOpener: StoreOpener {
  private let catalog = Mutex<FaultyStore?>(nil)

  func open(directory: String) throws(StorageError) -> any OrderedStore {
    let store = try RocksStoreOpener().open(directory: directory)
    guard directory.hasSuffix("/catalog") else { return store }
    let faulty = FaultyStore(store)
    catalog.withLock { $0 = faulty }
    return faulty
  }

  func failNextWrite() { catalog.withLock { $0 }?.failWrite() }
}
