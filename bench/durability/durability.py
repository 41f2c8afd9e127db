"""What run.sh prints: a JSON line a run, then for each workload both rates, their ratio in each round and its spread, beside the budget."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
NEXMARK = HERE.parent / "nexmark"
sys.path.insert(0, str(NEXMARK))

import ingress
import measure

BINARIES = pathlib.Path(os.environ.get("BINARIES", HERE.parents[1] / ".build" / "release")).resolve()
ROUNDS = int(os.environ.get("ROUNDS", 6))
EVENTS = int(os.environ.get("EVENTS", 8_000_000))
SECONDS_A_RUN = float(os.environ.get("SECONDS_A_RUN", 8))
CHECKPOINT_SECONDS = int(os.environ.get("CHECKPOINT_SECONDS", 2))
CLIENTS = int(os.environ.get("CLIENTS", 4))
RUNS = os.environ.get("RUNS", "q4 ingest").split()
BUDGET = 0.9
# Name, durability of the requests, seconds between checkpoints (None: only on demand).
KEPT, FREE = ("kept", "sync", CHECKPOINT_SECONDS), ("free", "async", None)
COUNTED = """
CREATE TABLE t (id BIGINT NOT NULL, k INT NOT NULL, v BIGINT NOT NULL, s VARCHAR);
CREATE MATERIALIZED VIEW by_k AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM t GROUP BY k;
"""


def config(checkpoint_seconds):
    return {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": checkpoint_seconds}}


def checkpoints_of(server):
    """Taken by the clock since the start."""
    status, body = server.call("GET", "/v0/pipelines/n/checkpoint_status")
    if status != 200:
        raise RuntimeError(f"checkpoint_status answers {status}: {body}")
    return body.get("success") or 0


def facts(meter, count, seen):
    return {"per_second": round(count / meter.wall), "wall": round(meter.wall, 3), "server_cpu": round(meter.cpu, 2),
            "others": round(meter.others, 2), **seen}


def q4(mode, folder, data):
    _, durability, seconds = mode
    sql = (NEXMARK / "sql" / "tables.sql").read_text() + (NEXMARK / "sql" / "q4.sql").read_text()
    seen = {}
    meter, written = ingress.measure_query(
        BINARIES / "tidemark", folder / "server", sql, ["auction", "bid"], data, None, config=config(seconds), durability=durability,
        at_end=lambda server: seen.update(checkpoints=checkpoints_of(server)))
    return facts(meter, EVENTS, {**seen, "written_mb": round(written / 1e6)})


def bodies(mode, folder, _):
    """From the first body until the last record is complete."""
    _, durability, seconds = mode
    with ingress.Server(BINARIES / "tidemark", folder / "server") as server:
        server.up(COUNTED, config(seconds))
        before = measure.written_bytes(server.process.pid)
        with measure.Meter([server.process.pid]) as meter:
            line = subprocess.run(
                [BINARIES / "LoadBench", "ingest", "--port", str(server.port), "--pipeline", "n", "--clients", str(CLIENTS),
                 "--batch", "1000", "--seconds", str(SECONDS_A_RUN), "--durability", durability],
                check=True, capture_output=True, text=True).stdout
            load = json.loads(line)
            if load["other"]:
                raise RuntimeError(f"bodies were refused: {load}")
            count = load["ok"] * 1000
            while server.call("GET", "/v0/pipelines/n/stats")[1]["global_metrics"]["total_completed_records"] < count:
                time.sleep(0.005)
        return facts(meter, count, {
            "checkpoints": checkpoints_of(server), "answered_per_second": load["records_per_s"], "p99_us": load["p99_us"],
            "written_mb": round((measure.written_bytes(server.process.pid) - before) / 1e6)})


def nexmark_data(folder):
    subprocess.run([BINARIES / "tidemark", "nexmark", "--events", str(EVENTS), "--parts", "2", "--out", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def compare(name, run, folder, data):
    """The first pair warms the machine up and does not count."""
    rates = {KEPT: [], FREE: []}
    for number in range(ROUNDS + 1):
        for mode in (KEPT, FREE) if number % 2 else (FREE, KEPT):
            result = run(mode, folder, data)
            print(json.dumps({"run": name, "mode": mode[0], "round": number, **result}), flush=True)
            if number:
                rates[mode].append(result["per_second"])
    ratios = sorted(kept / free for kept, free in zip(rates[KEPT], rates[FREE]))
    whole = statistics.median(rates[KEPT]) / statistics.median(rates[FREE])
    return (name, *(f"{statistics.median(rates[mode]):,.0f}" for mode in (KEPT, FREE)), f"{whole:.3f}", f"{statistics.median(ratios):.3f}",
            f"{ratios[0]:.3f}-{ratios[-1]:.3f}", f">= {BUDGET}", "yes" if whole >= BUDGET else "NO")


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = pathlib.Path(name)
        print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg(), "disk_write_fsync_mb_per_second": round(measure.disk_mb_per_second(folder)),
                          "rounds": ROUNDS, "events": EVENTS, "checkpoint_seconds": CHECKPOINT_SECONDS}), flush=True)
        data = nexmark_data(folder / "nexmark") if "q4" in RUNS else None
        workloads = {"q4": ("Nexmark q4, events/s", q4), "ingest": ("1000-record bodies, records/s", bodies)}
        rows = [compare(*workloads[run], folder, data) for run in RUNS]
    rows.insert(0, ("workload", "kept", "free", "kept/free", "median of rounds", "spread", "budget", "met"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) if not place else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths))))


if __name__ == "__main__":
    main()
