// Goal: a pipeline whose program was changed and changed back never begins at a checkpoint of before, though the same
// program wrote it: another one took the log behind it. Method: the row and the files of an old checkpoint are put back,
// as if more were kept, and the newer ones are damaged.

import DataModel
import Logging
import PipelineModel
import PipelineRuntime
import Platform
import RocksStorage
import StorageAPI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)))
struct ChangedBackTests {
  private static let first =
    "CREATE TABLE t (id BIGINT) WITH ('materialized' = 'true'); CREATE VIEW n AS SELECT COUNT(*) AS n FROM t;"
  private static let second = "CREATE TABLE u (id BIGINT); CREATE VIEW m AS SELECT COUNT(*) AS m FROM u;"

  private typealias Rows = [(key: [UInt8], value: [UInt8])]

  private let directory: TemporaryDirectory
  private let host: PipelineHost
  private let files = PosixFileSystem()

  init() throws {
    directory = try TemporaryDirectory()
    host = try PipelineHost.open(
      PipelineHostConfiguration(
        dataDirectory: directory.path, storeOpener: RocksStoreOpener(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, sealer: { _ in PlainSealer() }))
  }

  /// Nil when it runs.
  private func start(_ program: String) async throws -> String? {
    var patch = PipelinePatch()
    patch.programCode = program
    _ = try await host.patch("p", with: patch)
    while try await host.descriptor("p").program.status != .success { await Task.yield() }
    var options = StartOptions()
    options.bootstrapPolicy = "allow"
    try await host.start("p", options: options)
    while true {
      let deployment = try await host.descriptor("p").deployment
      if let error = deployment.error { return error.message }
      if deployment.combinedStatus == "Running" { return nil }
      await Task.yield()
    }
  }

  private func stop() async throws {
    try await host.stop("p", force: true)
    while try await host.descriptor("p").deployment.combinedStatus != "Stopped" { await Task.yield() }
  }

  private func push(_ table: String, _ count: Int) async throws {
    var options = IngressOptions()
    options.format = "json"
    options.updateFormat = "raw"
    let pipeline = try host.deployed("p")
    let session = try await pipeline.openIngress(table: SQLIdentifier(urlForm: table), options: options)
    try await session.feed(Array((0..<count).map { "{\"id\": \($0)}\n" }.joined().utf8))
    let token = try await session.finish().token
    #expect(try await pipeline.waitForCompletion(token: token, follow: false, seconds: 20).complete)
  }

  private func checkpoint() async throws {
    let pipeline = try host.deployed("p")
    let sequence = try pipeline.requestCheckpoint()
    while (pipeline.checkpointStatus().success ?? 0) < sequence { await Task.yield() }
  }

  /// While the pipeline is stopped.
  private func change(_ path: String, _ body: (any OrderedStore) throws -> Void) throws {
    let store = try RocksStoreOpener().open(directory: "\(path)/store")
    defer { store.close() }
    try body(store)
  }

  private func checkpoints(_ path: String) throws -> Rows {
    var rows: Rows = []
    try change(path) { store in
      try store.scan(.base, from: KeySpace.checkpoint.key(), to: KeySpace.checkpoint.end) { key, value in
        rows.append((key, value))
        return true
      }
    }
    return rows
  }

  private func contents(_ path: String) throws -> [String: [UInt8]] {
    let names = try files.entries(of: "\(path)/checkpoints")
    return Dictionary(uniqueKeysWithValues: try names.map { ($0, try files.read("\(path)/checkpoints/\($0)")) })
  }

  @Test func checkpointsOfBeforeAreNotTaken() async throws {
    let id = try await host.create(PipelineDefinition(name: "p", programCode: Self.first)).id
    let path = "\(directory.path)/pipelines/\(id)"
    #expect(try await start(Self.first) == nil)
    try await push("t", 3)
    try await checkpoint()
    try await push("t", 4)
    try await stop()
    let (old, oldFiles) = (try checkpoints(path), try contents(path))
    #expect(old.count == 1)
    #expect(try await start(Self.second) == nil)
    try await push("u", 5)
    try await stop()
    #expect(try await start(Self.first) == nil)
    try await push("t", 2)
    try await stop()
    let newest = try contents(path)
    let rows = try checkpoints(path)
    // The old one is there again, all others are bad.
    for (name, bytes) in newest {
      try files.publish("\(path)/checkpoints/\(name)", bytes.map { ~$0 }, mode: 0o600)
    }
    for (name, bytes) in oldFiles { try files.publish("\(path)/checkpoints/\(name)", bytes, mode: 0o600) }
    func put(_ old: Rows, without gone: Rows) throws {
      try change(path) { store in
        var batch = WriteBatch()
        for row in old { batch.put(row.key, row.value) }
        for row in gone { batch.delete(row.key) }
        try store.write(batch, .synced)
      }
    }
    try put(old, without: [])
    let refusal = try #require(try await start(Self.first))
    #expect(refusal.contains("no checkpoint can be restored"), "\(refusal)")
    #expect(refusal.contains("from before it was changed"), "\(refusal)")
    // Also when nothing of the program between them is left.
    try put(old, without: rows)
    let again = try #require(try await start(Self.first))
    #expect(again.contains("from before it was changed"), "\(again)")
    await host.shutdown()
  }
}
