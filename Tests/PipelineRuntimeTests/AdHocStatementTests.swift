// Goal: an ad-hoc INSERT is as durable as a request's records, shows in later queries and never half; EXPLAIN and
// requests of several statements answer. Method: a host over a real store; the pipeline is stopped by force between
// insertion and query.

import Logging
import PipelineModel
import PipelineRuntime
import Platform
import RocksStorage
import StorageAPI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)))
struct AdHocStatementTests {
  private static let sql = """
    CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR DEFAULT 'none', price DECIMAL(10, 2),
      tags VARCHAR ARRAY, v VARIANT) WITH ('materialized' = 'true');
    CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n, SUM(price) AS s FROM t;
    """

  private static func open(_ directory: borrowing TemporaryDirectory) throws -> PipelineHost {
    try PipelineHost.open(
      PipelineHostConfiguration(
        dataDirectory: directory.path, storeOpener: RocksStoreOpener(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, sealer: { _ in NoSealer() }))
  }

  private static func wait(_ host: PipelineHost, _ status: String) async throws {
    while try await host.descriptor("p").deployment.combinedStatus != status { await Task.yield() }
  }

  private static func start(_ host: PipelineHost) async throws {
    try await host.start("p", options: StartOptions())
    try await wait(host, "Running")
  }

  private static func answer(_ host: PipelineHost, _ sql: String) async throws -> String {
    let stream = try await host.deployed("p").query(sql, format: "json")
    var bytes: [UInt8] = []
    while let chunk = await stream.next() { bytes += chunk }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: " ")
  }

  /// Until the steps have come so far.
  private static func expect(_ host: PipelineHost, _ sql: String, _ wanted: String) async throws {
    while try await answer(host, sql) != wanted { await Task.yield() }
  }

  @Test func insertedRowsOutliveAKill() async throws {
    let directory = try TemporaryDirectory()
    let host = try Self.open(directory)
    _ = try await host.create(PipelineDefinition(name: "p", programCode: Self.sql))
    try await Self.start(host)
    let inserted = try await Self.answer(
      host, "insert into t values (1, 'a', 1.50, array['x', null], '{\"k\": [1]}'), (2, null, 2, null, null)")
    #expect(inserted == "{\"count\":2}")
    try await Self.expect(host, "select * from n", "{\"n\":2,\"s\":3.50}")
    // The rows of a query, in the order of the list; what is left out takes its default.
    #expect(
      try await Self.answer(host, "insert into t (price, id) select price * 2, id + 10 from t")
        == "{\"count\":2}")
    try await Self.expect(host, "select * from n", "{\"n\":4,\"s\":10.50}")
    try await host.stop("p", force: true)
    try await Self.wait(host, "Stopped")
    try await Self.start(host)
    try await Self.expect(host, "select * from n", "{\"n\":4,\"s\":10.50}")
    #expect(
      try await Self.answer(host, "select id, name, tags from t order by id")
        == "{\"id\":1,\"name\":\"a\",\"tags\":[\"x\",null]} {\"id\":2,\"name\":null,\"tags\":null} "
        + "{\"id\":11,\"name\":\"none\",\"tags\":null} {\"id\":12,\"name\":\"none\",\"tags\":null}")
    #expect(
      try await Self.answer(host, "select cast(v['k'][1] as int) as k from t where id = 1") == "{\"k\":1}")
    await host.shutdown()
  }

  @Test func badInsertionsLeaveNothing() async throws {
    let directory = try TemporaryDirectory()
    let host = try Self.open(directory)
    _ = try await host.create(PipelineDefinition(name: "p", programCode: Self.sql))
    try await Self.start(host)
    for sql in [
      "insert into t values (1)", "insert into n values (1, 2)", "insert into zz values (1)",
      "insert into t (id, id) values (1, 2)", "insert into t (name) values ('x')",
      "insert into t (nn) values (1)",
      "insert into t (id) values (true)", "insert into t (id) values (1); selec 1",
      "select 1; insert into t (id) values (1)",
    ] {
      await #expect(throws: PipelineError.self, "\(sql)") { try await Self.answer(host, sql) }
    }
    let text = try await Self.answer(
      host,
      "insert into t (id) values (7); insert into t (id) select cast(null as bigint) from (values (1)) as x (a)"
    )
    #expect(text.contains("NOT NULL"))
    #expect(try await Self.answer(host, "insert into t (id) select id from t") == "{\"count\":0}")
    #expect(try await Self.answer(host, "select count(*) as n from t") == "{\"n\":0}")
    await host.shutdown()
  }

  @Test func severalStatementsAndExplain() async throws {
    let directory = try TemporaryDirectory()
    let host = try Self.open(directory)
    _ = try await host.create(PipelineDefinition(name: "p", programCode: Self.sql))
    try await Self.start(host)
    // A query does not see what the same request inserts.
    let text = try await Self.answer(
      host, "insert into t (id) values (7); insert into t (id) values (8); select count(*) as n from t;")
    #expect(text == "{\"n\":0}")
    try await Self.expect(host, "select count(*) as n from t", "{\"n\":2}")
    let plan = try await Self.answer(host, "explain select id from t where id > 3")
    #expect(plan.contains("Filter greater") && plan.contains("Scan t"), "\(plan)")
    await host.shutdown()
  }
}

/// Tokens without a signature: these tests judge no token.
private struct NoSealer: TokenSealer {
  func seal(_ token: CompletionToken) -> String { "" }
  func open(_ text: String) -> CompletionToken? { nil }
}
