"""The SQL types of the harness: names in both dialects, values, and the form in which answers are compared."""

import datetime
import decimal
import json

decimal.getcontext().prec = 80

INTEGERS = {"TINYINT": 127, "SMALLINT": 2**15 - 1, "INTEGER": 2**31 - 1, "BIGINT": 2**62}


class SqlType:
    __slots__ = ("kind", "precision", "scale")

    def __init__(self, kind, precision=0, scale=0):
        self.kind = kind
        self.precision = precision
        self.scale = scale

    def __str__(self):
        return f"DECIMAL({self.precision}, {self.scale})" if self.kind == "DECIMAL" else self.kind

    def __eq__(self, other):
        return isinstance(other, SqlType) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    @property
    def family(self):
        return "INT" if self.kind in INTEGERS else self.kind

    @property
    def is_integer(self):
        return self.kind in INTEGERS

    @property
    def is_numeric(self):
        return self.is_integer or self.kind in ("DECIMAL", "DOUBLE")

    @property
    def limit(self):
        """Greatest magnitude that the type holds."""
        if self.is_integer:
            return INTEGERS[self.kind]
        return 10 ** (self.precision - self.scale) - 1 if self.kind == "DECIMAL" else 1e9

    @staticmethod
    def parse(text):
        if text.startswith("DECIMAL("):
            precision, scale = text[8:-1].split(",")
            return SqlType("DECIMAL", int(precision), int(scale))
        return SqlType(text.split("(")[0])


TINYINT, TIME = SqlType("TINYINT"), SqlType("TIME")
SMALLINT, INTEGER, BIGINT = SqlType("SMALLINT"), SqlType("INTEGER"), SqlType("BIGINT")
DOUBLE, VARCHAR, BOOLEAN = SqlType("DOUBLE"), SqlType("VARCHAR"), SqlType("BOOLEAN")
DATE, TIMESTAMP = SqlType("DATE"), SqlType("TIMESTAMP")

WORDS = ["a", "b", "ab", "abc", "B", "Ba", "", " ", "a b", "é", "zzz", "10", "o'k", "x_y", "50%",
         "a word of more than 16 bytes", "a word of more than 16 bytez", "12345678", "123456789"]
STAMPS = [
    "2024-01-01 00:00:00", "2024-01-01 00:10:00", "2024-01-01 00:59:59.999999", "2024-01-01 01:00:00",
    "2024-01-01 05:30:15.25", "2024-02-29 12:00:00", "2023-12-31 23:59:59", "1969-12-31 23:00:00", "1970-01-01 00:00:00",
    "2024-01-02 03:04:05",
]
DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-31", "2024-02-29", "2023-12-31", "1969-12-31", "2001-07-14"]


def random_value(rng, kind):
    """A value that is not NULL, as the model of a table keeps it."""
    match kind.kind:
        case "TINYINT":
            return rng.randint(-10, 10)
        case "TIME":
            return rng.choice(["00:00:00", "12:30:00", "12:30:00.5", "23:59:59.999999", "08:00:01"])
        case "SMALLINT":
            return rng.choice([rng.randint(-3, 6), rng.randint(-100, 100)])
        case "INTEGER" | "BIGINT":
            return rng.choice([rng.randint(-3, 6), rng.randint(-3, 20), rng.randint(-1000, 1000)])
        case "DECIMAL":
            whole = rng.choice([rng.randint(-5, 5), rng.randint(-999, 999)])
            digits = rng.choice([0, 5, 25, 10, rng.randint(0, 99)])
            value = decimal.Decimal(whole * 10**kind.scale + digits % 10**kind.scale).scaleb(-kind.scale)
            return str(value.quantize(decimal.Decimal(1).scaleb(-kind.scale)))
        case "DOUBLE":
            return rng.choice([rng.randint(-8, 8) / 4, rng.randint(-4000, 4000) / 4, float(rng.randint(-3, 3))])
        case "VARCHAR":
            return rng.choice(WORDS)
        case "BOOLEAN":
            return rng.random() < 0.5
        case "DATE":
            return rng.choice(DAYS)
        case "TIMESTAMP":
            return rng.choice(STAMPS)
    raise AssertionError(kind)


def magnitude(kind):
    """Bound of what `random_value` gives; of strings the length."""
    return {"TINYINT": 10, "SMALLINT": 100, "INTEGER": 1000, "BIGINT": 1000, "DECIMAL": 1001, "DOUBLE": 1000, "VARCHAR": 28}.get(kind.kind, 0)


def literal(value, kind):
    """For DuckDB's tables, and for expressions of both."""
    if value is None:
        return "NULL"
    match kind.kind:
        case "VARCHAR":
            return "'" + value.replace("'", "''") + "'"
        case "BOOLEAN":
            return "TRUE" if value else "FALSE"
        case "DATE":
            return f"DATE '{value}'"
        case "TIME":
            return f"TIME '{value}'"
        case "TIMESTAMP":
            return f"TIMESTAMP '{value}'"
        case "DOUBLE":
            return f"CAST({value!r} AS DOUBLE)"
    return str(value)


def record(row, columns):
    """A row as the JSON that a client sends: decimals keep their digits."""
    parts = []
    for name, value in row.items():
        shown = value if columns[name].kind == "DECIMAL" and value is not None else json.dumps(value)
        parts.append(f"{json.dumps(name)}: {shown}")
    return "{" + ", ".join(parts) + "}"


# Canonical values: None, bool, str, float, and Decimal for every exact number.


def canonical_ours(texts, types):
    return tuple(None if text is None else _ours(text, kind) for text, kind in zip(texts, types))


def _ours(text, kind):
    match kind.kind:
        case "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "DECIMAL":
            return decimal.Decimal(text).normalize() + 0
        case "DOUBLE":
            return float(text.replace("Infinity", "inf")) + 0.0
        case "BOOLEAN":
            return text == "TRUE"
        case "TIMESTAMP":
            return datetime.datetime.fromisoformat(text).isoformat(" ")
        case "TIME":
            return datetime.time.fromisoformat(text).isoformat()
    return text


def canonical_theirs(row, types):
    return tuple(None if value is None else _theirs(value, kind) for value, kind in zip(row, types))


def _theirs(value, kind):
    if isinstance(value, bool):
        return value
    if kind.kind == "DOUBLE":
        return float(value) + 0.0
    if isinstance(value, (int, decimal.Decimal)):
        return decimal.Decimal(value).normalize() + 0
    if isinstance(value, datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ") if kind.kind != "DATE" or value.time() != datetime.time() else value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat() if kind.kind != "TIMESTAMP" else f"{value.isoformat()} 00:00:00"
    return value
