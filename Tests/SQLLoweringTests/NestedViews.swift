/// Views of `SampleProgram` that take arrays apart and put them together.
enum NestedViews {
  static let views: [(name: String, query: String)] = [
    ("unnest_made", "select e.kind, x from events e, unnest(array[e.value, e.value + 1, null]) as t (x)"),
    (
      "unnest_left",
      "select id, w, n from orders left join unnest(split(note, 'a')) with ordinality as t (w, n) on true"
    ),
    (
      "unnest_alias",
      "select item, count(*) as n from events cross join unnest(array[value, 1]) as item group by item"
    ),
    ("unnest_map", "select kind, k, v from events, unnest(map['v', value, 'w', 2]) as m (k, v)"),
    (
      "unnest_rows",
      "select kind, a, b, n from events, unnest(array[row(value, flag), row(1, true)]) with ordinality "
        + "as r (a, b, n)"
    ),
    (
      "unnest_product",
      "select value, x, y, n from events, unnest(array[value, 2], split(kind, 'b')) with ordinality "
        + "as t (x, y, n)"
    ),
    (
      "unnest_exists",
      "select kind, value from events e where exists "
        + "(select 1 from unnest(array[e.value, 3]) as t (x) where x > 4)"
    ),
    (
      "unnest_scalar",
      "select value, (select sum(x) from unnest(array[e.value, 1]) as t (x)) as s from events e"
    ),
    (
      "unnest_filtered",
      "select kind, x from events, unnest(array[value, 2]) as t (x) "
        + "where kind = 'a' and x > 1 and value % 2 = 0"
    ),
    (
      "unnest_joined",
      "select e.kind, c.name from events e, unnest(array[e.value, 1]) as t (x) join customers c on c.id = x"
    ),
    (
      "transformed",
      "select id, transform(split(note, 'a'), s -> s || cast(customer as varchar)) as t, "
        + "array_exists(split(note, ''), s -> s = 'b' or customer > 3) as e from orders"
    ),
    (
      "transformed_groups",
      "select kind, transform(array_agg(value), x -> cast(x as varchar) || kind) as t from events group by kind"
    ),
    ("unnest_alone", "select x, n from unnest(array[3, 1, null]) with ordinality as t (x, n)"),
    ("arrays", "select kind, array_agg(value) as vs, count(*) as n from events group by kind"),
    ("arrays_bare", "select flag, array_agg(distinct value) as vs from events group by flag"),
    (
      "arrays_ordered",
      "select customer, array_agg(id order by amount desc, id) as ids, "
        + "array_agg(note order by id) filter (where amount > 10) as notes, sum(amount) as s "
        + "from orders group by customer"
    ),
    (
      "arrays_all",
      "select array_agg(id) as ids, array_agg(note ignore nulls) as notes, max(id) as m from orders"
    ),
    (
      "bits",
      "select kind, bit_and(value) as a, bit_or(value) as o, bit_xor(value) as x, mode(value) as m, "
        + "bit_xor(distinct value) as d from events group by kind"
    ),
    (
      "texts_joined",
      "select region, listagg(name, '-') within group (order by name desc) as names, "
        + "string_agg(distinct name, '+') as few from customers group by region"
    ),
    ("arrays_back", "select kind, x from arrays, unnest(vs) as t (x)"),
    (
      "arrays_correlated",
      "select c.id, (select array_agg(o.id) from orders o where o.customer = c.id) as ids from customers c"
    ),
    (
      "arrays_sets",
      "select kind, flag, array_agg(value) as vs, bit_or(value) as b from events group by rollup (kind, flag)"
    ),
    ("arrays_having", "select kind from events group by kind having cardinality(array_agg(value)) > 2"),
    ("any_values", "select kind, any_value(value) as v, count(value, flag) as n from events group by kind"),
    (
      "regressions",
      "select kind, regr_count(score, value) as n, regr_sxx(score, value) as x, regr_syy(score, value) as y "
        + "from events group by kind"
    ),
    (
      "past_nulls",
      "select kind, value, lag(value) ignore nulls over (order by score, kind) as a, "
        + "lead(value, 2, -1) ignore nulls over (order by score, kind) as b, "
        + "first_value(value) ignore nulls over (partition by kind order by score, flag "
        + "rows between 1 preceding and 1 following) as c, "
        + "last_value(flag) ignore nulls over (partition by kind order by score, flag) as d from events"
    ),
    (
      "shares",
      "select kind, percent_rank() over (partition by kind order by value) as p, "
        + "cume_dist() over (order by value) as c from events"
    ),
    (
      "near_amounts",
      "select id, sum(amount) over (order by amount range between 10.5 preceding and 0.25 following) as s, "
        + "count(*) over (order by amount desc range between 7 preceding and current row) as n from orders"
    ),
  ]
}
