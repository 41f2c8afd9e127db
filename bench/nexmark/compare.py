"""Measures Nexmark queries one after the other in all ways and prints a JSON line each, then a table. See run.sh for the settings."""

import contextlib
import json
import math
import os
import pathlib
import re
import subprocess
import sys

import ingress
import measure
import queries
from flink import Flink

HERE = pathlib.Path(__file__).resolve().parent
EVENTS = int(os.environ.get("EVENTS", "10000000"))
PEERS = pathlib.Path(os.environ["PEERS"]).resolve()
BINARIES = pathlib.Path(os.environ.get("BINARIES", HERE.parents[1] / ".build" / "release"))
WAYS = os.environ.get("WAYS", "engine sharded files http flink duckdb").split()
WORKERS = os.environ.get("WORKERS", str(os.cpu_count()))
STEP_ROWS = os.environ.get("STEP_ROWS", "50000")
MEMORY_MB = os.environ.get("MEMORY_MB", "1200")
SECONDS_MAX = float(os.environ.get("SECONDS_MAX", "300"))


def tables_of(query):
    """The generated tables that the text of a query reads."""
    text = re.sub("--[^\n]*", "", (HERE / "sql" / f"{query}.sql").read_text())
    return [table for table in queries.COLUMNS if re.search(rf"\b(FROM|JOIN|TABLE|,)\s+{table}\b", text)]


def data_folder():
    """The files in two parts, written once."""
    folder = PEERS / f"nexmark-{EVENTS}"
    if not (folder / "complete").exists():
        subprocess.run([BINARIES / "tidemark", "nexmark", "--events", str(EVENTS), "--parts", "2", "--out", folder], check=True, stdout=subprocess.DEVNULL)
        (folder / "complete").touch()
    return folder


def bench(query, *options):
    output, others = measure.run([str(BINARIES / "NexmarkBench"), query, "--sql", str(HERE / "sql"), "--events", str(EVENTS),
                                  "--step-rows", STEP_ROWS, *options])
    line = json.loads(output.splitlines()[-1])
    if "error" in line:
        raise RuntimeError(line["error"])
    return {"wall": line["wall"], "cpu": line["cpu"], "peak_mb": line["peak_rss_mb"], "others": round(others, 2)}


def over_http(query, data):
    sql = (HERE / "sql" / "tables.sql").read_text() + (HERE / "sql" / f"{query}.sql").read_text()
    side = "".join(json.dumps({"key": key, "side_value": f"value-{key}"}) + "\n" for key in range(10000)) if "side_input" in sql else None
    meter, written = ingress.measure_query(BINARIES / "tidemark", PEERS / "server", sql, tables_of(query), data, side)
    return {**facts(meter), "bytes_written_per_event": round(written / EVENTS, 1)}


def on_duckdb(query, data):
    output, others = measure.run([sys.executable, str(HERE / "compare.py"), "--duckdb", query, str(data)])
    return {**json.loads(output), "others": round(others, 2)}


def duckdb_child(query, data):
    import duckdb
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET preserve_insertion_order = false")
    for table in queries.COLUMNS:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {queries.source(table, f'{data}/{table}/*.ndjson')}")
    connection.execute(f"CREATE TABLE side_input AS {queries.SIDE_INPUT}")
    with measure.Meter([os.getpid()]) as meter:
        connection.execute(f"CREATE TEMP TABLE answer AS {queries.DUCKDB[query]}")
    print(json.dumps(facts(meter)))


def facts(meter):
    return {"wall": round(meter.wall, 3), "cpu": round(meter.cpu, 2), "peak_mb": round(meter.peak_mb), "others": round(meter.others, 2)}


def measured(query, data, flink):
    ways = {
        "engine": lambda: bench(query), "sharded": lambda: bench(query, "--workers", WORKERS),
        "files": lambda: bench(query, "--mode", "files", "--workers", WORKERS, "--memory-mb", MEMORY_MB, "--data", str(data)),
        "parse": lambda: bench(query, "--mode", "parse", "--data", str(data)), "http": lambda: over_http(query, data),
        "flink": lambda: facts_of_flink(query, data, flink), "duckdb": lambda: on_duckdb(query, data),
    }
    wanted = WAYS + (["parse"] if "http" in WAYS else [])
    for way in wanted:
        try:
            result = ways[way]()
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            result = {"error": str(error)[:600]}
        if result is None:
            continue
        if "wall" in result:
            result["events_per_second"] = round(EVENTS / max(result["wall"], 1e-3))
        yield way, result


