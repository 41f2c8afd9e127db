// Goal: tables and views carry what the text says: keys, defaults, properties, kinds, names, order.
// Method: one program, read back field by field.

import DataModel
import SQLFrontend
import Testing

struct ProgramTests {
  private static let text = """
    create table "Orders" (
      id bigint not null, item varchar(20) default 'none' not null, price decimal(6, 2) default -1.5,
      day date default '2024-02-29',
      active boolean default true, note varchar null, ref int foreign key references items(id),
      primary key (day, id), foreign key (ref) references items(id)
    ) with ('connectors' = '[{"name": "c"}]', 'materialized' = 'true', 'append_only' = 'false');
    create local view hidden as select id, price from "Orders";
    create materialized view Totals (n, total) as select count(*), sum(price) from hidden;
    create view last with ('connectors' = '[]') as select * from totals;
    create view v0 as select 1 as x; create view "V0" as select 2 as "X", 3 as x;
    """

  @Test func tables() throws {
    let table = try #require(SQLCompiler.compile(Self.text).get().tables.first)
    #expect(table.name == SQLIdentifier("Orders", caseSensitive: true))
    #expect(table.name.caseSensitive && table.materialized)
    #expect(table.schema.primaryKey == [3, 0])
    let fields = table.schema.fields
    #expect(fields.map(\.nullable) == [false, false, true, false, true, true, true])
    #expect(fields[1].defaultValue == .text("none"))
    #expect(fields[2].defaultValue == .int128(-150))
    #expect(fields[3].defaultValue == .int64(19_782))
    #expect(fields[4].defaultValue == .boolean(true))
    #expect(fields[5].defaultValue == nil)
    #expect(table.connectors == #"[{"name": "c"}]"#)
    #expect(table.properties.map(\.key) == ["connectors", "materialized", "append_only"])
  }

  @Test func views() throws {
    let program = try SQLCompiler.compile(Self.text).get()
    #expect(program.views.map(\.name.spelled) == ["hidden", "Totals", "last", "v0", "V0"])
    #expect(program.views.map(\.kind) == [.local, .materialized, .plain, .plain, .plain])
    #expect(program.views[1].schema.fields.map(\.name.spelled) == ["n", "total"])
    #expect(program.views[2].connectors == "[]")
    #expect(program.views[2].schema.types == [.bigint, .decimal(precision: 38, scale: 2)])
    #expect(
      program.views[2].plan == .scan(relation: SQLIdentifier("totals"), output: program.views[1].plan.output))
    #expect(program.warnings.map(\.errorType) == ["PRIMARY KEY cannot be nullable"])
  }

  @Test func samePlansEveryTime() throws {
    let first = try SQLCompiler.compile(Self.text).get()
    for _ in 0..<5 {
      #expect(try SQLCompiler.compile(Self.text).get().views.map(\.plan) == first.views.map(\.plan))
    }
  }

  @Test("types that name others twice are refused before they have grown", .timeLimit(.minutes(15)))
  func doublingTypes() {
    let types = (1...45).map { "create type a\($0) as (x a\($0 - 1), y a\($0 - 1));\n" }.joined()
    let rows = (1...30).map { "create view v\($0) as select row(x, x) as x from v\($0 - 1);\n" }.joined()
    for text in [
      "create type a0 as (x int);\n\(types)create table t (c a45);",
      "create table v0 (x int);\n\(rows)",
    ] {
      guard case .failure(let errors) = SQLCompiler.compile(text) else {
        Issue.record("compiled")
        continue
      }
      #expect(errors.diagnostics.first?.message.hasPrefix("Type is nested more than 32 levels deep, or has more") == true)
    }
  }

  @Test func emptyPrograms() throws {
    for text in ["", " ; ;", "-- nothing", "/* nothing */"] {
      let program = try SQLCompiler.compile(text).get()
      #expect(program.tables.isEmpty && program.views.isEmpty)
    }
    guard case .failure = SQLCompiler.query("", catalog: []) else {
      Issue.record("an empty query was accepted")
      return
    }
  }
}
