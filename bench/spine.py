"""The figures of bench/README.md: raw disk, durable ingress, latency, start, restart, polls. One run, printed line by line."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import requests

port, seconds = int(sys.argv[1]), sys.argv[2]
root = pathlib.Path(__file__).resolve().parents[1]
base = f"http://127.0.0.1:{port}"
release = root / ".build" / "release"
SQL = """
CREATE TABLE t (id BIGINT NOT NULL, k INT NOT NULL, v BIGINT NOT NULL, s VARCHAR);
CREATE MATERIALIZED VIEW by_k AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM t GROUP BY k;
"""
KEYED = """
CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k INT NOT NULL, v BIGINT NOT NULL, s VARCHAR) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW by_k AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM t GROUP BY k;
"""


def raw_disk(folder):
    path = os.path.join(folder, "raw")
    handle = os.open(path, os.O_CREAT | os.O_WRONLY)
    times = []
    for _ in range(1000):
        os.write(handle, b"x" * 128)
        began = time.perf_counter()
        os.fdatasync(handle)
        times.append(time.perf_counter() - began)
    times.sort()
    block = b"y" * (1 << 20)
    began = time.perf_counter()
    for _ in range(256):
        os.write(handle, block)
    os.fsync(handle)
    rate = 256 / (time.perf_counter() - began)
    os.close(handle)
    os.unlink(path)
    return {"run": "raw disk", "fdatasync_p50_us": round(times[500] * 1e6), "fdatasync_p99_us": round(times[990] * 1e6),
            "write_fsync_mb_per_s": round(rate * 1.048576)}


def serve(folder):
    process = subprocess.Popen([release / "tidemark", "serve", "--port", str(port), "--data-dir", f"{folder}/data"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            if requests.get(f"{base}/healthz", timeout=1).ok:
                return process
        except requests.RequestException:
            time.sleep(0.005)


def running(name):
    while requests.get(f"{base}/v0/pipelines/{name}?selector=status").json()["deployment_status"] != "Running":
        time.sleep(0.001)


def up(name, sql):
    requests.post(f"{base}/v0/pipelines", json={"name": name, "program_code": sql}).raise_for_status()
    requests.post(f"{base}/v0/pipelines/{name}/start").raise_for_status()
    running(name)


def load(*arguments):
    subprocess.run([release / "LoadBench", *arguments, "--port", str(port)], check=True)


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settle(name):
    while True:
        metrics = requests.get(f"{base}/v0/pipelines/{name}/stats").json()["global_metrics"]
        if metrics["total_completed_records"] == metrics["total_input_records"]:
            return metrics["total_input_records"]
        time.sleep(0.05)


with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
    print(json.dumps(raw_disk(folder)), flush=True)
    process = serve(folder)
    try:
        up("bench", SQL)
        for clients, batch in [("1", "1"), ("64", "1"), ("1", "1000"), ("4", "1000")]:
            before = cpu_seconds(process)
            load("ingest", "--clients", clients, "--batch", batch, "--seconds", seconds)
            print(json.dumps({"run": "server CPU seconds", "seconds": round(cpu_seconds(process) - before, 2)}), flush=True)
            settle("bench")
        load("latency", "--seconds", seconds)
        before = cpu_seconds(process)
        load("poll", "--clients", "64", "--seconds", seconds)
        print(json.dumps({"run": "server CPU seconds", "seconds": round(cpu_seconds(process) - before, 2)}), flush=True)
        line = '{"id":%d,"k":%d,"v":%d,"s":"some text that makes the record about a hundred bytes long, %d"}\n'
        body = "".join(line % (i, i % 97, i % 1009, i) for i in range(1_000_000)).encode()
        began = time.perf_counter()
        answer = requests.post(f"{base}/v0/pipelines/bench/ingress/t?format=json&update_format=raw", data=body)
        answer.raise_for_status()
        took = time.perf_counter() - began
        print(json.dumps({"run": "one NDJSON body", "mb": round(len(body) / 1e6), "seconds": round(took, 2),
                          "mb_per_s": round(len(body) / took / 1e6)}), flush=True)
        settle("bench")
        views = "".join(f"CREATE MATERIALIZED VIEW v{i} AS SELECT k, COUNT(*) AS n FROM t WHERE v > {i} GROUP BY k;\n" for i in range(100))
        began = time.perf_counter()
        up("hundred", SQL + views)
        print(json.dumps({"run": "create to running, 100 views", "ms": round((time.perf_counter() - began) * 1000)}), flush=True)
        up("keyed", KEYED)
        requests.post(f"{base}/v0/pipelines/keyed/ingress/t?format=json&update_format=raw", data=body).raise_for_status()
        print(json.dumps({"run": "keyed state", "rows": settle("keyed")}), flush=True)
        requests.post(f"{base}/v0/pipelines/keyed/stop?force=false").raise_for_status()
        while requests.get(f"{base}/v0/pipelines/keyed?selector=status").json()["deployment_status"] != "Stopped":
            time.sleep(0.01)
        began = time.perf_counter()
        requests.post(f"{base}/v0/pipelines/keyed/start").raise_for_status()
        running("keyed")
        query = requests.get(f"{base}/v0/pipelines/keyed/query", params={"sql": "SELECT * FROM by_k WHERE k = 1", "format": "json"})
        query.raise_for_status()
        print(json.dumps({"run": "restart with 1 M rows of state to first answer", "ms": round((time.perf_counter() - began) * 1000)}), flush=True)
    finally:
        process.kill()
        process.wait()
