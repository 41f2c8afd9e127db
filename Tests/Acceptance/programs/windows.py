"""Functions with OVER. Where the answer depends on the order of rows, the order names every column of the source, and all such
calls of one SELECT share it: rows that are equal may then take each other's place, but in all calls at once."""

from .aggregates import ROWS
from .expressions import Expr, Expressions, label
from .nodes import Node, Sequence
from .sqltypes import BIGINT, BOOLEAN, DOUBLE, INTEGER, SqlType

FRAMES = [
    "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", "ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
    "ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
    "ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING", "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
    "ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING"]


class Windows:
    def __init__(self, rng, columns, total=None):
        self.rng = rng
        self.columns = columns
        self.total = total or columns
        """Columns that tell rows apart, but for equal rows."""
        self.shared = [p for p in [self.partition()] if p]
        self.shared.append(Node("order by", "ORDER BY {0}", [self.total_order()]))

    def key(self, column):
        rng = self.rng
        return Node("order", f"{{0}} {rng.choice(['ASC', 'DESC'])} NULLS {rng.choice(['FIRST', 'LAST'])}", [column.node])

    def partition(self):
        rng = self.rng
        if rng.random() < 0.2:
            return None
        keys = rng.sample(self.columns, min(len(self.columns), rng.choice([1, 1, 2])))
        return Node("partition", "PARTITION BY {0}", [Sequence([k.node for k in keys])])

    def total_order(self):
        rest = list(self.total)
        self.rng.shuffle(rest)
        return Sequence([self.key(c) for c in rest], least=len(rest))

    def some_order(self):
        return Sequence([self.key(c) for c in self.rng.sample(self.columns, min(len(self.columns), self.rng.choice([1, 1, 2])))])

    def named(self):
        """A WINDOW clause; the calls that come after it use its name, too."""
        clause = Node("window", " WINDOW named AS ({0})", [Sequence(self.shared, " ", least=len(self.shared))])
        self.shared = [Node("name", "named")]
        return clause

    def total_over(self, frame=""):
        parts = self.shared + ([Node("frame", frame)] if frame else [])
        return Node("total over", "OVER ({0})", [Sequence(parts, " ", least=len(parts))])

    def over(self, order, frame=""):
        parts = [p for p in [self.partition()] if p]
        if order is not None:
            parts.append(Node("order by", "ORDER BY {0}", [order]))
        if frame:
            parts.append(Node("frame", frame))
        return Node("over", "OVER ({0})", [Sequence(parts, " ", least=len(parts))])

    def value(self):
        picked = [c for c in self.columns if c.exact]
        return self.rng.choice(picked).expr()

    def make(self, kind, ours, kids, theirs=None, size=0, bits=2, exact=True):
        return Expr(Node(label(kind), ours, kids, theirs), kind, size, bits, exact)

    def call(self, top):
        return self.rng.choice([self.rank, self.rank, self.shifted, self.ended, self.framed, self.framed, self.ranged])(top)

    def rank(self, top):
        rng = self.rng
        name = rng.choice(["ROW_NUMBER()", "RANK()", "DENSE_RANK()", "NTILE(3)"])
        if top and rng.random() < 0.15:
            name = rng.choice(["PERCENT_RANK()", "CUME_DIST()"])
            return self.make(DOUBLE, f"{name} {{0}}", [self.over(self.some_order())], exact=False)
        over = self.over(self.some_order()) if name in ("RANK()", "DENSE_RANK()") else self.total_over()
        return self.make(BIGINT, f"{name} {{0}}", [over], size=ROWS)

    def shifted(self, top):
        rng = self.rng
        value = self.value()
        name = rng.choice(["LAG", "LEAD"])
        if rng.random() < 0.2:
            return self.make(value.type, f"{name}({{1}}, 1) IGNORE NULLS {{0}}", [self.total_over(), value.node],
                             f"{name}({{1}}, 1 IGNORE NULLS) {{0}}", size=value.size, bits=value.bits)
        distance = rng.choice(["", ", 1", ", 2"])
        size = value.size
        if distance and rng.random() < 0.3:
            filler = Expressions(rng, []).literal(value.type)
            if filler.type == value.type:
                return self.make(value.type, f"{name}({{1}}{distance}, {{2}}) {{0}}",
                                 [self.total_over(), value.node, filler.node],
                                 size=max(size, filler.size), bits=max(value.bits, filler.bits))
        return self.make(value.type, f"{name}({{1}}{distance}) {{0}}", [self.total_over(), value.node],
                         size=size, bits=value.bits)

    def ended(self, top):
        rng = self.rng
        value = self.value()
        name = rng.choice(["FIRST_VALUE({1})", "LAST_VALUE({1})", "NTH_VALUE({1}, 2)"])
        frame = rng.choice(["", *FRAMES])
        return self.make(value.type, f"{name} {{0}}", [self.total_over(frame), value.node],
                         size=value.size, bits=value.bits)

    def aggregate(self, over, top):
        rng = self.rng
        if rng.random() < 0.12:
            condition = Expressions(rng, self.columns).of(BOOLEAN, 1)
            over = Node("over", "FILTER (WHERE {0}) {1}", [condition.node, over])
        numbers = [c for c in self.columns if c.type.is_numeric and c.size < 1e8]
        name = rng.choice(["COUNT(*)", "COUNT", "SUM", "SUM", "MIN", "MAX", "AVG"])
        if name == "COUNT(*)":
            return self.make(BIGINT, "COUNT(*) {0}", [over], size=ROWS)
        value = self.value()
        if name == "COUNT":
            return self.make(BIGINT, "COUNT({1}) {0}", [over, value.node], size=ROWS)
        if name in ("MIN", "MAX") or not numbers:
            return self.make(value.type, f"{'MAX' if name == 'AVG' else 'MIN'}({{1}}) {{0}}", [over, value.node],
                             size=value.size, bits=value.bits)
        value = rng.choice(numbers).expr()
        kind = value.type
        if name == "AVG" and not kind.is_integer:
            if top:
                return self.make(DOUBLE, "AVG(CAST({1} AS DOUBLE)) {0}", [over, value.node], exact=False)
            name = "SUM"
        if name == "AVG":
            return self.make(kind, "AVG({1}) {0}", [over, value.node],
                             f"CAST(CAST(SUM({{1}}) {{0}} AS BIGINT) // NULLIF(COUNT({{1}}) {{0}}, 0) AS {kind})", size=value.size)
        if kind.is_integer:
            return self.make(BIGINT, "SUM({1}) {0}", [over, value.node], "CAST(SUM({1}) {0} AS BIGINT)", size=value.size * ROWS)
        result = SqlType("DECIMAL", 38, kind.scale) if kind.kind == "DECIMAL" else DOUBLE
        return self.make(result, "SUM({1}) {0}", [over, value.node], size=value.size * ROWS, bits=value.bits)

    def framed(self, top):
        return self.aggregate(self.total_over(self.rng.choice(FRAMES)), top)

    def ranged(self, top):
        rng = self.rng
        kinds = {"SMALLINT": "2", "INTEGER": "2", "BIGINT": "3", "DATE": "INTERVAL '3' DAY", "TIMESTAMP": "INTERVAL '90' MINUTE"}
        keys = [c for c in self.columns if c.type.kind in kinds]
        roll = rng.random()
        if roll < 0.25:
            return self.aggregate(self.over(None), top)
        if roll < 0.55 or not keys:
            return self.aggregate(self.over(self.some_order(), rng.choice(["", "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"])), top)
        column = rng.choice(keys)
        distance = kinds[column.type.kind]
        frame = rng.choice([
            f"RANGE BETWEEN {distance} PRECEDING AND CURRENT ROW", f"RANGE BETWEEN {distance} PRECEDING AND {distance} FOLLOWING",
            f"RANGE BETWEEN CURRENT ROW AND {distance} FOLLOWING"])
        return self.aggregate(self.over(Sequence([self.key(column)]), frame), top)

    def qualify(self):
        rng = self.rng
        rank = self.rank(False)
        return Node("qualify", f" QUALIFY {{0}} {rng.choice(['<=', '=', '<', '>'])} {rng.randint(1, 4)}", [rank.node], optional=True)


__all__ = ["BOOLEAN", "INTEGER", "Windows"]
