"""Guards what operators rely on: `verify` tells a sound data directory from a damaged one, `serve --supervise` comes back after a
trap and goes with its parent, `start?from_checkpoint=` takes the steps behind an older checkpoint again, and compressed bodies."""

import ctypes
import gzip
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
import requests

from harness import BINARY, Server
from test_damage import RECORDS, SQL, checkpoint, push, state
from test_sink import integrate


def verify(server):
    return subprocess.run([str(BINARY), "verify", "--data-dir", str(server.data_dir)], capture_output=True, text=True)


def fill(server, more=""):
    server.up("p", SQL + more, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}})
    for number in range(3):
        server.wait("p", push(server, number * RECORDS))
        checkpoint(server)
    server.wait("p", push(server, 3 * RECORDS))


def test_verify_reports_a_sound_directory(server):
    fill(server)
    busy = verify(server)
    assert busy.returncode == 2 and "in use" in busy.stderr, busy.stderr
    server.kill9()
    report = verify(server)
    assert report.returncode == 0, report.stdout + report.stderr
    # The log begins where the oldest kept checkpoint ends.
    assert f"log holds {3 * RECORDS} records offsets=[{RECORDS},{4 * RECORDS})" in report.stdout and "no problems" in report.stdout
    assert report.stdout.count("checkpoint ") == 3
    # The check changes nothing that counts.
    server.start()
    server.wait_status("p", "Running")
    assert server.query("p", "SELECT n FROM total") == [{"n": 4 * RECORDS}]


