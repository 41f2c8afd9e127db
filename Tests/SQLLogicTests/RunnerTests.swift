import DataModel
import Testing

// Goal: the runner itself sees what is wrong. Method: small scripts with known faults, and the parts on
// their own.

@Suite("The runner of scripts")
struct RunnerTests {
  private static let tables = """
    statement ok
    CREATE TABLE t (a INTEGER, b TEXT UNIQUE)

    statement ok
    INSERT INTO t VALUES (1, 'x'), (2, NULL), (2, NULL), (-3, '')


    """

  private func run(_ text: String, seed: UInt64 = 1) throws -> ScriptReport {
    ScriptRunner.run(try ScriptParser.parse(Array((Self.tables + text).utf8), name: "script"), seed: seed)
  }

  @Test(
    "answers are compared in each sort mode",
    arguments: [
      (
        "query IT nosort\nSELECT a, b FROM t ORDER BY a, b\n----\n-3\n(empty)\n1\nx\n2\nNULL\n2\nNULL\n", true
      ),
      (
        "query IT nosort\nSELECT a, b FROM t ORDER BY a DESC, b\n----\n-3\n(empty)\n1\nx\n2\nNULL\n2\nNULL\n",
        false
      ),
      ("query I rowsort\nSELECT a FROM t\n----\n-3\n1\n2\n2\n", true),
      ("query I rowsort\nSELECT a FROM t\n----\n-3\n1\n2\n", false),
      ("query II valuesort\nSELECT a, -a FROM t\n----\n-1\n-2\n-2\n-3\n1\n2\n2\n3\n", true),
      ("query II rowsort\nSELECT a, -a FROM t\n----\n-1\n-2\n-2\n-3\n1\n2\n2\n3\n", false),
      ("query R nosort\nSELECT AVG(CAST(a AS DOUBLE)) FROM t\n----\n0.500\n", true),
      ("query I nosort\nSELECT a > 0 FROM t WHERE a = 1\n----\n1\n", true),
      (
        "query I rowsort\nSELECT a FROM t\n----\n4 values hashing to 4c0a0da0d8f2bd7e6d0d5f4d0e3a4c22\n",
        false
      ),
      (
        "query I rowsort\nSELECT a FROM t\n----\n3 values hashing to 4c0a0da0d8f2bd7e6d0d5f4d0e3a4c22\n",
        false
      ),
      ("query II rowsort\nSELECT a FROM t\n----\n1\n2\n2\n-3\n", false),
      ("query I rowsort\nSELECT a FROM nowhere\n----\n", false),
      (
        "onlyif mysql\nquery I rowsort\nSELECT wrong\n----\n\nskipif postgresql # why\nquery I\nSELECT wrong\n",
        true
      ),
      ("statement error\nSELECT nothing FROM t\n", true),
      ("statement error\nSELECT a FROM t\n", false),
      ("statement ok\nINSERT INTO nowhere VALUES (1)\n", false),
    ])
  func verdicts(text: String, passes: Bool) throws {
    let report = try run(text)
    #expect(report.failures.isEmpty == passes, "\(report.text)")
    #expect((report.share == 1) == passes || report.queries == 0, "\(report.text)")
  }

  @Test("hashes are those of RFC 1321")
  func hashes() {
    #expect(MD5Digest.hex([]) == "d41d8cd98f00b204e9800998ecf8427e")
    let long = Array("12345678901234567890123456789012345678901234567890123456789012345678901234567890".utf8)
    #expect(MD5Digest.hex(long) == "57edf4a22be3c955ac49da2e2107b67a")
  }

