"""Guards invariant 10 with an oracle: after random inserts, deletes and upserts each view equals DuckDB's answer to its query.

TIDEMARK_ROUNDS sets how many rounds, TIDEMARK_SEED the seed."""

import decimal
import os
import random
import time

import duckdb

ROUNDS = int(os.environ.get("TIDEMARK_ROUNDS", "12"))
SEED = int(os.environ.get("TIDEMARK_SEED", str(int(time.time()))))

TABLES = """
CREATE TABLE a (id INT NOT NULL PRIMARY KEY, k INT, x BIGINT, s VARCHAR, d DECIMAL(10, 2), f BOOLEAN, day DATE) WITH ('materialized' = 'true');
CREATE TABLE b (k INT, y INT, s VARCHAR, ts TIMESTAMP) WITH ('materialized' = 'true');
"""

VIEWS = [
    "SELECT * FROM a",
    "SELECT k, x + 1 AS x1, x * 2 - 3 AS x2, -x AS neg FROM a",
    "SELECT id FROM a WHERE x > 3 AND f",
    "SELECT id FROM a WHERE x > 3 OR NOT f",
    "SELECT id FROM a WHERE s LIKE 'a%' OR s IS NULL",
    "SELECT id, CASE WHEN x > 5 THEN 'big' WHEN x IS NULL THEN 'none' ELSE s END AS c FROM a",
    "SELECT id, COALESCE(s, 'null') || '!' AS t, UPPER(s) AS u, CHAR_LENGTH(s) AS n FROM a",
    "SELECT id FROM a WHERE x BETWEEN 2 AND 6 AND k IN (1, 2, 3)",
    "SELECT a.id, b.y FROM a JOIN b ON a.k = b.k",
    "SELECT a.id, b.y FROM a, b WHERE a.k = b.k AND a.x < b.y",
    "SELECT a.id, b.y FROM a JOIN b ON a.k = b.k AND a.s = b.s",
    "SELECT l.id AS i, r.id AS j FROM a AS l JOIN a AS r ON l.k = r.k AND l.id < r.id",
    "SELECT COUNT(*) AS n, COUNT(k) AS nk, SUM(x) AS s, MIN(x) AS lo, MAX(x) AS hi FROM a",
    "SELECT k, COUNT(*) AS n, SUM(x) AS s, MIN(s) AS lo, MAX(day) AS hi FROM a GROUP BY k",
    "SELECT k, SUM(d) AS d, COUNT(DISTINCT s) AS ds FROM a GROUP BY k",
    "SELECT k, COUNT(*) AS n FROM b GROUP BY k HAVING COUNT(*) > 2 AND SUM(y) > 5",
    "SELECT f, day, COUNT(*) AS n FROM a GROUP BY f, day",
    "SELECT k + 1 AS k1, SUM(x + 1) AS s FROM a GROUP BY k + 1",
    "SELECT DISTINCT k, s FROM b",
    "SELECT k FROM a UNION SELECT k FROM b",
    "SELECT k, s FROM a UNION ALL SELECT k, s FROM b",
    "SELECT t.k, t.n FROM (SELECT k, COUNT(*) AS n FROM b GROUP BY k) AS t WHERE t.n > 1",
    "WITH c AS (SELECT k, SUM(y) AS y FROM b GROUP BY k) SELECT a.id, c.y FROM a JOIN c ON a.k = c.k",
    "WITH c AS (SELECT k, MAX(y) AS y FROM b GROUP BY k) SELECT y, COUNT(*) AS n FROM c GROUP BY y",
    "SELECT b.s, SUM(a.d) AS d, COUNT(*) AS n FROM a JOIN b ON a.k = b.k GROUP BY b.s",
    "SELECT EXTRACT(MONTH FROM day) AS m, COUNT(*) AS n FROM a GROUP BY EXTRACT(MONTH FROM day)",
    "SELECT MIN(ts) AS lo, MAX(ts) AS hi FROM b",
    "SELECT a.k, b.k AS k2 FROM a CROSS JOIN b WHERE a.id < 5 AND b.y = 3",
    "SELECT ABS(x) AS ax, SUBSTRING(s, 2) AS tail, REPLACE(s, 'a', 'z') AS z FROM a",
    "SELECT id FROM a WHERE (x > 2) IS NOT TRUE",
]


def normal(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat().split(".")[0]
    return value


def sorted_rows(rows):
    return sorted(([normal(v) for v in row] for row in rows), key=lambda row: [(v is not None, str(type(v)), v) for v in row])


def random_a(rng):
    return {
        "id": rng.randrange(60), "k": rng.choice([None, 1, 2, 3, 4]), "x": rng.choice([None, *range(-3, 10)]),
        "s": rng.choice([None, "a", "ab", "b", "é", ""]), "d": rng.choice([None, 1.25, -3.5, 100]),
        "f": rng.choice([None, True, False]), "day": rng.choice([None, "2024-02-29", "1969-12-31", "2030-07-01"]),
    }


def random_b(rng):
    return {
        "k": rng.choice([None, 1, 2, 3, 5]), "y": rng.randrange(6), "s": rng.choice([None, "a", "b", "ab"]),
        "ts": rng.choice([None, "2024-01-01 00:00:00", "2023-12-31 23:59:59"]),
    }


def test_views_equal_duckdb(server):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    views = "".join(f"CREATE MATERIALIZED VIEW v{i} AS {sql};\n" for i, sql in enumerate(VIEWS))
    server.up("p", TABLES + views)
    oracle = duckdb.connect()
    oracle.execute(TABLES.replace(" WITH ('materialized' = 'true')", ""))
    contents_a, contents_b = {}, []
    for round_number in range(ROUNDS):
        changes_a, changes_b = [], []
        for _ in range(rng.randrange(1, 60)):
            row = random_a(rng)
            if rng.random() < 0.3:
                changes_a.append({"delete": {"id": row["id"]}})
                contents_a.pop(row["id"], None)
            else:
                changes_a.append({"insert": row})
                contents_a[row["id"]] = row
        for _ in range(rng.randrange(1, 40)):
            if contents_b and rng.random() < 0.4:
                changes_b.append({"delete": contents_b.pop(rng.randrange(len(contents_b)))})
            else:
                row = random_b(rng)
                changes_b.append({"insert": row})
                contents_b.append(row)
        tokens = [
            server.ingest("p", "a", changes_a, update_format="insert_delete").json()["token"],
            server.ingest("p", "b", changes_b, update_format="insert_delete").json()["token"],
        ]
        for token in tokens:
            server.wait("p", token)
        oracle.execute("DELETE FROM a; DELETE FROM b")
        for table, rows in (("a", contents_a.values()), ("b", contents_b)):
            for row in rows:
                oracle.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", list(row.values()))
        for i, sql in enumerate(VIEWS):
            ours = sorted_rows([list(row.values()) for row in server.query("p", f"SELECT * FROM v{i}")])
            theirs = sorted_rows(oracle.execute(sql).fetchall())
            assert ours == theirs, f"seed {SEED} round {round_number} view: {sql}"
        if round_number % 4 == 3:
            server.stop_pipeline("p", force=rng.random() < 0.5)
            server.start_pipeline("p")
