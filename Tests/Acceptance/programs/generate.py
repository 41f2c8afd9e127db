"""One random case from a seed."""

from . import special
from .case import Case, Contents, Table, View
from .dice import Dice
from .expressions import Column, magnitude, some_type
from .queries import Queries, Relation
from .sqltypes import INTEGER

NAMES = ["a", "b", "c", "d", "e", "f", "g"]


class Pool:
    """The values of one column: few, so that keys meet."""

    def __init__(self, rng, kind, nullable):
        self.rng = rng
        self.values = [rng.value(kind) for _ in range(rng.choice([1, 2, 3, 4, 6, 12]))]
        self.nulls = rng.choice([0.0, 0.05, 0.1, 0.3]) if nullable else 0.0

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
    not_null = [n for n in names if rng.random() < 0.3]
    # Several workers share the rows of a table that nobody looks up.
    return Table(f"t{number}", columns, key, not_null, materialized=key is not None or rng.random() < 0.7)


def limits(rng, made):
    """Integer columns that hold the greatest values of their type; arithmetic keeps away from them."""
    return {n: k.limit for n, k in made.columns.items() if k.kind in ("INTEGER", "BIGINT") and n != "a" and rng.random() < 0.06}


def pools(rng, made, wide):
    result = {n: Pool(rng, k, n not in made.not_null) for n, k in made.columns.items()}
    for name, limit in wide.items():
        result[name].values = [limit, -limit, limit - 1, 1]
    if made.key:
        result[made.key[0]].values = list(range(rng.choice([4, 10, 25])))
    return result


def step(rng, tables, values, contents, size):
    """Changes in random order; `contents` follows them."""
    changes = []
    for made in tables:
        if made.lateness:
            values[made.name]["t"].begin()
        is_first = not contents.all(made.name)
        if not is_first and rng.random() < 0.3:
            continue
        for _ in range(rng.randint(size // 2, size) if is_first else rng.randint(0, size)):
            row = {n: values[made.name][n].next() for n in made.columns}
            kind = rng.choice(["insert", "insert", "insert", "delete", "update" if made.key else "delete"])
            if is_first and rng.random() < 0.8:
                kind = "insert"
            if kind == "delete" and not made.key:
                held = [r for r in contents.all(made.name) if not made.lateness or values[made.name]["t"].holds(r["t"])]
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


def emptied(rng, tables, contents):
    """Everything goes from one table, or from all."""
    chosen = [t for t in tables if not t.lateness]
    if rng.random() < 0.6:
        chosen = chosen[:1]
    changes = []
    for made in chosen:
        rows = [dict(r) for r in contents.all(made.name)]
        changes += [(made.name, "delete", {n: r[n] for n in made.key} if made.key else r) for r in rows]
    for change in changes:
        contents.apply(change)
    return changes


POISON = 31111


def poison(rng, tables, views, wide):
    """A view that fails for one value, and the change that brings it: the step must leave nothing behind."""
    fitting = [(t, n) for t in tables for n, k in t.columns.items() if k.kind in ("INTEGER", "BIGINT") and n not in wide[t.name]]
    if not fitting:
        return None
    made, name = rng.choice(fitting)
    sql = f"SELECT SUM(1 / ({name} - {POISON})) AS c0 FROM {made.name}"
    views.insert(rng.randint(0, len(views)), View("poisoned", sql, sql.replace("/", "//"), adhoc=made.materialized))
    row = {n: rng.value(k) for n, k in made.columns.items()}
    return made.name, "poison", {**row, name: POISON}


def early_delete(rng, tables, values):
    """A row of a table without key that is taken away before it is there; it follows in the next step."""
    plain = [t for t in tables if not t.key and not t.lateness]
    if not plain:
        return None
    made = rng.choice(plain)
    return made.name, {n: values[made.name][n].next() for n in made.columns}


def sorted_out(case):
    """The case without changes that take away rows which are not there, or that should fail where nothing fails."""
    contents = Contents(case.tables)
    can_fail = any(v.name == "poisoned" for v in case.views)
    steps = []
    for changes in case.steps:
        if any(c and c[1] == "poison" for c in changes):
            # All of it or nothing: it leaves the tables as they were.
            steps += [changes] if can_fail else []
        else:
            steps.append([c for c in changes if c is None or contents.apply(c)])
    return case.but(steps=steps)


def case(seed):
    rng = Dice(seed)
    tables = [table(rng, n) for n in range(rng.choice([1, 2, 2, 3]))]
    flows = {}
    if rng.random() < 0.06:
        for index, made in enumerate(tables):
            if index == 0 or rng.random() < 0.5:
                tables[index], flows[made.name] = special.late_table(rng, made.name, made)
    wide = {t.name: limits(rng, t) for t in tables}
    values = {t.name: pools(rng, t, wide[t.name]) for t in tables}
    for name, flow in flows.items():
        values[name]["t"] = flow
    relations = []
    for made in tables:
        columns = [
            Column(None, k, wide[made.name].get(n, magnitude(k)), name=n, nullable=n not in made.not_null) for n, k in made.columns.items()]
        relations.append(Relation(made.name, columns, 25, adhoc=made.materialized))
    views = []
    roll = rng.random()
    if roll < 0.05:
        made = special.recursive(rng, tables, "r0")
        if made:
            views.append(made[0])
            relations += [made[1]] * 2
    elif roll < 0.09 and not flows:
        made = special.temporal(rng, tables, "n0")
        if made:
            holder, column, view, relation = made
            if column not in (holder.key or []):
                values[holder.name][column].values = special.CLOCK
                views.append(view)
                relations += [relation] * 2
    for number in range(rng.randint(1, 4)):
        queries = Queries(rng, relations)
        query = queries.query(rng.choice([1, 2, 2, 3]), top=True)
        kind = rng.choice(["", "", "LOCAL"]) if rng.random() < 0.15 else "MATERIALIZED"
        name = f"v{number}"
        if views and rng.random() < 0.06:
            # Equal plans share their nodes.
            views.append(View(name, views[-1].ours, views[-1].theirs, kind, views[-1].adhoc, views[-1].tree))
            continue
        views.append(View(
            name, query.node.render(0), query.node.render(1), kind, not queries.reads_plain, query.node))
        if query.exact and query.rows < 300:
            relations.append(Relation(name, query.columns, query.rows, adhoc=kind == "MATERIALIZED"))
    contents = Contents(tables)
    steps = []
    poisoned = poison(rng, tables, views, wide) if rng.random() < 0.1 and not flows else None
    size = rng.choice([3, 6, 12, 12, 25])
    if all(v.tree is None or v.ours.count("JOIN") + v.ours.count(" IN (SELECT") < 1 for v in views) and rng.random() < 0.2:
        size = 150
    for _ in range(rng.choice([2, 3, 4, 5, 6, 12, 25])):
        steps.append(step(rng, tables, values, contents, size if steps else max(size, 20)))
        if rng.random() < 0.05:
            steps.append(emptied(rng, tables, contents))
        if rng.random() < 0.04:
            owed = early_delete(rng, tables, values)
            if owed:
                steps[-1].append((owed[0], "owe", owed[1]))
                steps.append([(owed[0], "insert", owed[1])])
        if poisoned and rng.random() < 0.5:
            steps.append([*step(rng, tables, values, Contents(tables), 3), poisoned])
        if rng.random() < 0.2:
            steps.append(rng.choice([[None], [("", "checkpoint", {})]]))
    # Bytes after which state goes to files: none at all, or what a few batches take.
    memory = rng.choice([0, 0, 2000, 20_000]) if rng.random() < 0.2 else None
    return sorted_out(Case(tables, views, steps, memory))
