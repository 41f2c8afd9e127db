import DataModel
import Dataflow
import SQLFrontend

/// Tables and views over which the tests run random steps. Doubles are multiples of 0.25, so that sums are exact.
enum SampleProgram {
  static let tables = """
    create table orders (id bigint not null primary key, customer int, amount decimal(10, 2), note varchar(20),
      placed timestamp) with ('materialized' = 'true');
    create table customers (id int not null primary key, name varchar, region varchar);
    create table events (kind varchar, value int, flag boolean, score double) with ('materialized' = 'true');
    """

  /// Name and query; later ones may read earlier ones.
  static let views: [(name: String, query: String)] =
    [
      ("copies", "select * from events"),
      ("big_orders", "select id, amount from orders where amount > 50"),
      (
        "computed",
        "select id, amount * 2 as twice, coalesce(note, 'none') as note, id % 3 as bucket from orders"
      ),
      ("null_logic", "select kind from events where not (flag and value > 2)"),
      ("null_either", "select value, flag from events where flag is null or value is null"),
      (
        "cases",
        "select kind, case when value > 3 then 'high' when value > 0 then 'low' else null end as level from events"
      ),
      ("safe_ratio", "select case when value = 0 then null else 12 / value end as ratio from events"),
      ("likes", "select name from customers where name like '%a%' or name like 'b_'"),
      (
        "texts",
        "select upper(name) as name, char_length(name) as size, substring(name, 1, 2) as head from customers"
      ),
      (
        "dates",
        "select extract(year from placed) as y, extract(dow from placed) as d, count(*) as n from orders group by 1, 2"
      ),
      (
        "casts",
        "select cast(amount as int) as whole, cast(id as varchar) as shown, cast(value as double) as v "
          + "from orders, events where orders.customer = events.value"
      ),
      ("joined", "select o.id, c.name, o.amount from orders o join customers c on o.customer = c.id"),
      (
        "joined_more",
        "select o.id, c.name from orders o join customers c on o.customer = c.id and o.amount > 20"
      ),
      ("wide_condition", "select o.id, c.id as c from orders o join customers c on o.customer < c.id"),
      ("crossed", "select c.id, e.kind from customers c, events e where e.value > 4"),
      (
        "pairs",
        "select a.id as a, b.id as b from customers a join customers b on a.region = b.region where a.id < b.id"
      ),
      ("same_twice", "select a.value as x, b.value as y from events a join events b on a.kind = b.kind"),
      (
        "triple",
        "select o.id, c.name, e.score from orders o join customers c on o.customer = c.id "
          + "join events e on e.value = c.id"
      ),
      ("using_view", "select j.name, sum(j.amount) as total from joined j group by j.name"),
      ("view_join", "select a.id, b.twice from big_orders a join computed b on a.id = b.id"),
      (
        "totals",
        "select count(*) as n, sum(amount) as s, min(amount) as low, max(amount) as high from orders"
      ),
      (
        "per_customer",
        "select customer, count(*) as n, sum(amount) as s, avg(amount) as mean from orders group by customer"
      ),
      (
        "per_kind",
        "select kind, count(value) as n, sum(value) as s, avg(value) as mean, min(value) as low, "
          + "max(value) as high from events group by kind"
      ),
      (
        "scores",
        "select flag, sum(score) as s, min(score) as low, max(score) as high from events group by flag"
      ),
      ("averages", "select kind, avg(score) as mean from events group by kind"),
      ("having_many", "select kind, count(*) as n from events group by kind having count(*) > 2"),
      (
        "having_sum",
        "select customer from orders group by customer having sum(amount) > 100 and max(id) < 900"
      ),
      ("distinct_kinds", "select distinct kind, flag from events"),
      (
        "counted_once",
        "select flag, count(distinct value) as n, sum(distinct value) as s from events group by flag"
      ),
      (
        "text_extremes", "select region, min(name) as first, max(name) as last from customers group by region"
      ),
      ("unions", "select id from customers union select customer from orders where customer is not null"),
      ("union_all", "select value from events union all select customer from orders"),
      (
        "with_cte",
        "with h as (select customer, sum(amount) as s from orders group by customer) "
          + "select c.name, h.s from h join customers c on c.id = h.customer"
      ),
      (
        "cte_twice",
        "with k as (select kind, count(*) as n from events group by kind) "
          + "select a.kind, b.kind as other from k a join k b on a.n = b.n and a.kind < b.kind"
      ),
      (
        "from_subquery",
        "select n, count(*) as times from (select customer, count(*) as n from orders group by customer) t group by n"
      ),
      ("nested", "select max(s) as best from (select sum(score) as s from events group by kind) t"),
      ("grouped_expression", "select value % 2 as parity, count(*) as n from events group by value % 2"),
      ("in_list", "select id from orders where customer in (1, 3, 5) and note not in ('x')"),
      ("between_them", "select id from orders where amount between 10 and 60"),
      ("extremes", "select greatest(value, 2) as g, least(value, 2) as l, nullif(value, 3) as n from events"),
      ("nothing_known", "select value from events where flag is distinct from true"),
      ("constants", "select * from (values (1, 'a'), (2, 'b'), (2, 'b')) as t (n, s)"),
      (
        "constant_join",
        "select c.name, t.s from customers c join (values (1, 'one'), (2, 'two')) as t (n, s) on c.id = t.n"
      ),
      ("second_level", "select name, count(*) as n from using_view where total > 10 group by name"),
      (
        "decimals",
        "select customer, sum(amount * 0.25) as q, sum(amount) / count(*) as mean from orders "
          + "where amount is not null group by customer"
      ),
    ] + JoinViews.views + WindowViews.views + QueryViews.views + NestedViews.views
    + ComparisonViews.views

