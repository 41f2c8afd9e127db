"""One random case from a seed."""

import random

from .case import Case, Contents, Table, View
from .expressions import Column, magnitude, some_type
from .queries import Queries, Relation
from .sqltypes import INTEGER, random_value

NAMES = ["a", "b", "c", "d", "e", "f", "g"]


class Pool:
    """The values of one column: few, so that keys meet."""

    def __init__(self, rng, kind, nullable):
        self.rng = rng
        self.values = [random_value(rng, kind) for _ in range(rng.choice([1, 2, 3, 4, 6, 12]))]
        self.nulls = rng.choice([0.0, 0.1, 0.4]) if nullable else 0.0

    def next(self):
        if self.nulls and self.rng.random() < self.nulls:
            return None
        # The first value is frequent.
        return self.values[0] if self.rng.random() < 0.3 else self.rng.choice(self.values)


def table(rng, number):
    names = NAMES[:rng.randint(2, 5)]
    columns = {name: some_type(rng) for name in names}
    key = None
    if rng.random() < 0.45:
        key = [names[0]] if rng.random() < 0.7 else names[:2]
        columns[names[0]] = INTEGER
    not_null = [n for n in names if rng.random() < 0.2]
    return Table(f"t{number}", columns, key, not_null)


def pools(rng, made):
    result = {n: Pool(rng, k, n not in made.not_null) for n, k in made.columns.items()}
    if made.key:
        result[made.key[0]].values = list(range(rng.choice([4, 10, 25])))
    return result


def step(rng, tables, values, contents, size):
    """Changes in random order; `contents` follows them."""
    changes = []
    for made in tables:
        if rng.random() < 0.25:
            continue
        for _ in range(rng.randint(0, size)):
            row = {n: values[made.name][n].next() for n in made.columns}
            kind = rng.choice(["insert", "insert", "insert", "delete", "update"])
            if kind == "delete" and not made.key:
                held = contents.all(made.name)
                if not held:
                    continue
                row = dict(rng.choice(held))
            elif kind == "delete":
                row = {n: row[n] for n in made.key}
            elif kind == "update":
                if not made.key:
                    continue
                row = {n: v for n, v in row.items() if n in made.key or rng.random() < 0.5}
            change = (made.name, kind, row)
            contents.apply(change)
            changes.append(change)
    rng.shuffle(changes)
    return changes


def sorted_out(case):
    """The case without changes that take away rows which are not there."""
    contents = Contents(case.tables)
    steps = [[c for c in s if c is None or contents.apply(c)] for s in case.steps]
    return Case(case.tables, case.views, steps)


def case(seed):
    rng = random.Random(seed)
    tables = [table(rng, n) for n in range(rng.choice([1, 2, 2, 3]))]
    values = {t.name: pools(rng, t) for t in tables}
    relations = []
    for made in tables:
        columns = [
            Column(None, k, magnitude(k), name=n, nullable=n not in made.not_null) for n, k in made.columns.items()]
        relations.append(Relation(made.name, columns, 25))
    views = []
    for number in range(rng.randint(1, 4)):
        queries = Queries(rng, relations)
        query = queries.query(rng.choice([1, 2, 2, 3]), top=True)
        kind = rng.choice(["", "", "LOCAL"]) if rng.random() < 0.15 else "MATERIALIZED"
        name = f"v{number}"
        views.append(View(
            name, query.node.render(0), query.node.render(1), kind, not queries.reads_plain, query.node))
        if query.exact and query.rows < 300:
            relations.append(Relation(name, query.columns, query.rows, adhoc=kind == "MATERIALIZED"))
    contents = Contents(tables)
    steps = []
    size = rng.choice([2, 4, 8, 8, 16])
    for _ in range(rng.choice([2, 3, 4, 5, 6, 12])):
        steps.append(step(rng, tables, values, contents, size))
        if rng.random() < 0.2:
            steps.append([None])
    return sorted_out(Case(tables, views, steps))
