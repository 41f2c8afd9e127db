// Goal: types of operators and set operations follow the reference's rules for every pair of types.
// Method: one column of each type; the result type of an expression over two of them is read from a compiled
// view.

import DataModel
import SQLFrontend
import Testing

struct CoercionTests {
  private static let ddl = """
    create table t (ti tinyint not null, sm smallint not null, i int not null, bi bigint not null, \
    r real not null, \
    db double not null, d decimal(10, 2) not null, w decimal(30, 10) not null, \
    vc varchar not null, ch char(3) not null, \
    f date not null, g timestamp not null, tm time not null, h boolean not null, \
    ub varbinary not null, id uuid not null, n int);
    """

  private static func type(of expression: String) -> String {
    switch SQLCompiler.compile(ddl + "create view v as select \(expression) from t") {
    case .success(let program):
      program.views.first?.plan.output.first.map { column in
        column.type.description + (column.nullable ? "?" : "")
      } ?? "none"
    case .failure: "error"
    }
  }

  @Test(arguments: [
    ("ti + ti", "TINYINT"), ("ti + sm", "SMALLINT"), ("sm * i", "INTEGER"), ("i - bi", "BIGINT"),
    ("i / 2", "INTEGER"),
    ("bi % i", "BIGINT"), ("i + r", "REAL"), ("r * r", "REAL"), ("r + db", "DOUBLE"), ("d + db", "DOUBLE"),
    ("d + r", "DOUBLE"),
    ("d + i", "DECIMAL(13, 2)"), ("d + d", "DECIMAL(11, 2)"), ("d - w", "DECIMAL(31, 10)"),
    ("d * d", "DECIMAL(20, 4)"),
    ("w * w", "DECIMAL(38, 20)"), ("d / d", "DECIMAL(23, 13)"), ("d / i", "DECIMAL(21, 13)"),
    ("d % d", "DECIMAL(10, 2)"),
    ("i + n", "INTEGER?"), ("i + null", "INTEGER?"), ("i + 3000000000", "BIGINT"),
    ("i + 1.5", "DECIMAL(12, 1)"),
    ("i + 1e0", "DOUBLE"), ("h + 1", "error"), ("vc + 1", "error"), ("f + 1", "error"), ("r % r", "error"),
    ("-h", "error"),
    ("-2147483648", "INTEGER"), ("-9223372036854775808", "BIGINT"), ("9223372036854775808", "DECIMAL(19, 0)"),
    ("vc || ch", "VARCHAR"), ("ch || ch", "VARCHAR(6)"), ("ch || i", "error"), ("not h", "BOOLEAN"),
    ("not i", "error"),
  ])
  func operators(expression: String, expected: String) { #expect(Self.type(of: expression) == expected) }

  @Test(arguments: [
    ("i = bi", true), ("i = d", true), ("d = w", true), ("i = r", true), ("vc = ch", true), ("f = g", true),
    ("f = '2024-01-01'", true),
    ("i = '5'", true), ("g < '2024-01-01 00:00:00'", true), ("h = true", true),
    ("id = '00000000-0000-0000-0000-000000000000'", true),
    ("tm = '10:00:00'", true), ("ub = x'00'", true), ("vc = f", true), ("h = 'true'", true),
    ("h = i", false), ("f = i", false), ("f = tm", false), ("ub = vc", false), ("id = i", false),
    ("g = db", false),
  ])
  func comparisons(expression: String, comparable: Bool) {
    #expect(Self.type(of: expression) == (comparable ? "BOOLEAN" : "error"))
  }

  @Test(arguments: [
    ("case when h then i else bi end", "BIGINT"), ("case when h then i else d end", "DECIMAL(12, 2)"),
    ("case when h then i else null end", "INTEGER?"), ("case when h then ch else 'abcdef' end", "VARCHAR(6)"),
    ("case when h then f else g end", "TIMESTAMP"), ("case when h then i else vc end", "error"),
    ("coalesce(n, 1)", "INTEGER"), ("coalesce(n, n)", "INTEGER?"), ("coalesce(n, d)", "DECIMAL(12, 2)"),
    ("nullif(i, 1)", "INTEGER?"), ("greatest(ti, bi)", "BIGINT"), ("if(h, 1, 2.5)", "DECIMAL(11, 1)"),
  ])
  func branches(expression: String, expected: String) { #expect(Self.type(of: expression) == expected) }

  @Test(arguments: [
    ("sum(ti)", "BIGINT?"), ("sum(d)", "DECIMAL(38, 2)?"), ("sum(r)", "DOUBLE?"), ("sum(db)", "DOUBLE?"),
    ("avg(i)", "INTEGER?"),
    ("avg(d)", "DECIMAL(10, 2)?"), ("avg(r)", "DOUBLE?"), ("count(n)", "BIGINT"), ("min(vc)", "VARCHAR?"),
    ("max(f)", "DATE?"),
    ("max(h)", "BOOLEAN?"), ("sum(vc)", "error"), ("avg(f)", "error"),
  ])
  func aggregates(expression: String, expected: String) { #expect(Self.type(of: expression) == expected) }

  @Test(arguments: [
    ("i", "varchar", true), ("vc", "int", true), ("d", "int", true), ("db", "decimal(5, 1)", true),
    ("f", "timestamp", true),
    ("g", "date", true), ("g", "time", true), ("vc", "uuid", true), ("h", "varchar", true),
    ("h", "int", false),
    ("f", "int", false), ("tm", "date", false), ("ub", "varchar", true), ("i", "date", false),
    ("id", "int", false),
  ])
  func casts(column: String, type: String, allowed: Bool) {
    #expect((Self.type(of: "cast(\(column) as \(type))") != "error") == allowed)
  }

  @Test(arguments: [
    ("boolean", ColumnType.boolean), ("tinyint", .tinyint), ("int2", .smallint), ("int4", .integer),
    ("int8", .bigint),
    ("integer", .integer), ("real", .real), ("float4", .real), ("float", .double), ("float8", .double),
    ("double precision", .double),
    ("double", .double), ("decimal(10, 2)", .decimal(precision: 10, scale: 2)),
    ("numeric(5)", .decimal(precision: 5, scale: 0)),
    ("dec(4, 4)", .decimal(precision: 4, scale: 4)), ("char(3)", .char(length: 3)),
    ("character(3)", .char(length: 3)),
    ("character varying(9)", .varchar(length: 9)), ("varchar", .varchar(length: nil)),
    ("string", .varchar(length: nil)),
    ("text", .varchar(length: nil)), ("varbinary", .varbinary(length: nil)),
    ("binary varying(4)", .varbinary(length: 4)),
    ("bytea", .varbinary(length: nil)), ("date", .date), ("time", .time), ("timestamp", .timestamp),
    ("timestamp(3)", .timestamp),
    ("uuid", .uuid),
  ])
  func typeNames(text: String, expected: ColumnType) throws {
    let program = try SQLCompiler.compile("create table t (a \(text))").get()
    #expect(program.tables.first?.schema.fields.first?.type == expected)
  }
}
