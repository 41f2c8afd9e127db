"""Typed scalar expressions. Bounds are kept beside them, so that neither side overflows or divides by zero.

Where the dialects differ, the second text of a node says the same in DuckDB's: `//` for the integer division of the
reference, a widening cast where the reference computes in the wider type, CASE where NULLs count otherwise."""

from .functions import FUNCTIONS, D
from .nodes import Node, Sequence, text
from .sqltypes import (
    BIGINT, BOOLEAN, DATE, DAYS, DOUBLE, INTEGER, SMALLINT, STAMPS, TIME, TIMESTAMP, TINYINT, VARCHAR, WORDS, SqlType, literal, magnitude)

LENGTH_MAX = 200
FRACTION_BITS_MAX = 12


class Expr:
    __slots__ = ("node", "type", "size", "bits", "exact")

    def __init__(self, node, kind, size=0, bits=2, exact=True):
        self.node = node
        self.type = kind
        self.size = size
        """Bound of the magnitude; of strings the length."""
        self.bits = bits
        """Fraction bits of a DOUBLE that is exact on both sides."""
        self.exact = exact

    def __str__(self):
        return self.node.render(0)


def label(kind):
    return f"expr {kind.family}"


def fallback(kind):
    return {"INT": "1", "DECIMAL": "1", "DOUBLE": "CAST(1 AS DOUBLE)", "VARCHAR": "'a'", "BOOLEAN": "TRUE",
            "DATE": "DATE '2024-01-01'", "TIMESTAMP": "TIMESTAMP '2024-01-01 00:00:00'",
            "TIME": "TIME '12:00:00'"}[kind.family]


def common(a, b):
    """The type of a value that may be either; None for DECIMALs that no type holds both of: DuckDB's keeps fewer digits of the
    fraction then."""
    if a.kind != "DECIMAL" or a == b:
        return a
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    return SqlType("DECIMAL", whole + scale, scale) if whole + scale <= 38 else None


def make(kind, ours, kids, theirs=None, size=0, bits=2, exact=True):
    node = Node(label(kind), ours, [k.node for k in kids], theirs, stand_in=fallback(kind))
    return Expr(node, kind, size, bits, exact)


class Column:
    """What a scope offers: a name, or any other expression that is a unit there."""

    __slots__ = ("node", "type", "size", "bits", "name", "exact", "nullable")

    def __init__(self, node, kind, size, bits=2, name=None, exact=True, nullable=True):
        self.node = node
        self.type = kind
        self.size = size
        self.bits = bits
        self.name = name
        self.exact = exact
        self.nullable = nullable

    def expr(self):
        return Expr(self.node, self.type, self.size, self.bits, self.exact)


ALL_TYPES = [INTEGER, INTEGER, BIGINT, SMALLINT, DOUBLE, VARCHAR, VARCHAR, BOOLEAN, DATE, TIMESTAMP, SqlType("DECIMAL", 8, 2)]


