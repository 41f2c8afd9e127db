"""Aggregate calls. DuckDB's text says what the reference's types make of them: integer averages are cut off."""

from .expressions import Expr, label
from .nodes import Node, nothing
from .sqltypes import BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR, SqlType

ROWS = 1e5
"""More rows than any group has."""


def aggregate(kind, ours, kids, theirs=None, size=0, bits=2, exact=True):
    return Expr(Node(label(kind), ours, kids, theirs), kind, size, bits, exact)


def call(rng, expressions, exact, wanted=None):
    """One aggregate over the expressions' columns; `exact` leaves out those whose last digits may differ."""
    condition = nothing()
    if rng.random() < 0.18:
        condition = Node("filter", " FILTER (WHERE {0})", [expressions.condition(1).node], optional=True)
    makers = [count_all, count, count, total, total, extreme, extreme, extreme, average, choice, boolean, count_if, bits, collect]
    if not exact:
        makers.append(spread)
    for _ in range(8 if wanted else 1):
        made = rng.choice(makers)(rng, expressions, condition)
        if wanted is None or made.type == wanted:
            return made
    return None


def count_all(rng, expressions, condition):
    return aggregate(BIGINT, "COUNT(*){0}", [condition], size=ROWS)


def distinct(rng, chance):
    return "DISTINCT " if rng.random() < chance else ""


def count(rng, expressions, condition):
    value = expressions.of(expressions.any_type(), 1)
    return aggregate(BIGINT, f"COUNT({distinct(rng, 0.4)}{{1}}){{0}}", [condition, value.node], size=ROWS)


def numeric(rng, expressions):
    """A numeric column, or an expression of a numeric type."""
    columns = [c for c in expressions.columns if c.type.is_numeric and c.size < 1e8]
    if columns and rng.random() < 0.7:
        return rng.choice(columns).expr()
    value = expressions.of(rng.choice(columns).type if columns else INTEGER, 1)
    return value if value.size < 1e8 else expressions.literal(INTEGER)


def total(rng, expressions, condition):
    value = numeric(rng, expressions)
    shape = f"SUM({distinct(rng, 0.2)}{{1}}){{0}}"
    kids = [condition, value.node]
    if value.type.kind == "DOUBLE":
        return aggregate(DOUBLE, shape, kids, size=value.size * ROWS, bits=value.bits)
    if value.type.kind == "DECIMAL":
        return aggregate(SqlType("DECIMAL", 38, value.type.scale), shape, kids, size=value.size * ROWS)
    # DuckDB's integer sums are HUGEINT, the reference's BIGINT.
    return aggregate(BIGINT, shape, kids, f"CAST({shape} AS BIGINT)", size=value.size * ROWS)


def average(rng, expressions, condition):
    value = numeric(rng, expressions)
    word = distinct(rng, 0.15)
    if value.type.is_integer:
        # The reference's average of integers is an integer, cut off toward zero.
        return aggregate(
            value.type, f"AVG({word}{{1}}){{0}}", [condition, value.node],
            f"CAST(CAST(SUM({word}{{1}}){{0}} AS BIGINT) // NULLIF(COUNT({word}{{1}}){{0}}, 0) AS {value.type})",
            size=value.size)
    return aggregate(DOUBLE, f"AVG({word}CAST({{1}} AS DOUBLE)){{0}}", [condition, value.node], exact=False)


def extreme(rng, expressions, condition):
    value = expressions.of(expressions.any_type(), 1)
    name = rng.choice(["MIN", "MAX"])
    return aggregate(
        value.type, f"{name}({{1}}){{0}}", [condition, value.node], size=value.size, bits=value.bits, exact=value.exact)


def choice(rng, expressions, condition):
    """ARG_MIN and ARG_MAX of a value that follows from the measure, so that a tie does not matter."""
    measures = [c for c in expressions.columns if c.type.kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")]
    if not measures:
        return count_all(rng, expressions, condition)
    measure = rng.choice(measures).expr()
    value = type(expressions)(rng, [c for c in measures if c.node is measure.node]).of(measure.type, 1)
    name = rng.choice(["ARG_MIN", "ARG_MAX"])
    # DuckDB's leaves out rows whose value is NULL; arg_min_null does not.
    return aggregate(
        value.type, f"{name}({{1}}, {{2}}){{0}}", [condition, value.node, measure.node],
        f"{name.lower()}_null({{1}}, {{2}}){{0}}", size=value.size, bits=value.bits)


def boolean(rng, expressions, condition):
    value = expressions.of(BOOLEAN, 1)
    name = rng.choice(["BOOL_AND", "BOOL_OR", "EVERY", "SOME", "LOGICAL_OR"])
    return aggregate(BOOLEAN, f"{name}({{1}}){{0}}", [condition, value.node],
                     f"{'BOOL_AND' if name in ('BOOL_AND', 'EVERY') else 'BOOL_OR'}({{1}}){{0}}")


def spread(rng, expressions, condition):
    a, b = numeric(rng, expressions), numeric(rng, expressions)
    name = rng.choice(["STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP", "COVAR_POP", "COVAR_SAMP"])
    values = "CAST({1} AS DOUBLE)" + (", CAST({2} AS DOUBLE)" if name.startswith("COVAR") else "")
    return aggregate(DOUBLE, f"{name}({values}){{0}}", [condition, a.node, b.node], exact=False)


def count_if(rng, expressions, condition):
    # DuckDB's COUNT_IF is NULL where there are no rows.
    value = expressions.of(BOOLEAN, 1)
    return aggregate(BIGINT, "COUNTIF({1}){0}", [condition, value.node], "COUNT(CASE WHEN {1} THEN 1 END){0}", size=ROWS)


def bits(rng, expressions, condition):
    columns = [c for c in expressions.columns if c.type.is_integer and c.size < 1e6]
    if not columns:
        return count_all(rng, expressions, condition)
    value = rng.choice(columns)
    name = rng.choice(["BIT_AND", "BIT_OR", "BIT_XOR"])
    return aggregate(value.type, f"{name}({{1}}){{0}}", [condition, value.node], size=2 ** 21)


def collect(rng, expressions, condition):
    """All values in an order of their own; as text, in which NULLs are left out, or counted.
    The reference's array of no rows is empty, DuckDB's list NULL."""
    value = expressions.of(rng.choice([INTEGER, VARCHAR, BIGINT]), 1)
    word = distinct(rng, 0.3)
    if rng.random() < 0.4 or value.size > 30:
        return aggregate(INTEGER, f"CARDINALITY(ARRAY_AGG({word}{{1}}){{0}})", [condition, value.node],
                         f"CAST(COALESCE(len(list({word}{{1}}){{0}}), 0) AS INTEGER)", size=ROWS)
    kids = [condition, value.node]
    return aggregate(VARCHAR, f"ARRAY_TO_STRING(SORT_ARRAY(ARRAY_AGG({word}CAST({{1}} AS VARCHAR)){{0}}), ',')", kids,
                     f"COALESCE(array_to_string(list_sort(list({word}CAST({{1}} AS VARCHAR)){{0}}), ','), '')", size=1000)