def test_verify_names_what_is_damaged(server):
    fill(server)
    server.kill9()
    newest = max((state(server) / "checkpoints").glob("*.data"), key=lambda path: path.stat().st_mtime_ns)
    content = newest.read_bytes()
    newest.write_bytes(bytes(byte ^ 16 for byte in content))
    report = verify(server)
    assert report.returncode == 1 and "PROBLEM" in report.stdout and newest.name in report.stdout, report.stdout
    newest.write_bytes(content)
    # The log's tables were written when `verify` closed the store.
    table = max((state(server) / "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    damaged = bytearray(table.read_bytes())
    damaged[len(damaged) // 3] ^= 1
    table.write_bytes(damaged)
    report = verify(server)
    assert report.returncode == 1 and "log is damaged" in report.stdout and "offset" in report.stdout, report.stdout
    assert verify(Server(server.data_dir / "nowhere")).returncode == 2


class Supervised(Server):
    def start(self, timeout=30.0):
        command = [str(BINARY), "serve", "--supervise", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        self.log = open(self.log_path, "ab")
        # A signal from outside is no trap to Swift's crash report, which would go on behind it.
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
        return self.wait_health(timeout)

    def wait_health(self, timeout=30.0):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.base}/healthz", timeout=1).status_code == 200:
                    return self
            except requests.RequestException:
                time.sleep(0.01)
        raise AssertionError("not healthy: " + self.log_text()[-2000:])

    def child(self):
        return int(subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()[0])


def gone(pid, timeout=15):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if not pathlib.Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def test_supervised_server_comes_back_after_a_trap_and_ends_with_its_parent(tmp_path):
    server = Supervised(tmp_path / "data").start()
    try:
        server.up("p", SQL)
        server.wait("p", push(server, 0))
        first = server.child()
        os.kill(first, signal.SIGILL)
        assert gone(first)
        server.wait_health()
        server.wait_status("p", "Running")
        assert server.child() != first
        assert server.query("p", "SELECT n FROM total") == [{"n": RECORDS}]
        assert "ended by signal 4" in server.log_text()

        second = server.child()
        server.process.kill()
        server.process.wait()
        assert gone(second), "the server outlives its parent"

        server.start()
        third = server.child()
        server.process.terminate()
        assert server.process.wait(20) == 0
        assert gone(third)
    finally:
        server.close()


def trap_in_step(server, mark, child, before):
    """Ends the server with a trap while a step with many records runs, after so many traps."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        content = mark.read_bytes() if mark.exists() else b""
        is_running = len(content) == 25 and content[20] == 1 and int.from_bytes(content[8:16], "big") >= 3000
        if is_running and int.from_bytes(content[16:20], "big") == before:
            os.kill(child, signal.SIGILL)
            assert gone(child)
            server.wait_health()
            return
        time.sleep(0.001)
    raise AssertionError("no step is seen running")


def test_a_step_that_ends_the_server_stops_only_its_pipeline(tmp_path):
    """Guards against a loop: the second trap in the same step is told as its pipeline's error, the others run."""
    server = Supervised(tmp_path / "data").start()
    try:
        server.up("q", SQL)
        heavy = "SELECT COUNT(*) AS n FROM t AS a JOIN t AS b ON a.k = b.k AND a.id + b.id <> -1"
        server.up("p", f"CREATE TABLE t (id BIGINT NOT NULL, k INT NOT NULL); CREATE MATERIALIZED VIEW v AS {heavy};")
        mark = server.data_dir / "pipelines" / server.get("/v0/pipelines/p").json()["id"] / "step"
        token = server.ingest("p", "t", [{"id": i, "k": 1} for i in range(3000)]).json()["token"]
        trap_in_step(server, mark, server.child(), 0)
        trap_in_step(server, mark, server.child(), 1)
        server.wait_status("q", "Running")
        deadline = time.monotonic() + 30
        while True:
            pipeline = server.get("/v0/pipelines/p?selector=status").json()
            if pipeline["deployment_status"] == "Stopped" and pipeline["deployment_error"]:
                break
            assert time.monotonic() < deadline, pipeline
            time.sleep(0.01)
        error = pipeline["deployment_error"]
        assert error["error_code"] == "RuntimeError.WorkerPanic" and "offsets=[0,3000)" in error["message"], error
        assert "signal=4" in error["message"], error
        server.wait("q", push(server, 0, pipeline="q"))
        # With consent it is taken again, in pieces.
        assert server.post("/v0/pipelines/p/start").status_code == 202
        server.wait_status("p", "Running")
        done = server.wait("p", server.status("p", token).json()["details"]["successor"])
        assert done["dead"] == 0 and server.query("p", "SELECT n FROM v") == [{"n": 9_000_000}]
    finally:
        server.close()


def test_start_from_an_older_checkpoint_takes_the_later_steps_again(server, tmp_path):
    config = {"name": "out", "transport": {"name": "file_output", "config": {"path": str(tmp_path / "out.json")}}, "format": {"name": "json"}}
    fill(server, f"""CREATE MATERIALIZED VIEW sums WITH ('connectors' = '[{json.dumps(config)}]')
      AS SELECT id % 10 AS k, COUNT(*) AS n FROM t GROUP BY id % 10;""")
    steps = server.stats("p")["global_metrics"]["total_completed_steps"]
    server.stop_pipeline("p", force=True)
    kept = server.get("/v0/pipelines/p?selector=all").json()
    ids = [row["uuid"] for row in kept["storage_status_details"]["checkpoints"]] if kept.get("storage_status_details") else None
    if ids is None:
        pytest.fail(f"no checkpoints are listed: {json.dumps(kept)[:2000]}")
    for bad in ("nonsense", "00000000-0000-7000-8000-000000000000"):
        answer = server.post(f"/v0/pipelines/p/start?from_checkpoint={bad}")
        assert answer.status_code == 400 and answer.json()["error_code"] == "InvalidParam", answer.text
    assert server.post("/v0/pipelines/p/start?discard=true").status_code == 400, "a cut needs its checkpoint"
    assert server.post(f"/v0/pipelines/p/start?from_checkpoint={ids[-1]}").status_code == 202
    server.wait_status("p", "Running")
    server.wait("p", push(server, 4 * RECORDS))
    total = 5 * RECORDS
    assert server.query("p", "SELECT n, s FROM total") == [{"n": total, "s": total * (total - 1) // 2}]
    assert server.stats("p")["global_metrics"]["total_completed_steps"] > steps, "the count of steps went back"
    expected = {json.dumps({"k": k, "n": total // 10}, sort_keys=True) for k in range(10)}
    assert integrate(tmp_path / "out.json") == expected, "the sink got steps twice, or not at all"


def zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(data) + 1000)
    count = library.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:count]


def lz4(data):
    library = ctypes.CDLL("liblz4.so.1")
    library.LZ4F_compressFrame.restype = library.LZ4F_compressFrameBound.restype = ctypes.c_size_t
    bound = library.LZ4F_compressFrameBound(ctypes.c_size_t(len(data)), None)
    out = ctypes.create_string_buffer(bound)
    count = library.LZ4F_compressFrame(out, ctypes.c_size_t(bound), data, ctypes.c_size_t(len(data)), None)
    return out.raw[:count]


@pytest.mark.parametrize("coding, compress", [("gzip", gzip.compress), ("zstd", zstd), ("lz4", lz4)])
def test_compressed_bodies(server, coding, compress):
    server.up("p", "CREATE TABLE t (id BIGINT NOT NULL, s VARCHAR); CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;")
    url = "/v0/pipelines/p/ingress/t?format=json&update_format=raw"
    body = "\n".join(json.dumps({"id": i, "s": "x" * 50}) for i in range(20_000)).encode()
    packed = compress(body)
    answer = server.post(url, data=packed, headers={"Content-Encoding": coding})
    assert answer.status_code == 200, answer.text
    server.wait("p", answer.json()["token"])
    for wrong in (packed[: len(packed) // 2], b"plain text", bytes([packed[0] ^ 1]) + packed[1:]):
        answer = server.post(url, data=wrong, headers={"Content-Encoding": coding})
        assert answer.status_code == 400 and "token" not in answer.json(), answer.text
    answer = server.post(url, data=body, headers={"Content-Encoding": "br"})
    assert answer.status_code in (400, 415, 501), answer.text
    # A bomb: 8 GB of blanks between records are refused at the limit, in flat memory. A minute of work: by flag.
    before = server.resident_bytes()
    if coding == "gzip" and os.environ.get("TIDEMARK_BOMB"):
        blank = gzip.compress(b" " * (64 << 20))
        answer = server.post(url, data=blank * 80, headers={"Content-Encoding": coding}, timeout=300)
        assert answer.status_code == 413, answer.text
        assert server.resident_bytes() < before + (300 << 20)
    assert server.query("p", "SELECT n FROM total") == [{"n": 20_000}]
