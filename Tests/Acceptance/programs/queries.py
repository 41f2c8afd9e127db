"""Random queries over relations: SELECT with joins, groups, windows, subqueries; set operations; common tables."""

from . import aggregates, sources, windows
from .expressions import Column, Expr, Expressions, common, label, make
from .nodes import Node, Sequence, nothing, text
from .sqltypes import BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR

ROWS_MAX = 1500


class Relation:
    """Something that FROM may name. `columns` have plain names; `rows` is a guess of its size."""

    def __init__(self, name, columns, rows, adhoc=True):
        self.name = name
        self.columns = columns
        self.rows = rows
        self.adhoc = adhoc


class Query:
    def __init__(self, node, columns, rows, exact=True):
        self.node = node
        self.columns = columns
        self.rows = rows
        self.exact = exact


class Source:
    """A FROM clause: its text, and what its aliases offer."""

    def __init__(self, node, columns, rows):
        self.node = node
        self.columns = columns
        self.rows = rows
        self.links = []
        """Conditions that WHERE must hold for."""


def named(column, alias):
    return Column(Node("name", f"{alias}.{column.name}"), column.type, column.size, column.bits, column.name,
                  nullable=column.nullable)


class Queries:
    def __init__(self, rng, relations):
        self.rng = rng
        self.relations = relations
        self.aliases = 0
        self.reads_plain = False

    def alias(self):
        self.aliases += 1
        return f"x{self.aliases}"

    # FROM

    def relation(self, rows_max=ROWS_MAX):
        small = [r for r in self.relations if r.rows <= rows_max]
        chosen = self.rng.choice(small or self.relations)
        self.reads_plain |= not chosen.adhoc
        return chosen

    def item(self, depth, rows_max):
        """One element of FROM."""
        rng = self.rng
        alias = self.alias()
        if depth > 0 and rng.random() < 0.2:
            inner = self.query(depth - 1, top=False)
            if inner.rows <= rows_max:
                names = ""
                if rng.random() < 0.15:
                    inner.columns = [Column(None, c.type, c.size, c.bits, f"r{i}") for i, c in enumerate(inner.columns)]
                    names = f" ({', '.join(c.name for c in inner.columns)})"
                node = Node("from", f"({{0}}) AS {alias}{names}", [inner.node])
                return Source(node, [named(c, alias) for c in inner.columns], inner.rows)
        roll = rng.random()
        if roll < 0.1:
            return self.time_window(alias) or self.plain(alias, rows_max)
        if roll < 0.14:
            return self.values(alias)
        if roll < 0.17:
            chosen = self.relation(rows_max)
            made = sources.pivot(rng, chosen, alias)
            if made is not None:
                return Source(*made)
        return self.plain(alias, rows_max)

    def plain(self, alias, rows_max):
        chosen = self.relation(rows_max)
        return Source(Node("from", f"{chosen.name} AS {alias}"), [named(c, alias) for c in chosen.columns], chosen.rows)

    def values(self, alias):
        """Rows that are part of the program."""
        rng = self.rng
        types = [rng.choice([INTEGER, VARCHAR, BOOLEAN]) for _ in range(rng.randint(1, 2))]
        maker = Expressions(rng, [])
        rows = [[maker.literal(t, nulls=0.1) for t in types] for _ in range(rng.randint(1, 4))]
        listed = Sequence([Node("row", "({0})", [Sequence([v.node for v in row], least=len(row))]) for row in rows])
        names = [f"q{i}" for i in range(len(types))]
        node = Node("from", f"(VALUES {{0}}) AS {alias} ({', '.join(names)})", [listed])
        sizes = [max(row[i].size for row in rows) for i in range(len(types))]
        return Source(node, [Column(Node("name", f"{alias}.{n}"), t, s, name=n) for n, t, s in zip(names, types, sizes)], len(rows))

    def session(self, chosen, column, alias):
        """SESSION of a relation: DuckDB's side counts the gaps. Rows without a time are in no session, nor in a hop; a
        row at the end of a session begins the next one, as windows do not hold their ends."""
        rng = self.rng
        gap = rng.choice([1200, 3600, 100_000])
        keys = [c for c in chosen.columns if c.type.kind in ("INTEGER", "VARCHAR", "BOOLEAN")]
        key = rng.choice(keys).name if keys and rng.random() < 0.6 else None
        part = f"PARTITION BY {key} " if key else ""
        names = ", ".join(c.name for c in chosen.columns)
        column = column.name
        group = f"PARTITION BY {key + ', ' if key else ''}session_number"
        theirs = (
            f"(SELECT {names}, MIN({column}) OVER ({group}) AS window_start, MAX({column}) OVER ({group}) + "
            f"INTERVAL '{gap}' SECOND AS window_end FROM (SELECT *, COUNT(session_first) OVER ({part}ORDER BY {column} NULLS LAST) AS "
            f"session_number FROM (SELECT *, CASE WHEN {column} - LAG({column}) OVER ({part}ORDER BY {column} NULLS LAST) < "
            f"INTERVAL '{gap}' SECOND THEN NULL ELSE 1 END AS session_first FROM {chosen.name} WHERE {column} IS NOT NULL))) AS {alias}")
        words = f"DESCRIPTOR({column}), " + (f"DESCRIPTOR({key}), " if key else "")
        return f"SESSION(TABLE {chosen.name}, {words}INTERVAL '{gap}' SECONDS)", theirs

    def time_window(self, alias):
        """TUMBLE or HOP of a relation; DuckDB's side is arithmetic on microseconds."""
        rng = self.rng
        fitting = [(r, c) for r in self.relations for c in r.columns if c.type.kind == "TIMESTAMP" and r.rows < 100]
        if not fitting:
            return None
        chosen, column = rng.choice(fitting)
        self.reads_plain |= not chosen.adhoc
        minutes = rng.choice([10, 60, 90, 24 * 60])
        size = minutes * 60_000_000
        start = f"CAST(epoch_us({column.name}) - ((epoch_us({column.name}) % {{0}} + {{0}}) % {{0}}) AS BIGINT)"
        rows = chosen.rows
        shape = rng.random()
        if shape < 0.2 and not column.nullable:
            call, theirs = self.session(chosen, column, alias)
        elif shape < 0.6:
            begin = start.format(size)
            call = f"TUMBLE(TABLE {chosen.name}, DESCRIPTOR({column.name}), INTERVAL '{minutes}' MINUTES)"
            theirs = (f"(SELECT *, make_timestamp({begin}) AS window_start, make_timestamp({begin} + {size}) AS window_end"
                      f" FROM {chosen.name}) AS {alias}")
        else:
            count = rng.choice([2, 3])
            slide = size // count
            begin = f"{start.format(slide)} - hop.i * {slide}"
            call = (f"HOP(TABLE {chosen.name}, DESCRIPTOR({column.name}), INTERVAL '{slide // 1_000_000}' SECONDS,"
                    f" INTERVAL '{size // 1_000_000}' SECONDS)")
            theirs = (f"(SELECT {chosen.name}.*, make_timestamp({begin}) AS window_start, make_timestamp({begin} + {size})"
                      f" AS window_end FROM {chosen.name}, range({count}) AS hop(i) WHERE {column.name} IS NOT NULL) AS {alias}")
            rows *= count
        columns = [named(c, alias) for c in chosen.columns]
        for name in ("window_start", "window_end"):
            columns.append(Column(Node("name", f"{alias}.{name}"), column.type, 0, name=name))
        return Source(Node("from", f"TABLE({call}) AS {alias}", theirs=theirs), columns, rows)

    def equality(self, left, right):
        """A pair of columns of one family, or None."""
        pairs = [
            (a, b) for a in left for b in right
            if a.type.family == b.type.family and a.type.family not in ("DOUBLE",)]
        if not pairs:
            return None
        a, b = self.rng.choice(pairs)
        return make(BOOLEAN, "{0} = {1}", [a, b])

    def condition(self, left, right):
        """An ON clause, mostly with an equality; and whether it has one."""
        rng = self.rng
        parts = []
        equal = self.equality(left, right)
        has_key = equal is not None and rng.random() < 0.9
        if has_key:
            parts.append(equal.node)
            if rng.random() < 0.25:
                more = self.equality(left, right)
                if more:
                    parts.append(more.node)
            if rng.random() < 0.08:
                parts[0] = Node(label(BOOLEAN), parts[0].ours.replace("=", "IS NOT DISTINCT FROM"), parts[0].kids)
        if not has_key or rng.random() < 0.2:
            parts.append(Expressions(rng, left + right).condition(2).node)
        return Sequence(parts, " AND "), has_key

    def source(self, depth, rows_max=ROWS_MAX, outer=()):
        rng = self.rng
        if depth > 0 and rng.random() < 0.12:
            return self.listed()
        source = self.item(depth, rows_max)
        joins = rng.choice([0, 0, 0, 1, 1, 1, 2, 2, 3]) if depth > 0 else rng.choice([0, 0, 0, 1])
        for _ in range(joins):
            source = self.joined(source, depth, rows_max)
        return source

    def listed(self):
        """Relations with commas; the WHERE clause says how they belong together."""
        rng = self.rng
        source = self.plain(self.alias(), 60)
        parts = []
        for _ in range(rng.choice([1, 2, 2, 3, 4])):
            other = self.plain(self.alias(), 60)
            links = [self.equality(source.columns, other.columns) for _ in range(rng.choice([1, 1, 1, 2]))]
            if links[0] is None or len(source.columns) + len(other.columns) > 24:
                continue
            parts += [link.node for link in links]
            rows = source.rows * other.rows // 4
            source = Source(Node("from", "{0}, {1}", [source.node, other.node]), source.columns + other.columns, rows)
            if rows > ROWS_MAX:
                break
        rng.shuffle(parts)
        source.links = parts
        return source

    def joined(self, source, depth, rows_max):
        rng = self.rng
        if depth > 0 and rng.random() < 0.12:
            return self.lateral(source, depth)
        if rng.random() < 0.06:
            node, columns, count = sources.unnest(rng, source.columns, self.alias())
            around = source.columns + columns
            if rng.random() < 0.3:
                on = Expressions(rng, columns if rng.random() < 0.5 else around).condition(1)
                joined = Node("from", "{0} LEFT JOIN {1} ON {2}", [source.node, node, on.node])
                return Source(joined, around, source.rows * count)
            return Source(Node("from", "{0} CROSS JOIN {1}", [source.node, node]), around, source.rows * count)
        if rng.random() < 0.05:
            made = sources.asof(rng, source, self.relation(60), self.alias())
            if made is not None:
                return Source(made[0], source.columns + made[1], source.rows)
        other = self.item(depth - 1, rows_max)
        # A name that USING made is ambiguous when another relation has it too.
        names = {c.name + "$" for c in other.columns}
        source = Source(source.node, [c for c in source.columns if c.name not in names], source.rows)
        columns = source.columns + other.columns
        if len(columns) > 24:
            return source
        kind = rng.choice(["JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"])
        product = source.rows * other.rows
        if kind == "CROSS JOIN":
            if product > rows_max:
                return source
            node = Node("from", "{0} CROSS JOIN {1}", [source.node, other.node])
            return Source(node, columns, product)
        if rng.random() < 0.15:
            made = self.using(kind, source, other)
            if made is not None:
                return made
        on, has_key = self.condition(source.columns, other.columns)
        rows = product // 4 + source.rows + other.rows if has_key else product
        if rows > rows_max * 4:
            return source
        return Source(Node("from", f"{{0}} {kind} {{1}} ON {{2}}", [source.node, other.node, on]), columns, rows)

    def using(self, kind, source, other):
        """JOIN USING over a column that both sides have once; what it shows unqualified is one of both."""
        def once(columns):
            names = [c.name for c in columns]
            return {c.name: c for c in columns if names.count(c.name) == 1}

        left, right = once(source.columns), once(other.columns)
        shared = [n for n in left if n in right and left[n].type.family == right[n].type.family and left[n].type.kind != "DOUBLE"]
        if not shared or " USING" in source.node.ours or kind == "CROSS JOIN":
            return None
        name = self.rng.choice(shared)
        node = Node("from", f"{{0}} {kind} {{1}} USING ({name})", [source.node, other.node])
        both = Column(Node("name", name), left[name].type, max(left[name].size, right[name].size),
                      max(left[name].bits, right[name].bits), name + "$")
        if left[name].type != right[name].type:
            return None
        return Source(node, source.columns + other.columns + [both], source.rows * other.rows // 4 + source.rows + other.rows)

    def lateral(self, source, depth):
        rng = self.rng
        alias = self.alias()
        chosen = self.relation(60)
        inner_alias = self.alias()
        inner = [named(c, inner_alias) for c in chosen.columns]
        around = [c for c in source.columns if not (c.name or "").endswith("$")]
        link = self.equality(around, inner)
        if link is None:
            return source
        expressions = Expressions(rng, inner)
        if rng.random() < 0.5:
            call = aggregates.call(rng, expressions, exact=True)
            items, columns = f"{{0}} AS l{alias}", [Column(Node("name", f"{alias}.l{alias}"), call.type, call.size, call.bits)]
            picked = [call]
            rows = source.rows
        else:
            picked = [c.expr() for c in rng.sample(inner, min(len(inner), 2))]
            columns = [Column(Node("name", f"{alias}.l{i}{alias}"), p.type, p.size, p.bits) for i, p in enumerate(picked)]
            items = ", ".join(f"{{{i}}} AS l{i}{alias}" for i in range(len(picked)))
            rows = source.rows * chosen.rows // 4 + source.rows
        where = link.node
        if rng.random() < 0.4:
            more = Expressions(rng, inner + around).condition(1)
            where = Sequence([link.node, more.node], " AND ")
        body = Node("lateral", f"SELECT {items} FROM {chosen.name} AS {inner_alias} WHERE {{{len(picked)}}}",
                    [p.node for p in picked] + [where])
        word = rng.choice(["CROSS JOIN LATERAL ({1}) AS " + alias, "LEFT JOIN LATERAL ({1}) AS " + alias + " ON TRUE"])
        return Source(Node("from", "{0} " + word, [source.node, body]), source.columns + columns, rows)

    # Subqueries as values

    def subqueries(self, outer, depth):
        """A maker of subquery expressions that may see the outer columns."""
        def maker(kind):
            return self.subquery(kind, outer, depth)
        return maker

    def subquery(self, kind, outer, depth):
        rng = self.rng
        # An unqualified name would mean the subquery's own column first.
        outer = [c for c in outer if not (c.name or "").endswith("$")]
        chosen = self.relation(60)
        alias = self.alias()
        inner = [named(c, alias) for c in chosen.columns]
        parts = []
        if rng.random() < 0.7:
            link = self.equality(outer, inner)
            if link:
                parts.append(link.node)
        if rng.random() < 0.5:
            parts.append(Expressions(rng, inner).condition(1).node)
        if parts and rng.random() < 0.15:
            parts.append(Expressions(rng, inner + list(outer)).condition(1).node)
        where = Node("where", " WHERE {0}", [Sequence(parts, " AND ")]) if parts else nothing()
        base = f" FROM {chosen.name} AS {alias}"
        if depth > 1 and rng.random() < 0.2:
            deeper = self.subquery(BOOLEAN, inner, depth - 2)
            if deeper is not None:
                where = Node("where", " WHERE {0}", [Sequence(parts + [deeper.node], " AND ")])
        if kind == BOOLEAN:
            if rng.random() < 0.5:
                word = rng.choice(["EXISTS", "NOT EXISTS"])
                return Expr(Node(label(kind), f"({word} (SELECT 1{base}{{0}}))", [where], stand_in="TRUE"), kind)
            value = Expressions(rng, outer).of(rng.choice(inner).type, 1)
            same = [c for c in inner if c.type.family == value.type.family]
            if not same:
                return None
            picked = rng.choice(same)
            if rng.random() < 0.25 and value.type.kind != "BOOLEAN":
                word = rng.choice(["= ANY", "<> ALL", "< ANY", "> ALL", "<= ALL", ">= ANY", "<> ANY", "= ALL"])
                return Expr(Node(label(kind), f"({{0}} {word} (SELECT {{1}}{base}{{2}}))", [value.node, picked.node, where],
                                 stand_in="TRUE"), kind)
            word = rng.choice(["IN", "IN", "NOT IN"])
            if rng.random() < 0.15:
                base += "{2} GROUP BY {1} HAVING COUNT(*) > 1"
                return Expr(Node(label(kind), f"({{0}} {word} (SELECT {{1}}{base}))", [value.node, picked.node, where],
                                 stand_in="TRUE"), kind)
            return Expr(Node(label(kind), f"({{0}} {word} (SELECT {{1}}{base}{{2}}))", [value.node, picked.node, where],
                             stand_in="TRUE"), kind)
        if rng.random() < 0.25:
            # The first row by a total order of the one column.
            same = [c for c in inner if c.type == kind]
            if same:
                picked = rng.choice(same)
                order = f" ORDER BY 1 {rng.choice(['ASC', 'DESC'])} NULLS {rng.choice(['FIRST', 'LAST'])} LIMIT 1"
                return Expr(Node(label(kind), f"(SELECT {{0}}{base}{{1}}{order})", [picked.node, where]), kind, picked.size, picked.bits)
        call = aggregates.call(rng, Expressions(rng, inner), exact=True, wanted=kind)
        if call is None or call.type != kind:
            return None
        return Expr(Node(label(kind), f"(SELECT {{0}}{base}{{1}})", [call.node, where]), kind, call.size, call.bits)

    # SELECT

    def query(self, depth, top, want=None):
        """`top`: inexact results may leave. `want`: types of the columns."""
        rng = self.rng
        roll = rng.random()
        if want is None and depth > 0 and roll < 0.13:
            return self.set_operation(depth)
        if want is None and depth > 0 and roll < 0.2:
            return self.common_table(depth, top)
        if want is None and depth > 0 and roll < 0.25:
            return self.top_rows(depth)
        source = self.source(depth)
        if want is None and rng.random() < 0.38:
            return self.grouped(source, depth, top)
        return self.selected(source, depth, top, want)

    def where(self, source, depth, chance=0.33):
        rng = self.rng
        if rng.random() > chance:
            return Node("where", " WHERE {0}", [Sequence(source.links, " AND ")]) if source.links else nothing()
        expressions = Expressions(rng, source.columns, self.subqueries(source.columns, depth) if depth > 0 else None)
        parts = []
        if depth > 0 and rng.random() < 0.3:
            made = self.subquery(BOOLEAN, source.columns, depth)
            if made:
                parts.append(made.node)
        if not parts or rng.random() < 0.3:
            parts.append(expressions.condition(3).node)
        if rng.random() < 0.15:
            parts.append(expressions.condition(2).node)
        return Node("where", " WHERE {0}", [Sequence(source.links + parts, " AND ")], optional=not source.links)

    def result(self, items, select, source_rows, top, tail=(), distinct=False, rows=None):
        """Puts a SELECT together; `items` are expressions."""
        nodes, columns = [], []
        for index, item in enumerate(items):
            nodes.append(Node("item", f"{{0}} AS c{index}", [item.node]))
            columns.append(Column(None, item.type, item.size, item.bits, f"c{index}"))
        word = "SELECT DISTINCT " if distinct else "SELECT "
        node = Node("query", word + "{0} FROM {1}{2}", [Sequence(nodes), select, Sequence(list(tail), "", least=0)])
        return Query(node, columns, rows or source_rows, all(i.exact for i in items))

    def selected(self, source, depth, top, want=None):
        rng = self.rng
        where = self.where(source, depth)
        expressions = Expressions(rng, source.columns, self.subqueries(source.columns, depth) if depth > 0 else None)
        items = []
        for kind in want or [None] * rng.randint(1, 5):
            if kind is None and top and rng.random() < 0.05:
                items.append(expressions.inexact(2))
            elif kind is None and rng.random() < 0.4 and source.columns:
                items.append(rng.choice(source.columns).expr())
            else:
                items.append(expressions.of(kind or expressions.any_type(), 3))
        tail = [where]
        roll = rng.random()
        if want is None and depth > 0 and roll < 0.3 and source.rows <= 400:
            windowed = windows.Windows(rng, source.columns)
            if rng.random() < 0.2:
                tail.append(windowed.named())
            items += [windowed.call(top) for _ in range(rng.randint(1, 2))]
            if rng.random() < 0.35:
                tail.append(windowed.qualify())
            return self.result(items, source.node, source.rows, top, tail)
        if roll < 0.45:
            return self.result(items, source.node, source.rows, top, tail, distinct=all(i.exact for i in items))
        if roll < 0.6 and all(i.exact for i in items):
            order, rows = self.limit(len(items), source.rows)
            return self.result(items, source.node, source.rows, top, [*tail, order], rows=rows)
        return self.result(items, source.node, source.rows, top, tail)

    def limit(self, width, rows):
        """A total order of the result and a cut: rows that tie are equal."""
        rng = self.rng
        places = list(range(width))
        rng.shuffle(places)
        ordinals = rng.random() < 0.2
        keys = [f"{p + 1 if ordinals else f'c{p}'} {rng.choice(['ASC', 'DESC'])} NULLS {rng.choice(['FIRST', 'LAST'])}" for p in places]
        count = rng.choice([1, 2, 3, 5, 8, 20])
        offset = f" OFFSET {rng.randint(1, 4)}" if rng.random() < 0.3 else ""
        return text(f" ORDER BY {', '.join(keys)} LIMIT {count}{offset}"), min(rows, count)

    def grouped(self, source, depth, top):
        rng = self.rng
        where = self.where(source, depth)
        expressions = Expressions(rng, [c for c in source.columns if not (c.name or "").endswith("$")])
        keys = []
        for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3])):
            if rng.random() < 0.7 and expressions.columns:
                keys.append(rng.choice(expressions.columns).expr())
            else:
                # A literal alone would be a position.
                made = expressions.of(expressions.any_type(), 2)
                if made.node.kids:
                    keys.append(made)
        texts = set()
        keys = [k for k in keys if not (str(k) in texts or texts.add(str(k)))]
        group, extra, sets = self.grouping(keys)
        calls = [aggregates.call(rng, expressions, exact=not top) for _ in range(rng.randint(0 if keys else 1, 4))]
        outside = [Column(k.node, k.type, k.size, k.bits, exact=k.exact) for k in keys if not sets]
        outside += [Column(c.node, c.type, c.size, c.bits, exact=c.exact) for c in calls]
        over = Expressions(rng, outside)
        items = list(keys) if rng.random() < 0.8 else keys[:1]
        items += calls
        if over.columns and rng.random() < 0.35:
            items.append(over.of(rng.choice(over.columns).type, 2))
        items += extra
        if not items:
            items = [Expr(Node("aggregate", "COUNT(*)"), BIGINT, 1e5)]
        if keys and not sets and items[:len(keys)] == keys and rng.random() < 0.1:
            group = text(" GROUP BY " + ", ".join(str(i + 1) for i in range(len(keys))))
        tail = [where, group]
        if over.columns and rng.random() < 0.3:
            condition = over.condition(2)
            if depth > 0 and keys and not sets and rng.random() < 0.08:
                condition = self.subquery(BOOLEAN, [c for c in outside if c.exact][:len(keys)] or outside, depth) or condition
            tail.append(Node("having", " HAVING {0}", [condition.node], optional=True))
        if keys and over.columns and not sets and rng.random() < 0.12:
            exact = [c for c in outside if c.exact]
            if exact:
                windowed = windows.Windows(rng, exact, total=[c for c in outside if c.exact][:len(keys)])
                items.append(windowed.call(False))
        rows = min(source.rows, 30 * len(keys) + 1)
        if rng.random() < 0.12 and all(i.exact for i in items):
            order, rows = self.limit(len(items), rows)
            tail.append(order)
        return self.result(items, source.node, rows, top, tail, rows=rows)

    def grouping(self, keys):
        """GROUP BY, and GROUPING items for its sets; whether it has sets."""
        rng = self.rng
        if not keys:
            return nothing(), [], False
        listed = Sequence([k.node for k in keys])
        if rng.random() < 0.82:
            return Node("group", " GROUP BY {0}", [listed]), [], False
        extra = [make(BIGINT, "GROUPING({0})", [rng.choice(keys)], size=1)] if rng.random() < 0.6 else []
        if len(keys) < 3 and rng.random() < 0.6:
            return Node("group", f" GROUP BY {rng.choice(['ROLLUP', 'CUBE'])} ({{0}})", [listed]), extra, True
        sets = []
        for _ in range(rng.randint(1, 3)):
            chosen = [i for i in range(len(keys)) if rng.random() < 0.6]
            sets.append("(" + ", ".join(f"{{{i}}}" for i in chosen) + ")")
        everything = "(" + ", ".join(f"{{{i}}}" for i in range(len(keys))) + ")"
        if not all(any(f"{{{i}}}" in s for s in sets) for i in range(len(keys))):
            sets.append(everything)
        return Node("group", f" GROUP BY GROUPING SETS ({', '.join(dict.fromkeys(sets))})", [k.node for k in keys]), extra, True

    def set_operation(self, depth):
        rng = self.rng
        first = self.query(depth - 1, top=False, want=[c.type for c in self.types()])
        want = [c.type for c in first.columns]
        node, rows = first.node, first.rows
        sizes, types = [(c.size, c.bits) for c in first.columns], want
        for _ in range(rng.choice([1, 1, 1, 2])):
            other = self.query(depth - 1, top=False, want=want)
            joint = [common(kind, c.type) for kind, c in zip(types, other.columns)]
            if None in joint:
                continue
            types = joint
            word = rng.choice(["UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"])
            node = Node("query", f"({{0}}) {word} ({{1}})", [node, other.node])
            node = Node("query", "SELECT * FROM ({0}) AS " + self.alias(), [node])
            sizes = [(max(s, c.size), max(b, c.bits)) for (s, b), c in zip(sizes, other.columns)]
            rows += other.rows
        columns = [Column(None, t, s, b, c.name) for c, t, (s, b) in zip(first.columns, types, sizes)]
        return Query(node, columns, rows)

    def top_rows(self, depth):
        """The first rows of each partition, as most programs write it."""
        rng = self.rng
        source = self.source(depth - 1, rows_max=300)
        columns = rng.sample(source.columns, min(len(source.columns), 4))
        windowed = windows.Windows(rng, columns, total=source.columns)
        rank = windowed.rank(False)
        alias = self.alias()
        items = [Node("item", f"{{0}} AS c{i}", [c.node]) for i, c in enumerate(columns)]
        items.append(Node("item", f"{{0}} AS c{len(columns)}", [rank.node]))
        inner = Node("ranked", "SELECT {0} FROM {1}{2}", [Sequence(items, least=len(items)), source.node, self.where(source, 0)])
        word = rng.choice(["<= 1", "<= 2", "< 4", "= 1", "= 2", "> 2", "BETWEEN 2 AND 3", "<= 3"])
        shown = Sequence([Node("item", f"{alias}.c{i}") for i in range(len(items)) if i < len(columns) or rng.random() < 0.6])
        node = Node("query", f"SELECT {{0}} FROM ({{1}}) AS {alias} WHERE {alias}.c{len(columns)} {word}", [shown, inner])
        result = [Column(None, c.type, c.size, c.bits, f"c{i}") for i, c in enumerate(columns)]
        if len(shown.kids) > len(columns):
            result.append(Column(None, BIGINT, 1e5, name=f"c{len(columns)}"))
        return Query(node, result, source.rows)

    def types(self):
        chosen = self.relation().columns
        return self.rng.sample(chosen, min(len(chosen), self.rng.randint(1, 3)))

    def common_table(self, depth, top):
        rng = self.rng
        name = f"w{self.alias()}"
        inner = self.query(depth - 1, top=False)
        if inner.rows > ROWS_MAX:
            return self.query(depth - 1, top)
        outside = self.relations
        self.relations = outside + [Relation(name, inner.columns, inner.rows)] * 3
        body = self.query(depth - 1, top)
        self.relations = outside
        shape = f"WITH {name} AS ({{0}}) SELECT * FROM ({{1}}) AS {self.alias()}"
        if body.node.ours.startswith("SELECT") and rng.random() < 0.6:
            shape = f"WITH {name} AS ({{0}}) {{1}}"
        node = Node("query", shape, [inner.node, body.node])
        return Query(node, body.columns, body.rows, body.exact)


__all__ = ["DOUBLE", "INTEGER", "Queries", "Query", "Relation", "VARCHAR"]