  @Test("statements change the tables")
  func statements() throws {
    let report = try run(
      """
      statement ok
      CREATE TABLE k (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, w VARCHAR(3))

      statement ok
      CREATE UNIQUE INDEX i ON k (v)

      statement ok
      INSERT INTO k (w, id, v) VALUES ('a', 1, 10), ('b', 2, 20), ('c', 3, 30)

      statement error
      INSERT INTO k VALUES (1, 5, 'z')

      statement error
      INSERT INTO k VALUES (9, NULL, 'z')

      query IIT rowsort
      SELECT * FROM k
      ----
      1
      10
      a
      2
      20
      b
      3
      30
      c

      statement ok
      UPDATE k SET v = v + 1, w = w || '!' WHERE id > 1

      statement ok
      DELETE FROM k WHERE id = 3

      statement ok
      REPLACE INTO k VALUES (1, 0, NULL)

      statement ok
      CREATE VIEW y AS SELECT v AS q FROM k WHERE v > 5

      statement ok
      INSERT INTO k SELECT a + 100, a, b FROM t WHERE b IS NOT NULL AND a > 0

      query IIT rowsort
      SELECT * FROM k
      ----
      1
      0
      NULL
      101
      1
      x
      2
      21
      b!

      query I
      SELECT q FROM y
      ----
      21

      statement ok
      DROP VIEW IF EXISTS y

      query I
      SELECT q FROM y
      ----
      21

      statement ok
      CREATE TRIGGER r AFTER INSERT ON k BEGIN SELECT 1; END

      query I
      SELECT 1
      ----
      1
      """)
    #expect(report.adHoc == 3 && report.asView == 3 && report.queries == 5, "\(report.text)")
    #expect(report.skipped == ["rest of the script behind CREATE": 1])
    #expect(report.failures.count == 1 && report.failures[0].contains("'y' not found"), "\(report.text)")
  }

  @Test("random steps end in the contents", arguments: 1...40 as ClosedRange<UInt64>)
  func feeds(seed: UInt64) throws {
    var world = ScriptWorld()
    _ = try world.execute("CREATE TABLE plain (a INTEGER, b INTEGER)")
    _ = try world.execute("CREATE TABLE keyed (a INTEGER PRIMARY KEY, b INTEGER)")
    _ = try world.execute("INSERT INTO plain VALUES (1, 2), (1, 2), (3, 4), (5, 6), (7, 8), (9, 9)")
    _ = try world.execute("INSERT INTO keyed VALUES (1, 2), (3, 4), (5, 6), (7, 8), (9, 9)")
    var random = SeededGenerator(seed)
    let feed = RandomFeed(world.tables, &random)
    let fed = try feed.contents(after: feed.steps.count, world.tables)
    for (found, expected) in zip(fed, world.tables) {
      #expect(found.rows.sorted { "\($0)" < "\($1)" } == expected.rows.sorted { "\($0)" < "\($1)" })
    }
    let all = RandomFeed(all: world.tables)
    #expect(try all.contents(after: 1, world.tables).map(\.rows) == world.tables.map(\.rows))
  }

  @Test("a view that does not hold its query's answer is seen")
  func wrongViews() throws {
    var world = ScriptWorld()
    _ = try world.execute("CREATE TABLE t (a INTEGER)")
    _ = try world.execute("INSERT INTO t VALUES (1), (2)")
    let query = QueryRecord(
      line: 1, types: Array("I".utf8), sort: .nosort, sql: "SELECT a FROM t", expected: .values(["1", "2"]))
    let right = ViewBatch.Entry(query: query, adHoc: try world.query(query.sql))
    let wrong = ViewBatch.Entry(query: query, adHoc: try world.query("SELECT a + 1 FROM t"))
    let found = ViewBatch(world: world, seed: 4).check([right, wrong, right])
    #expect(found[0] == nil && found[1] != nil && found[2] == nil)
  }

  @Test("contents on the way without an answer do not count, wrong ones do")
  func failuresOnTheWay() throws {
    for seed in 1...30 as ClosedRange<UInt64> {
      let report = try run(
        "query I\nSELECT 12 / (COUNT(*) - 2) FROM t\n----\n6\n\n"
          + "query I\nSELECT (SELECT a FROM t x WHERE x.b = 'x')\n----\n1\n", seed: seed)
      #expect(report.asView == 2, "\(report.text)")
    }
  }
}