def facts_of_flink(query, data, flink):
    meter = flink.measure_query(query, (HERE / "sql" / f"{query}.sql").read_text(), queries.COLUMNS, data, SECONDS_MAX)
    return meter and facts(meter)


def row(query, results, disk):
    """One line of the table: thousand events a second, CPU seconds and peak MB of each way, and ratios."""
    def cell(way):
        result = results.get(way, {})
        if "events_per_second" not in result:
            return ["error" if "error" in result else "-", "", ""]
        noisy = "*" if result["others"] > 0.3 else ""
        return [f"{result['events_per_second'] / 1000:.0f}{noisy}", f"{result['cpu']:.1f}", f"{result['peak_mb']:.0f}"]

    def ratio(way, base, fact="events_per_second"):
        mine, theirs = (results.get(name, {}).get(fact) for name in (way, base))
        return f"{mine / theirs:.1f}" if mine and theirs else ""

    roof = ""
    http, parse = results.get("http", {}), results.get("parse", {})
    if "events_per_second" in http and "events_per_second" in parse:
        disk_events = disk * 1e6 / max(http["bytes_written_per_event"], 0.1)
        limit = min(parse["events_per_second"], disk_events)
        roof = f"{100 * http['events_per_second'] / limit:.0f} % of {limit / 1000:.0f}"
    cells = [query]
    for way in WAYS:
        cells += cell(way)
    return cells + [roof, ratio("sharded", "engine"), ratio("files", "flink"), ratio("flink", "files", "cpu"), ratio("http", "flink"), ratio("files", "duckdb")]


def main():
    names = sys.argv[1:] or sorted((path.stem for path in (HERE / "sql").glob("q*.sql")), key=lambda name: int(name[1:]))
    PEERS.mkdir(parents=True, exist_ok=True)
    data = data_folder()
    disk = measure.disk_mb_per_second(PEERS)
    print(json.dumps({"events": EVENTS, "cores": os.cpu_count(), "disk_write_fsync_mb_per_second": round(disk), "step_rows": int(STEP_ROWS)}), flush=True)
    flink = Flink(PEERS, int(os.environ.get("FLINK_PORT", "8081"))) if "flink" in WAYS else None
    rows, all_results = [], {}
    with flink or contextlib.nullcontext():
        if flink:  # its compiler warms up
            facts_of_flink("q0", data, flink)
        for query in names:
            results = all_results.setdefault(query, {})
            for way, result in measured(query, data, flink):
                results[way] = result
                print(json.dumps({"query": query, "way": way, **result}), flush=True)
            rows.append(row(query, results, disk))
    table(rows)
    means(all_results)


def table(rows):
    head = ["query"]
    for way in WAYS:
        head += [f"{way} k/s", "cpu s", "MB"]
    rows = [head + ["http: roof k/s", "sharded/engine", "files/flink", "cpu flink/files", "http/flink", "files/duckdb"]] + rows
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    print("\n" + "\n".join(" | ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in rows))
    print("k/s: thousand events a second, all events of the stream counted, also those of tables that a query does not read; "
          "*: other programs used more than 0.3 core.")


def means(all_results):
    for way, base in (("sharded", "engine"), ("files", "flink"), ("http", "flink"), ("files", "duckdb")):
        ratios = [results[way]["events_per_second"] / results[base]["events_per_second"] for results in all_results.values()
                  if "events_per_second" in results.get(way, {}) and "events_per_second" in results.get(base, {})]
        if ratios:
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            print(f"{way}/{base}: geometric mean {mean:.2f}, least {min(ratios):.2f}, of {len(ratios)} queries")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--duckdb"]:
        duckdb_child(sys.argv[2], sys.argv[3])
    else:
        main()
