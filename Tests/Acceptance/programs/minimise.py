"""Cuts a failing case down: views, steps, rows, pieces of the queries, as long as it fails in the same way."""

import time

from .generate import sorted_out
from .nodes import simpler
from .runner import Failure, failure_of


class Minimiser:
    def __init__(self, driver, oracle, kind, seconds):
        self.driver = driver
        self.oracle = oracle
        self.kind = kind
        self.deadline = time.monotonic() + seconds

    def fails(self, case):
        if time.monotonic() > self.deadline:
            return False
        found = failure_of(case, self.driver, self.oracle)
        return isinstance(found, Failure) and found.kind == self.kind

    def run(self, case):
        case = self.views(case)
        before = None
        while before != case.to_json() and time.monotonic() < self.deadline:
            before = case.to_json()
            case = self.steps(case)
            case = self.queries(case)
            case = self.views(case)
            case = self.rows(case)
            case = self.columns(case)
        return case

    def views(self, case):
        for index in reversed(range(len(case.views))):
            if len(case.views) > 1:
                less = sorted_out(case.but(views=case.views[:index] + case.views[index + 1:]))
                case = less if self.fails(less) else case
        for table in list(case.tables):
            less = case.but(tables=[t for t in case.tables if t is not table],
                            steps=[[c for c in s if c is None or c[0] != table.name] for s in case.steps])
            if less.tables and self.fails(less):
                case = less
        return case

    def steps(self, case):
        merged = sorted_out(case.but(steps=[[c for s in case.steps for c in s if c and c[1] not in ("checkpoint", "poison")]]))
        if self.fails(merged):
            case = merged
        index = len(case.steps) - 1
        while index >= 0:
            rest = case.steps[:index] + case.steps[index + 1:]
            candidates = [rest]
            pair = case.steps[index] + case.steps[index - 1]
            if index > 0 and not any(c is None or c[1] in ("checkpoint", "poison") for c in pair):
                candidates.append(case.steps[:index - 1] + [case.steps[index - 1] + case.steps[index]] + case.steps[index + 1:])
            for steps in candidates:
                less = sorted_out(case.but(steps=steps))
                if self.fails(less):
                    case = less
                    break
            index -= 1
        return case

    def rows(self, case):
        """Halves, quarters, ... of the changes."""
        size = max(1, sum(len(s) for s in case.steps) // 2)
        while size >= 1:
            places = [(i, j) for i, s in enumerate(case.steps) for j, c in enumerate(s) if c]
            start = 0
            while start < len(places):
                gone = set(places[start:start + size])
                steps = [[c for j, c in enumerate(s) if (i, j) not in gone] for i, s in enumerate(case.steps)]
                less = sorted_out(case.but(steps=steps))
                if self.fails(less):
                    case = less
                    places = [(i, j) for i, s in enumerate(case.steps) for j, c in enumerate(s) if c]
                else:
                    start += size
            size //= 2
        return case

    def queries(self, case):
        for index in range(len(case.views)):
            found = True
            while found and case.views[index].tree is not None and time.monotonic() < self.deadline:
                found = False
                seen = set()
                for tree in simpler(case.views[index].tree):
                    view = case.views[index].retold(tree)
                    if len(view.ours) >= len(case.views[index].ours) or view.ours in seen:
                        continue
                    seen.add(view.ours)
                    less = case.but(views=case.views[:index] + [view] + case.views[index + 1:])
                    if self.fails(less):
                        case, found = less, True
                        break
        return case

    def columns(self, case):
        """Table columns that no query names."""
        for table in case.tables:
            for name in list(table.columns):
                if len(table.columns) == 1 or name in (table.key or []):
                    continue
                less = without(case, table, name)
                if self.fails(less):
                    case, table = less, next(t for t in less.tables if t.name == table.name)
        return case


def without(case, table, name):
    columns = {n: k for n, k in table.columns.items() if n != name}
    kept = type(table)(table.name, columns, table.key, table.not_null - {name},
                       lateness=table.lateness if table.lateness and table.lateness[0] != name else None,
                       materialized=table.materialized)
    tables = [kept if t.name == table.name else t for t in case.tables]
    steps = [
        [c if c is None or c[0] != table.name else (c[0], c[1], {n: v for n, v in c[2].items() if n != name}) for c in s]
        for s in case.steps]
    return case.but(tables=tables, steps=steps)
