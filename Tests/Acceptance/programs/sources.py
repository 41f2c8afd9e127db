"""Elements of FROM beyond tables: UNNEST, PIVOT, ASOF. Each answers (our text, DuckDB's, children, columns, rows) or None."""

from . import aggregates
from .expressions import Column, Expressions
from .nodes import Node, Sequence
from .sqltypes import BIGINT, INTEGER, VARCHAR

ORDERED = ("INTEGER", "BIGINT", "SMALLINT", "DATE", "TIMESTAMP")


def unnest(rng, around, alias):
    """An array of values of the row before; lateral on both sides."""
    expressions = Expressions(rng, [c for c in around if not (c.name or "").endswith("$")])
    kind = rng.choice([INTEGER, VARCHAR, BIGINT])
    values = [expressions.of(kind, 1) for _ in range(rng.choice([1, 2, 2, 3]))]
    items = Sequence([v.node for v in values])
    name = f"u{alias}"
    columns = [Column(Node("name", f"{alias}.{name}"), kind, max(v.size for v in values))]
    ours, theirs = "UNNEST(ARRAY[{0}])", "unnest([{0}]) AS " + name
    names = name
    if rng.random() < 0.4:
        ours += " WITH ORDINALITY"
        theirs += f", generate_subscripts([{{0}}], 1) AS o{alias}"
        names += f", o{alias}"
        columns.append(Column(Node("name", f"{alias}.o{alias}"), INTEGER, len(values)))
        # DuckDB counts in BIGINT.
        columns[-1].node.theirs = f"CAST({alias}.o{alias} AS INTEGER)"
    node = Node("unnest", f"{ours} AS {alias} ({names})", [items], f"LATERAL (SELECT {theirs}) AS {alias}")
    return node, columns, len(values)


def pivot(rng, chosen, alias):
    """One column of the result for each value; what neither the measures nor FOR name are its groups."""
    plain = [c for c in chosen.columns if c.exact]
    axes = [c for c in plain if c.type.kind in ("INTEGER", "VARCHAR", "BOOLEAN", "SMALLINT")]
    if len(plain) < 2 or not axes:
        return None
    axis = rng.choice(axes)
    rest = [c for c in plain if c is not axis]
    value = rng.choice(rest)
    groups = [c for c in rest if c is not value and rng.random() < 0.5]
    measure, kind, size = rng.choice([
        (f"COUNT({value.name})", BIGINT, aggregates.ROWS), (f"MIN({value.name})", value.type, value.size),
        (f"MAX({value.name})", value.type, value.size), ("COUNT(*)", BIGINT, aggregates.ROWS)])
    literals, seen = [], set()
    for _ in range(rng.randint(1, 3)):
        made = Expressions(rng, []).literal(axis.type, nulls=0)
        if str(made) not in seen and not str(made).startswith("("):
            seen.add(str(made))
            literals.append(made)
    if not literals:
        return None
    # What no measure reads is one of the groups.
    inner = ", ".join(c.name for c in [*groups, axis, *([] if measure == "COUNT(*)" else [value])])
    listed = ", ".join(f"{{{i}}} AS p{i}" for i in range(len(literals)))
    ours = f"(SELECT {inner} FROM {chosen.name}) PIVOT ({measure} AS m FOR {axis.name} IN ({listed})) AS {alias}"
    picked = [c.name for c in groups]
    picked += [f"{measure} FILTER (WHERE {axis.name} = {{{i}}}) AS p{i}_m" for i in range(len(literals))]
    group = f" GROUP BY {', '.join(c.name for c in groups)}" if groups else ""
    theirs = f"(SELECT {', '.join(picked)} FROM {chosen.name}{group}) AS {alias}"
    columns = [Column(Node("name", f"{alias}.{c.name}"), c.type, c.size, c.bits, c.name) for c in groups]
    columns += [Column(Node("name", f"{alias}.p{i}_m"), kind, size, value.bits, f"p{i}_m") for i in range(len(literals))]
    return Node("from", ours, [v.node for v in literals], theirs), columns, chosen.rows


def asof(rng, source, chosen, alias):
    """The row of the other side that is nearest by one column. All rows that are equally near say the same: they have
    only the columns that are compared."""
    left = [c for c in source.columns if not (c.name or "").endswith("$")]
    pairs = [(a, b) for a in left for b in chosen.columns if a.type == b.type and a.type.kind in ORDERED]
    keys = [(a, b) for a in left for b in chosen.columns if a.type == b.type and a.type.kind in (*ORDERED, "VARCHAR", "BOOLEAN")]
    pairs = [(a, b) for a, b in pairs if any(k[1] is not b for k in keys)]
    if not pairs:
        return None
    moment = rng.choice(pairs)
    key = rng.choice([k for k in keys if k[1] is not moment[1]])
    sign = rng.choice(["<=", "<=", ">=", "<", ">"]) if rng.random() < 0.5 else "<="
    flipped = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}[sign]
    names = f"{key[1].name} AS k{alias}, {moment[1].name} AS m{alias}"
    inner = f"(SELECT {names} FROM {chosen.name}) AS {alias}"
    ours = f"{{0}} LEFT ASOF JOIN {inner} MATCH_CONDITION ({alias}.m{alias} {sign} {{1}}) ON {{2}} = {alias}.k{alias}"
    theirs = f"{{0}} ASOF LEFT JOIN {inner} ON {{2}} = {alias}.k{alias} AND {{1}} {flipped} {alias}.m{alias}"
    columns = [Column(Node("name", f"{alias}.k{alias}"), key[1].type, key[1].size, key[1].bits),
               Column(Node("name", f"{alias}.m{alias}"), moment[1].type, moment[1].size, moment[1].bits)]
    return Node("from", ours, [source.node, moment[0].node, key[0].node], theirs), columns