  static func text(_ kind: String = "materialized view") -> String {
    tables + views.map { "create \(kind) \($0.name) as \($0.query);" }.joined(separator: "\n")
  }
}

/// What a table holds, and random changes to it.
struct TableModel {
  let name: SQLIdentifier
  let schema: Schema
  private(set) var rows: ZSet = [:]
  /// Key to row, for tables with a PRIMARY KEY (the first column).
  private var keyed: [Value: Row] = [:]

  init(_ table: TableDefinition) {
    name = table.name
    schema = table.schema
  }

  /// Applies random records and gives them as input.
  mutating func change(_ random: inout SeededGenerator) -> TableInput {
    var records: [(ChangeKind, Row, UInt64)] = []
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      records.append(schema.primaryKey == nil ? plainRecord(&random) : keyedRecord(&random))
    }
    if schema.primaryKey != nil { rows = Dictionary(uniqueKeysWithValues: keyed.values.map { ($0, 1) }) }
    let hasUpdates = records.contains { $0.0 == .update }
    return TableInput(
      table: name,
      changes: [
        ChangeBatch(
          columns: columns(records.map(\.1), schema.physicalTypes), kinds: records.map(\.0.rawValue),
          presence: hasUpdates ? records.map(\.2) : [])
      ])
  }

  private mutating func plainRecord(_ random: inout SeededGenerator) -> (ChangeKind, Row, UInt64) {
    let candidates = rows.keys.sorted { "\($0)" < "\($1)" }
    if let old = candidates.randomElement(using: &random), Int.random(in: 0..<5, using: &random) < 2 {
      rows.add(old, -1)
      return (.delete, old, ~0)
    }
    let row = randomRow(&random)
    rows.add(row, 1)
    return (.insert, row, ~0)
  }

  private mutating func keyedRecord(_ random: inout SeededGenerator) -> (ChangeKind, Row, UInt64) {
    var row = randomRow(&random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0:
      keyed[row[0]] = nil
      return (.delete, row, ~0)
    case 1:
      // Columns that are not named come as NULL and keep their value.
      let named = UInt64.random(in: 0..<(1 << UInt64(row.count)), using: &random) | 1
      for column in row.indices where named >> UInt64(column) & 1 == 0 { row[column] = .null }
      if let old = keyed[row[0]] {
        keyed[row[0]] = row.indices.map { named >> UInt64($0) & 1 == 1 ? row[$0] : old[$0] }
      }
      return (.update, row, named)
    default:
      keyed[row[0]] = row
      return (.insert, row, ~0)
    }
  }

  private func randomRow(_ random: inout SeededGenerator) -> Row {
    schema.fields.map { field in
      if field.nullable, Int.random(in: 0..<5, using: &random) == 0 { return .null }
      switch field.type {
      case .boolean: return .boolean(Bool.random(using: &random))
      case .double: return .float64(Double(Int.random(in: -8...8, using: &random)) / 4)
      case .decimal: return .int128(Int128.random(in: -2000...10_000, using: &random))
      case .timestamp: return .int64(Int64.random(in: 0...2, using: &random) * 40_000_000_000_000)
      case .varchar: return .text(["a", "b", "ab", "bä", "carla", "x"].randomElement(using: &random) ?? "")
      default: return .int64(Int64.random(in: 0...6, using: &random))
      }
    }
  }
}
