"""Compares the views with DuckDB's answer to the same queries over the same files; exits 1 on any difference."""

import json
import pathlib
import re
import sys
import urllib.parse
import urllib.request

import duckdb

base, pipeline, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
sql = re.sub(r"--.*", "", (pathlib.Path(__file__).parent / "pipeline.sql").read_text())
sql = re.sub(r"\) WITH \([^)]*\);", ");", sql)
sql = re.sub(r"CREATE (LOCAL|MATERIALIZED) VIEW", "CREATE VIEW", sql)

oracle = duckdb.connect()
oracle.execute(sql)
oracle.execute(f"INSERT INTO suppliers SELECT * FROM read_csv('{folder}/suppliers.csv', header=false)")
oracle.execute(f"INSERT INTO parts SELECT * FROM read_csv('{folder}/parts.csv', header=false)")
oracle.execute(f"INSERT INTO shipments SELECT * FROM read_json('{folder}/shipments-*.ndjson')")


def normal(value):
    if isinstance(value, float) or hasattr(value, "as_tuple"):
        return round(float(value), 2)
    return str(value).replace("T", " ") if hasattr(value, "year") else value


failed = False
for view, timestamps in [("warehouse_totals", (4, 5)), ("country_totals", ()), ("big_suppliers", ())]:
    url = f"{base}/v0/pipelines/{pipeline}/query?" + urllib.parse.urlencode({"sql": f"SELECT * FROM {view}", "format": "json"})
    with urllib.request.urlopen(url) as answer:
        ours = [list(json.loads(line).values()) for line in answer.read().decode().splitlines()]
    for row in ours:
        for column in timestamps:
            row[column] = row[column].replace("T", " ")
    ours = sorted([normal(v) for v in row] for row in ours)
    theirs = sorted([normal(v) for v in row] for row in oracle.execute(f"SELECT * FROM {view}").fetchall())
    same = len(ours) == len(theirs) and all(
        all(abs(a - b) <= 0.011 if isinstance(a, float) else a == b for a, b in zip(mine, other))
        for mine, other in zip(ours, theirs))
    print(f"{view}: {len(ours)} rows, DuckDB {'agrees' if same else 'DISAGREES'}")
    failed |= not same
sys.exit(1 if failed else 0)
