"""Views and tables that stand before the random ones of a program, for these to read: a recursive view, one whose rows follow
the clock, a table with LATENESS."""

from .case import Table, View
from .expressions import Column, magnitude
from .queries import Relation
from .sqltypes import BIGINT, INTEGER, TIMESTAMP

CLOCK = [f"2023-11-14 22:13:{second:02}" for second in range(10, 60, 3)] + ["2023-11-14 22:13:21.5", "2023-11-14 22:14:05"]
"""The driver's steps are a second apart, from 22:13:20 on."""


def recursive(rng, tables, name):
    """What can be reached from some rows of a table, by the pairs of another one."""
    fitting = [(t, a, b) for t in tables for a, ka in t.columns.items() for b, kb in t.columns.items()
               if a != b and str(ka) == str(kb) and ka.kind in ("INTEGER", "VARCHAR", "DATE", "BIGINT", "SMALLINT")]
    if not fitting:
        return None
    edges, a, b = rng.choice(fitting)
    kind = edges.columns[a]
    starts = [(t, c) for t in tables for c, k in t.columns.items() if str(k) == str(kind)]
    start, column = rng.choice(starts)
    first, word = f"SELECT s.{column}, s.{column} FROM {start.name} AS s", rng.choice(["UNION", "UNION ALL"])
    if rng.random() < 0.5:
        first = f"SELECT s.{a}, s.{b} FROM {edges.name} AS s"
    if rng.random() < 0.3:
        first += f" WHERE s.{rng.choice(list((edges if first.startswith(f'SELECT s.{a}, s.{b}') else start).columns))} IS NOT NULL"
    shape = rng.choice([
        f"SELECT r.c0, e.{b} FROM {{0}} AS r JOIN {edges.name} AS e ON r.c1 = e.{a}",
        f"SELECT e.{a}, r.c1 FROM {edges.name} AS e JOIN {{0}} AS r ON r.c0 = e.{b}",
        f"SELECT e.{a}, e.{b} FROM {edges.name} AS e WHERE e.{a} IN (SELECT r.c1 FROM {{0}} AS r)"])
    limit = '' if rng.random() < 0.7 else f" WHERE e.{b} IS NOT NULL"
    if " WHERE " in shape:
        limit = limit.replace("WHERE", "AND")
    # The fixed point is a set, whatever the word; DuckDB's UNION ALL would not end.
    ours = f"{first} {word} {shape.format(name)}{limit}"
    head, rest = ours.split(" FROM ", 1)
    items = head[7:].split(", ")
    ours = f"SELECT {items[0]} AS c0, {items[1]} AS c1 FROM {rest}"
    theirs = f"WITH RECURSIVE rec(c0, c1) AS ({first} UNION {shape.format('rec')}{limit}) SELECT * FROM rec"
    view = View(name, ours, theirs, adhoc=False, declared=f"c0 {kind}, c1 {kind}")
    columns = [Column(None, kind, magnitude(kind), name=n) for n in ("c0", "c1")]
    return view, Relation(name, columns, 100)


def temporal(rng, tables, name):
    """Rows around the present."""
    fitting = [(t, c) for t in tables for c, k in t.columns.items() if k == TIMESTAMP]
    if not fitting:
        return None
    table, column = rng.choice(fitting)
    before, after = rng.choice([0, 2, 5, 10]), rng.choice([0, 1, 5])
    parts = [f"x.{column} {rng.choice(['>=', '>'])} {{now}} - INTERVAL '{before}' SECOND"]
    if rng.random() < 0.4:
        parts.append(f"x.{column} {rng.choice(['<=', '<'])} {{now}} + INTERVAL '{after}' SECOND")
    if rng.random() < 0.3:
        parts = parts[1:] or [f"x.{column} <= {{now}}"]
    query = f"SELECT {', '.join(f'x.{c} AS c{i}' for i, c in enumerate(table.columns))} FROM {table.name} AS x WHERE {' AND '.join(parts)}"
    view = View(name, query.format(now="NOW()"), query.format(now="(SELECT now FROM clock)"), adhoc=table.materialized)
    columns = [Column(None, k, magnitude(k), name=f"c{i}") for i, k in enumerate(table.columns.values())]
    return table, column, view, Relation(name, columns, 20)


class Flow:
    """A column that goes on from step to step, and how far behind rows may come."""

    def __init__(self, rng):
        self.rng = rng
        self.greatest = None
        self.slack = rng.choice([0, 2, 5])
        self.behind = None
        """The greatest value before this step."""

    def begin(self):
        self.behind = self.greatest

    def next(self):
        rng = self.rng
        base = rng.randint(0, 5) if self.behind is None else self.behind
        value = base + rng.randint(-self.slack, 4) if self.behind is not None else base
        self.greatest = value if self.greatest is None else max(self.greatest, value)
        return value

    def holds(self, value):
        return self.behind is None or value >= self.behind - self.slack


def late_table(rng, name, made):
    """A table like `made`, with a column `t` in front that has LATENESS; and the source of its values."""
    flow = Flow(rng)
    kind = rng.choice([BIGINT, INTEGER])
    table = Table(name, {"t": kind, **made.columns}, None, made.not_null | {"t"}, lateness=("t", str(flow.slack)), materialized=made.materialized)
    return table, flow