class Expressions:
    """Expressions over the columns of one scope."""

    def __init__(self, rng, columns, subqueries=None):
        self.rng = rng
        self.columns = [c for c in columns if c.exact]
        self.subqueries = subqueries
        """Makes a boolean or scalar subquery of a type, or None."""

    # Leaves

    def literal(self, kind, nulls=0.04):
        rng = self.rng
        if rng.random() < nulls:
            return Expr(Node(label(kind), f"CAST(NULL AS {kind})"), kind, 0, 0)
        if kind == DOUBLE and rng.random() < 0.06:
            # No number: sums and products with it are the same on both sides whatever the order.
            return Expr(Node(label(kind), f"CAST('{rng.choice(['NaN', 'Infinity', '-Infinity'])}' AS DOUBLE)"), kind, 0, 0)
        value = rng.value(kind)
        shown = literal(value, kind)
        if kind.is_integer:
            if rng.random() < 0.3:
                value = abs(value) % 12
            shown = f"({value})" if value < 0 else str(value)
            if kind != INTEGER:
                shown = f"CAST({value} AS {kind})"
        elif kind.kind == "DECIMAL":
            shown = f"CAST({value} AS {kind})"
        size = len(value) if kind == VARCHAR else abs(float(value)) + 1 if kind.is_numeric else 0
        return Expr(Node(label(kind), shown.replace("{", "{{").replace("}", "}}")), kind, size)

    def leaf(self, kind):
        rng = self.rng
        fitting = [c for c in self.columns if c.type == kind or (kind.kind == "DECIMAL" and c.type.kind == "DECIMAL")]
        if fitting and rng.random() < 0.85:
            return rng.choice(fitting).expr()
        if kind == BOOLEAN and self.columns and rng.random() < 0.9:
            return self.simple()
        if kind.is_integer and rng.random() < 0.8:
            near = [c for c in self.columns if c.type.is_integer and c.size <= kind.limit]
            if near:
                column = rng.choice(near)
                return make(kind, f"CAST({{0}} AS {kind})", [column], size=column.size)
        if kind == VARCHAR and rng.random() < 0.2:
            near = [c for c in self.columns if c.type.is_integer]
            if near:
                return make(VARCHAR, "CAST({0} AS VARCHAR)", [rng.choice(near)], size=20)
        if kind == DOUBLE and rng.random() < 0.7:
            near = [c for c in self.columns if c.type.is_integer and c.size < 1e6]
            if near:
                column = rng.choice(near)
                return make(DOUBLE, "CAST({0} AS DOUBLE)", [column], size=column.size, bits=0)
        return self.literal(kind)

    def simple(self):
        """A column against one of the values that it may have: neither always true nor always false."""
        rng = self.rng
        column = rng.choice(self.columns)
        if column.type == BOOLEAN and rng.random() < 0.5:
            return column.expr()
        sign = rng.choice(["=", "<>", "<", "<=", "<=", ">", ">=", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"])
        return make(BOOLEAN, f"({{0}} {sign} {{1}})", [column.expr(), self.literal(column.type, nulls=0.02)])

    def condition(self, depth):
        """For WHERE and its like."""
        return self.simple() if self.columns and self.rng.random() < 0.5 else self.of(BOOLEAN, depth)

    def any_type(self):
        if self.columns and self.rng.random() < 0.75:
            return self.rng.choice(self.columns).type
        return self.rng.choice(ALL_TYPES)

    # Trees

    def of(self, kind, depth):
        """An expression of exactly this type; DECIMAL only by family."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.25:
            return self.leaf(kind)
        if self.subqueries and rng.random() < 0.06:
            made = self.subqueries(kind)
            if made is not None:
                return made
        roll = rng.random()
        if roll < 0.12:
            return self.case(kind, depth - 1)
        if roll < 0.2:
            a, b = self.of(kind, depth - 1), self.of(kind, depth - 1)
            return self.joined("COALESCE({0}, {1})", a, b)
        if roll < 0.25:
            a, b = self.of(kind, depth - 1), self.leaf(kind)
            # DuckDB 2.0 takes NULLIF(literal, column) for NULL where the column is.
            return make(a.type, "NULLIF({0}, {1})", [a, b], "CASE WHEN {0} = {1} THEN NULL ELSE {0} END", size=a.size, bits=a.bits)
        if roll < 0.29 and kind != BOOLEAN:
            a, b = self.of(kind, depth - 1), self.of(kind, depth - 1)
            name = rng.choice(["GREATEST", "LEAST"])
            # The reference's are NULL when one is, DuckDB's leave NULLs out.
            return self.joined(
                name + "({0}, {1})", a, b,
                f"CASE WHEN {{0}} IS NOT NULL AND {{1}} IS NOT NULL THEN {name}({{0}}, {{1}}) END")
        if roll < 0.45:
            made = self.function(kind, depth - 1)
            if made is not None:
                return made
        maker = {"INT": self.integer, "DECIMAL": self.decimal, "DOUBLE": self.double, "VARCHAR": self.string,
                 "BOOLEAN": self.boolean, "DATE": self.date, "TIMESTAMP": self.timestamp, "TIME": self.time}[kind.family]
        return maker(kind, depth - 1)

    def function(self, kind, depth):
        """A call from the list, if one has this result."""
        fitting = [f for f in FUNCTIONS if f[0] == kind]
        if not fitting:
            return None
        _, types, ours, theirs, bound = self.rng.choice(fitting)
        arguments = [self.of(SqlType("DECIMAL", 8, 2) if t == D else t, depth) for t in types]
        if kind == VARCHAR and sum(a.size for a in arguments) > LENGTH_MAX // 2:
            return None
        first = arguments[0]
        if any(a.type.is_integer and a.size > 1e6 for a in arguments):
            return None
        size = {"=": first.size, "*": max([3, *(a.size for a in arguments)])}.get(bound, bound)
        return make(kind, ours, arguments, theirs, size=size, bits=first.bits)

    def joined(self, ours, a, b, theirs=None):
        """A value of both; two DECIMALs have a common type, or it is the first alone."""
        kind = common(a.type, b.type)
        if kind is None:
            return make(a.type, "{0}", [a], size=a.size, bits=a.bits)
        return make(kind, ours, [a, b], theirs, size=max(a.size, b.size), bits=max(a.bits, b.bits))

    def case(self, kind, depth):
        rng = self.rng
        a, b = self.of(kind, depth), self.of(kind, depth)
        if rng.random() < 0.3:
            subject_type = self.any_type()
            subject, value = self.of(subject_type, depth), self.leaf(subject_type)
            if common(a.type, b.type) is None:
                b = a
            return make(common(a.type, b.type),
                        "CASE {0} WHEN {1} THEN {2} ELSE {3} END", [subject, value, a, b],
                        size=max(a.size, b.size), bits=max(a.bits, b.bits))
        condition = self.of(BOOLEAN, depth)
        shape = "CASE WHEN {2} THEN {0} ELSE {1} END"
        made = self.joined(shape, a, b)
        made.node.kids.append(condition.node)
        return made

    def integer(self, kind, depth):
        rng = self.rng
        roll = rng.random()
        if roll < 0.55:
            a, b = self.of(kind, depth), self.of(kind, depth)
            sign = rng.choice(["+", "-", "*"])
            size = a.size * b.size if sign == "*" else a.size + b.size
            if size > kind.limit:
                return a
            # DuckDB would compute a literal beside a SMALLINT in SMALLINT.
            cast = f"CAST({{0}} AS {kind}) {sign} CAST({{1}} AS {kind})"
            return make(kind, f"({{0}} {sign} {{1}})", [a, b], f"({cast})", size=size)
        if roll < 0.66:
            a, b = self.of(kind, depth), self.divisor(kind, depth)
            if rng.random() < 0.5:
                return make(kind, "({0} / {1})", [a, b], "({0} // {1})", size=a.size)
            return make(kind, "({0} % {1})", [a, b], size=a.size)
        if roll < 0.78:
            a = self.of(kind, depth)
            return make(kind, rng.choice(["ABS({0})", "(- {0})"]), [a], size=a.size)
        if roll < 0.86 and kind not in (SMALLINT, TINYINT):
            s = self.of(VARCHAR, depth)
            return make(kind, f"CAST(CHAR_LENGTH({{0}}) AS {kind})", [s], f"CAST(LENGTH({{0}}) AS {kind})", size=s.size)
        if roll < 0.93 and kind != TINYINT:
            moment = self.of(rng.choice([DATE, TIMESTAMP]), depth)
            unit = rng.choice(["YEAR", "MONTH", "DAY", "QUARTER", "DOY"])
            if moment.type == TIMESTAMP and rng.random() < 0.4:
                unit = rng.choice(["HOUR", "MINUTE", "SECOND"])
            return make(kind, f"CAST(EXTRACT({unit} FROM {{0}}) AS {kind})", [moment], size=9999)
        if kind not in (SMALLINT, TINYINT):
            s, part = self.of(VARCHAR, depth), self.literal(VARCHAR)
            return make(kind, f"CAST(POSITION({{1}} IN {{0}}) AS {kind})", [s, part], size=s.size + 1)
        return self.leaf(kind)

    def divisor(self, kind, depth):
        """Never 0: DuckDB and the reference both fail then, but not on the same rows."""
        if self.rng.random() < 0.5:
            value = self.rng.choice([1, 2, 3, 5, 7])
            shown = str(value) if kind == INTEGER else f"CAST({value} AS {kind})"
            return Expr(Node("divisor", shown), kind, value)
        made = make(kind, "NULLIF({0}, 0)", [self.of(kind, depth)])
        made.node.label, made.node.stand_in = "divisor", "2"
        return made

    def decimal(self, kind, depth):
        rng = self.rng
        a = self.of(kind, depth)
        if rng.random() < 0.12 and a.type.precision < 28:
            # Half away from zero on both sides.
            digits = rng.choice([0, 1, 2])
            return make(SqlType("DECIMAL", a.type.precision + 1, a.type.scale), f"CAST(ROUND({{0}}, {digits}) AS DECIMAL({a.type.precision + 1}, {a.type.scale}))", [a], size=a.size + 1)
        if rng.random() < 0.3:
            return make(a.type, rng.choice(["ABS({0})", "(- {0})"]), [a], size=a.size)
        b = self.of(kind, depth) if rng.random() < 0.7 else self.of(INTEGER, depth)
        precision, scale = (10, 0) if b.type.is_integer else (b.type.precision, b.type.scale)
        # Not `/`: DuckDB's quotient of DECIMALs is a DOUBLE.
        sign = rng.choice(["+", "-", "*"])
        if sign == "*":
            result = SqlType("DECIMAL", a.type.precision + precision, a.type.scale + scale)
            size = a.size * b.size
        else:
            wide = max(a.type.scale, scale)
            whole = max(a.type.precision - a.type.scale, precision - scale) + 1
            result, size = SqlType("DECIMAL", whole + wide, wide), a.size + b.size
        if result.precision > 30:
            return a
        return make(result, f"({{0}} {sign} {{1}})", [a, b], size=size)

    def double(self, kind, depth):
        rng = self.rng
        a, b = self.of(DOUBLE, depth), self.of(DOUBLE, depth)
        if rng.random() < 0.25:
            return make(DOUBLE, rng.choice(["ABS({0})", "(- {0})"]), [a], size=a.size, bits=a.bits)
        sign = rng.choice(["+", "-", "*"])
        size = a.size * b.size if sign == "*" else a.size + b.size
        bits = a.bits + b.bits if sign == "*" else max(a.bits, b.bits)
        if size > 1e7 or bits > FRACTION_BITS_MAX:
            return a
        return make(DOUBLE, f"({{0}} {sign} {{1}})", [a, b], size=size, bits=bits)

    def inexact(self, depth):
        """A DOUBLE whose last digits may differ between both sides: only for results."""
        rng = self.rng
        a = self.of(rng.choice([DOUBLE, INTEGER]), depth)
        shape = rng.choice([
            "(CAST({0} AS DOUBLE) / CAST({1} AS DOUBLE))", "SQRT(ABS(CAST({0} AS DOUBLE)))",
            "LN(ABS(CAST({0} AS DOUBLE)) + CAST(1 AS DOUBLE))", "POWER(ABS(CAST({0} AS DOUBLE)) / CAST(1000 AS DOUBLE), 3)"])
        return make(DOUBLE, shape, [a, self.divisor(INTEGER, 0)] if "{1}" in shape else [a], exact=False)

    def string(self, kind, depth):
        rng = self.rng
        a = self.of(VARCHAR, depth)
        match rng.randrange(12):
            case 0 | 1:
                b = self.of(VARCHAR, depth)
                if a.size + b.size > LENGTH_MAX:
                    return a
                return make(VARCHAR, "({0} || {1})", [a, b], size=a.size + b.size)
            case 2:
                return make(VARCHAR, rng.choice(["UPPER({0})", "LOWER({0})", "REVERSE({0})"]), [a], size=a.size)
            case 3:
                start, count = rng.randint(1, 3), rng.randint(0, 3)
                return make(VARCHAR, f"SUBSTRING({{0}} FROM {start} FOR {count})", [a], size=count)
            case 4:
                return make(VARCHAR, rng.choice(["TRIM({0})", "LTRIM({0})", "RTRIM({0})"]), [a], size=a.size)
            case 5:
                b = rng.choice(["a", "b", "ab", " "])
                c = rng.choice(["", "x", "ba"])
                return make(VARCHAR, f"REPLACE({{0}}, '{b}', '{c}')", [a], size=2 * a.size)
            case 6:
                return make(VARCHAR, f"{rng.choice(['LEFT', 'RIGHT'])}({{0}}, {rng.randint(0, 3)})", [a], size=3)
            case 7:
                return make(VARCHAR, f"{rng.choice(['LPAD', 'RPAD'])}({{0}}, {rng.randint(1, 5)}, 'xy')", [a], size=5)
            case 8:
                number = self.of(INTEGER, depth)
                return make(VARCHAR, "CAST({0} AS VARCHAR)", [number], size=12)
            case 9:
                day = self.of(rng.choice([DATE, DATE, BIGINT, SMALLINT]), depth)
                return make(VARCHAR, "CAST({0} AS VARCHAR)", [day], size=20)
            case 10:
                return make(VARCHAR, f"SPLIT_PART({{0}}, '{rng.choice(['a', ' ', '_'])}', {rng.randint(1, 2)})", [a], size=a.size)
            case _:
                return make(VARCHAR, f"SUBSTRING({{0}} FROM {rng.randint(1, 3)})", [a], size=a.size)

    def comparison(self, depth):
        rng = self.rng
        kind = self.any_type()
        a = self.of(kind, depth)
        other = kind
        if kind.is_integer and a.size < 1e6 and rng.random() < 0.2:
            other = rng.choice([SMALLINT, INTEGER, BIGINT, SqlType("DECIMAL", 8, 2), DOUBLE])
        b = self.of(other, depth) if rng.random() < 0.4 else self.literal(other) if rng.random() < 0.7 else self.leaf(other)
        sign = rng.choice(["=", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"])
        return make(BOOLEAN, f"({{0}} {sign} {{1}})", [a, b])

    def boolean(self, kind, depth):
        rng = self.rng
        roll = rng.random()
        if roll < 0.4:
            return self.comparison(depth)
        if roll < 0.56:
            a, b = self.of(BOOLEAN, depth), self.of(BOOLEAN, depth)
            return make(BOOLEAN, rng.choice(["({0} AND {1})", "({0} OR {1})"]), [a, b])
        if roll < 0.64:
            a = self.of(BOOLEAN, depth)
            return make(BOOLEAN, rng.choice(["(NOT {0})", "({0} IS TRUE)", "({0} IS NOT TRUE)", "({0} IS FALSE)",
                                            "({0} IS NOT FALSE)", "({0} IS UNKNOWN)"]), [a])
        if roll < 0.74:
            a = self.of(self.any_type(), depth)
            return make(BOOLEAN, rng.choice(["({0} IS NULL)", "({0} IS NOT NULL)"]), [a])
        if roll < 0.82:
            a = self.of(VARCHAR, depth)
            pattern = rng.choice(["a%", "%b", "%a%", "_", "a_", "", "%", "%\\_%' ESCAPE '\\", "B%", "__%"])
            return make(BOOLEAN, f"({{0}} {rng.choice(['LIKE', 'LIKE', 'NOT LIKE'])} '{pattern}')", [a])
        if roll < 0.92:
            target = self.any_type()
            a = self.of(target, depth)
            items = [self.literal(target, nulls=0.1) for _ in range(rng.randint(1, 4))]
            word = rng.choice(["IN", "IN", "NOT IN"])
            items_node = Sequence([i.node for i in items])
            return Expr(Node(label(BOOLEAN), f"({{0}} {word} ({{1}}))", [a.node, items_node], stand_in="TRUE"), BOOLEAN)
        target = self.any_type()
        parts = [self.of(target, depth), self.leaf(target), self.leaf(target)]
        return make(BOOLEAN, f"({{0}} {rng.choice(['BETWEEN', 'NOT BETWEEN'])} {{1}} AND {{2}})", parts)

    def date(self, kind, depth):
        rng = self.rng
        if rng.random() < 0.4:
            return make(DATE, "CAST({0} AS DATE)", [self.of(TIMESTAMP, depth)])
        a = self.of(DATE, depth)
        sign, count, unit = rng.choice("+-"), rng.randint(0, 40), rng.choice(["DAY", "DAY", "MONTH"])
        if unit == "MONTH":
            count %= 5
        # DuckDB makes a TIMESTAMP of it.
        return make(DATE, f"({{0}} {sign} INTERVAL '{count}' {unit})", [a],
                    f"CAST({{0}} {sign} INTERVAL '{count}' {unit} AS DATE)")

    def time(self, kind, depth):
        if self.rng.random() < 0.4:
            return make(TIME, "CAST({0} AS TIME)", [self.of(TIMESTAMP, depth)])
        return self.leaf(TIME)

    def timestamp(self, kind, depth):
        rng = self.rng
        if rng.random() < 0.25:
            return make(TIMESTAMP, "CAST({0} AS TIMESTAMP)", [self.of(DATE, depth)])
        a = self.of(TIMESTAMP, depth)
        sign, count, unit = rng.choice("+-"), rng.randint(0, 50), rng.choice(["DAY", "HOUR", "MINUTE", "SECOND"])
        return make(TIMESTAMP, f"({{0}} {sign} INTERVAL '{count}' {unit})", [a])


def some_type(rng):
    if rng.random() < 0.06:
        return rng.choice([TINYINT, TIME])
    if rng.random() < 0.15:
        precision = rng.choice([6, 8, 10, 14])
        return SqlType("DECIMAL", precision, rng.choice([0, 1, 2, 2, 3]))
    return rng.choice([INTEGER, INTEGER, INTEGER, BIGINT, SMALLINT, DOUBLE, VARCHAR, VARCHAR, BOOLEAN, DATE, TIMESTAMP])


__all__ = [
    "ALL_TYPES", "Column", "DAYS", "Expr", "Expressions", "LENGTH_MAX", "STAMPS", "WORDS", "label", "magnitude", "make",
    "some_type", "text"]
