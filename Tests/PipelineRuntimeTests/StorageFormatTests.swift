// Goal: a store of an older format is upgraded when its pipeline starts, one of a newer format is refused by name and
// left as it is; the same for the directory. Method: the rows and files that say the format are changed between lives.

import Logging
import PipelineModel
import PipelineRuntime
import Platform
import RocksStorage
import StorageAPI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)))
struct StorageFormatTests {
  private static let sql = "CREATE TABLE t (id BIGINT); CREATE VIEW n AS SELECT COUNT(*) AS n FROM t;"
  private static let row = KeySpace.meta.key("format")
  private static let fileSystem = PosixFileSystem()

  private static func open(_ directory: borrowing TemporaryDirectory) throws -> PipelineHost {
    try PipelineHost.open(
      PipelineHostConfiguration(
        dataDirectory: directory.path, storeOpener: RocksStoreOpener(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, sealer: { _ in PlainSealer() }))
  }

  private static func start(_ host: PipelineHost) async throws -> String? {
    try await host.start("p", options: StartOptions())
    while true {
      let deployment = try await host.descriptor("p").deployment
      if let error = deployment.error { return error.message }
      if deployment.combinedStatus == "Running" { return nil }
      await Task.yield()
    }
  }

  private static func stop(_ host: PipelineHost) async throws {
    try await host.stop("p", force: true)
    while try await host.descriptor("p").deployment.combinedStatus != "Stopped" { await Task.yield() }
  }

  /// What the store said; it says `format` then.
  private static func change(_ path: String, to format: [UInt8]) throws -> [UInt8]? {
    let store = try RocksStoreOpener().open(directory: path)
    defer { store.close() }
    let before = try store.get(.base, row)
    var batch = WriteBatch()
    batch.put(row, format)
    try store.write(batch, .synced)
    return before
  }

  @Test func storesSayTheirFormat() async throws {
    let directory = try TemporaryDirectory()
    let host = try Self.open(directory)
    let id = try await host.create(PipelineDefinition(name: "p", programCode: Self.sql)).id
    let store = "\(directory.path)/pipelines/\(id)/store"
    #expect(try await Self.start(host) == nil)
    try await Self.stop(host)
    #expect(try Self.change(store, to: [1]) == [2])
    #expect(try await Self.start(host) == nil)
    try await Self.stop(host)
    #expect(try Self.change(store, to: [3]) == [2], "upgraded")
    let refusal = try #require(try await Self.start(host))
    #expect(refusal.contains("format 3") && refusal.contains("formats 1 to 2"), "\(refusal)")
    await host.shutdown()
    #expect(try Self.change(store, to: [1, 1]) == [3], "left alone")
    let report = try DirectoryCheck(directory: directory.path, opener: RocksStoreOpener()).run()
    #expect(report.problems.count == 1 && report.problems[0].contains("does not say what format"))
  }

  @Test func damagedIdentityRowsAreNamed() async throws {
    let directory = try TemporaryDirectory()
    let host = try Self.open(directory)
    let id = try await host.create(PipelineDefinition(name: "p", programCode: Self.sql)).id
    #expect(try await Self.start(host) == nil)
    try await Self.stop(host)
    let store = try RocksStoreOpener().open(directory: "\(directory.path)/pipelines/\(id)/store")
    var batch = WriteBatch()
    batch.delete(KeySpace.meta.key("program"))
    try store.write(batch, .synced)
    store.close()
    let refusal = try #require(try await Self.start(host))
    #expect(refusal.contains("identity rows") && refusal.contains("restore it"), "\(refusal)")
    await host.shutdown()
  }

  @Test func aNewerDirectoryOrBackupIsRefused() async throws {
    let directory = try TemporaryDirectory()
    let host = try Self.open(directory)
    _ = try await host.create(PipelineDefinition(name: "p", programCode: Self.sql))
    await host.shutdown()
    let file = "\(directory.path)/format"
    #expect(try Self.fileSystem.read(file) == Array("tidemark data format 2\n".utf8))
    try Self.fileSystem.publish(file, Array("tidemark data format 3\n".utf8), mode: 0o644)
    let before = try Self.fileSystem.entries(of: directory.path).sorted()
    let target = try TemporaryDirectory()
    let attempts: [() throws -> Void] = [
      { _ = try Self.open(directory) },
      { _ = try DirectoryCheck(directory: directory.path, opener: RocksStoreOpener()).run() },
      { _ = try DirectoryRestore(backup: directory.path, target: "\(target.path)/new").run() },
    ]
    for attempt in attempts {
      let error = #expect(throws: PipelineHostError.self) { try attempt() }
      #expect(error?.description.contains("has data format 3") == true, "\(String(describing: error))")
      #expect(error?.description.contains("formats 1 to 2") == true)
    }
    #expect(try Self.fileSystem.entries(of: directory.path).sorted() == before)
    #expect(!Self.fileSystem.exists("\(target.path)/new"))
  }
}
