"""Two answers as bags of rows: exact, but for floats that were computed in different order."""

import collections
import math


def _order(cell):
    if isinstance(cell, float):
        rounded = 0.0 if abs(cell) < 1e-5 or math.isnan(cell) else float(f"{cell:.5e}")
        return (1, math.isnan(cell), rounded)
    return (2, cell is None, str(cell))


def _close(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=2e-5)
    return a == b and type(a) is type(b)


def difference(ours, theirs):
    """None when both bags are equal; else what is only in one of them. Both are Counters of canonical rows."""
    if ours == theirs:
        return None
    only_ours = list((ours - theirs).elements())
    only_theirs = list((theirs - ours).elements())
    if len(only_ours) == len(only_theirs) and _pairs(only_ours, only_theirs):
        return None
    return only_ours, only_theirs


def _pairs(left, right):
    """Whether the rows can be paired so that only floats differ, and these by rounding."""
    exact = collections.defaultdict(lambda: ([], []))
    for side, rows in enumerate((left, right)):
        for row in rows:
            exact[tuple((type(c), None if isinstance(c, float) else c) for c in row)][side].append(row)
    for a, b in exact.values():
        if len(a) != len(b):
            return False
        a.sort(key=lambda row: [_order(c) for c in row])
        b.sort(key=lambda row: [_order(c) for c in row])
        if not all(_close(x, y) for p, q in zip(a, b) for x, y in zip(p, q)):
            return False
    return True
