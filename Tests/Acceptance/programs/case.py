"""One program with its stream of changes; all that is needed to run it again, as plain data."""

import json

from .sqltypes import SqlType, literal, record


class Table:
    def __init__(self, name, columns, key=None, not_null=(), rows=None, lateness=None, materialized=True):
        self.name = name
        self.columns = columns
        """Name to SqlType."""
        self.key = key
        self.not_null = set(not_null) | set(key or ())
        self.rows = rows
        self.lateness = lateness
        self.materialized = materialized
        """A column, and its LATENESS as SQL. No row is late: what the query keeps for it is dropped unseen."""

    def ddl(self, ours):
        parts = [f"{n} {t}{' NOT NULL' if n in self.not_null else ''}{self.late(n) if ours else ''}" for n, t in self.columns.items()]
        if ours and self.key:
            parts.append(f"PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE {self.name} ({', '.join(parts)})" + (" WITH ('materialized' = 'true');" if ours and self.materialized else ";")


    def late(self, name):
        return f" LATENESS {self.lateness[1]}" if self.lateness and self.lateness[0] == name else ""


class View:
    def __init__(self, name, ours, theirs, kind="MATERIALIZED", adhoc=True, tree=None, declared=""):
        self.name = name
        self.ours = ours
        self.theirs = theirs
        self.kind = kind
        self.adhoc = adhoc
        """Whether it reads only what ad-hoc queries may read."""
        self.tree = tree
        self.declared = declared
        """Columns of a recursive view."""

    def ddl(self):
        before = f"DECLARE RECURSIVE VIEW {self.name} ({self.declared});\n" if self.declared else ""
        return before + f"CREATE {self.kind + ' ' if self.kind else ''}VIEW {self.name} AS {self.ours};"

    def retold(self, tree):
        return View(self.name, tree.render(0), tree.render(1), self.kind, self.adhoc, tree)


class Case:
    """`steps` holds lists of (table, kind, row). A step [None] restarts the circuit from a checkpoint; a change of kind `checkpoint`
    stands alone and takes one, `poison` must make its step fail, `owe` takes away a row that the next step brings."""

    def __init__(self, tables, views, steps, memory=None):
        self.tables = tables
        self.views = views
        self.steps = steps
        self.memory = memory
        """Bytes that the state may take before it goes to files."""

    def but(self, tables=None, views=None, steps=None):
        """The same case with other parts."""
        return Case(self.tables if tables is None else tables, self.views if views is None else views,
                    self.steps if steps is None else steps, self.memory)

    def program(self):
        return "\n".join([t.ddl(True) for t in self.tables] + [v.ddl() for v in self.views])

    def to_json(self):
        return json.dumps({
            "tables": [
                {"name": t.name, "columns": {n: str(k) for n, k in t.columns.items()}, "key": t.key,
                 "not_null": sorted(t.not_null), **({"lateness": t.lateness} if t.lateness else {}),
                 **({} if t.materialized else {"materialized": False})} for t in self.tables],
            "views": [{"name": v.name, "kind": v.kind, "adhoc": v.adhoc, "ours": v.ours, "theirs": v.theirs,
                       **({"declared": v.declared} if v.declared else {})} for v in self.views],
            "steps": self.steps,
            **({} if self.memory is None else {"memory": self.memory}),
        }, indent=1, ensure_ascii=False)

    @staticmethod
    def from_json(text):
        data = json.loads(text)
        tables = [
            Table(t["name"], {n: SqlType.parse(k) for n, k in t["columns"].items()}, t["key"], t["not_null"],
                  lateness=t.get("lateness"), materialized=t.get("materialized", True)) for t in data["tables"]]
        views = [View(v["name"], v["ours"], v["theirs"], v["kind"], v["adhoc"], declared=v.get("declared", "")) for v in data["views"]]
        return Case(tables, views, [[tuple(c) if c else None for c in step] for step in data["steps"]], data.get("memory"))


class Contents:
    """What the tables hold, by the rules of the product: a row with a known key replaces."""

    def __init__(self, tables):
        self.tables = {t.name: t for t in tables}
        self.rows = {t.name: {} if t.key else [] for t in tables}
        self.owed = []
        """Rows that were taken away before they came. While there are any, views hold no answer of a query."""

    def apply(self, change):
        """False when the change would take away a row that is not there."""
        name, kind, row = change
        if kind in ("poison", "checkpoint"):
            return True
        table, rows = self.tables[name], self.rows[name]
        if table.key is None:
            if kind == "owe":
                self.owed.append((name, row))
                return True
            if kind == "insert" and (name, row) in self.owed:
                self.owed.remove((name, row))
                return True
            if kind == "insert":
                rows.append(dict(row))
                return True
            if kind == "delete" and row in rows:
                rows.remove(row)
                return True
            return False
        key = tuple(row[c] for c in table.key)
        if kind == "insert":
            rows[key] = dict(row)
        elif kind == "delete":
            rows.pop(key, None)
        elif key in rows:
            rows[key] = {**rows[key], **row}
        return True

    def all(self, name):
        rows = self.rows[name]
        return list(rows.values()) if isinstance(rows, dict) else rows

    def insert_sql(self, name):
        table = self.tables[name]
        rows = [
            "(" + ", ".join(literal(row[c], k) for c, k in table.columns.items()) + ")" for row in self.all(name)]
        return f"INSERT INTO {name} VALUES {', '.join(rows)}" if rows else None


def records(step, tables):
    """The step as lines for each table, in order of the changes."""
    result = {}
    for name, kind, row in step:
        columns = next(t for t in tables if t.name == name).columns
        word = {"owe": "delete", "poison": "insert"}.get(kind, kind)
        result.setdefault(name, []).append(f'{{"{word}": {record(row, columns)}}}')
    return result
