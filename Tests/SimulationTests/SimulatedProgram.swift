import DataModel
import SQLFrontend

/// Programs that simulations run: joins, groups, a view that fails on some records, and one that sees the clock.
struct SimulatedProgram: Sendable {
  let compiled: Program
  let schemas: [String: Schema]
  let usesClock: Bool

  static let views = ["sums", "quotients", "joined"]

  private static let text = """
    create table t (id bigint not null, k bigint not null, v bigint not null);
    create table p (k bigint not null primary key, w bigint not null);
    create materialized view sums as select k, count(*) as n, sum(v) as total from t group by k;
    create materialized view quotients as select id, 1000 / v as q from t;
    create materialized view joined as select t.id, p.w from t join p on t.k = p.k;
    """

  private static let clock = "create materialized view clock as select now() as at;"

  static let plain = Result { try SimulatedProgram(text, usesClock: false) }
  static let clocked = Result { try SimulatedProgram(text + clock, usesClock: true) }

  private init(_ text: String, usesClock: Bool) throws {
    compiled = try SQLCompiler.compile(text, rewriting: true).get()
    schemas = Dictionary(compiled.tables.map { ($0.name.canonical, $0.schema) }) { first, _ in first }
    self.usesClock = usesClock
  }
}
